package dev.freebind.encoders.internvl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.formats.checkpoint.TensorInventory;
import dev.freebind.formats.checkpoint.TensorSummary;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.layers.WeightPrecision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real model's 1048 names and shapes against the network, without its 28 GB of weights. */
class InternVlInventoryTest {

    private static final String SOME = "vision_model.encoder.layers.47.mlp.fc2.weight";
    private static final String EXTRA = "vision_model.encoder.layers.3.attn.lora_a";

    @TempDir
    private Path folder;

    private Map<String, TensorSummary> tensors;

    @BeforeEach
    void read() {
        tensors = Goldens.publishedInventory();
    }

    @Test
    void everyTensorOfTheRealModelIsUsedOrDeclaredUnusedAsTheOfficialCodeUsesIt() {
        JsonNode roles = Goldens.json("full_state_dict_roles.json").get("roles");
        List<String> used = tensors.keySet().stream()
                .filter(name ->
                        List.of("image", "text").contains(roles.get(name).get(0).textValue()))
                .toList();
        TensorClaims claims = claims();

        try (InternVlNetwork network = build(claims)) {
            assertThat(network.dimension()).isEqualTo(768);
            assertThat(network.image().side()).isEqualTo(224);
            assertThat(network.text().vocabularySize()).isEqualTo(49_954);
        }
        assertThat(tensors).hasSize(1048);
        assertThat(used).hasSize(642 + 291);
        assertThat(claims.claimed()).containsExactlyInAnyOrderElementsOf(used);
        assertThat(claims.extra()).isEmpty();
    }

    @Test
    void aCheckpointWithoutTheGenerativePartsWillDo() {
        tensors.keySet()
                .removeIf(name -> name.matches("(clip_projector2|itm_head|qllama\\.lm_head|query_tokens).*")
                        || name.contains(".cross_attn.") && name.startsWith("qllama.")
                        || name.equals("logit_scale"));
        TensorClaims claims = claims();

        build(claims).close();

        assertThat(claims.claimed()).isEqualTo(tensors.keySet()).hasSize(642 + 291);
    }

    @Test
    void frequenciesOfRotaryPositionsThatOlderLibrariesStoredAreIgnored() {
        tensors.put(
                "qllama.model.layers.0.self_attn.rotary_emb.inv_freq",
                new TensorSummary(ElementType.F32, Shape.of(64)));

        build(claims()).close();
    }

    @Test
    void weightsAreKeptAsTheyAreStoredUnlessAskedOtherwise() {
        assertThat(InternVlNetwork.storedPrecision(claims())).isEqualTo(WeightPrecision.BFLOAT16);
        tensors.replaceAll((name, tensor) -> new TensorSummary(ElementType.F16, tensor.shape()));
        assertThat(InternVlNetwork.storedPrecision(claims())).isEqualTo(WeightPrecision.FLOAT16);
        tensors.replaceAll((name, tensor) -> new TensorSummary(ElementType.F32, tensor.shape()));
        assertThat(InternVlNetwork.storedPrecision(claims())).isEqualTo(WeightPrecision.FLOAT32);
    }

    @Test
    void aMissingTensorIsAnErrorThatNamesIt() {
        tensors.remove(SOME);

        refuses("'" + SOME + "' of shape (3200, 12800) is missing");
    }

    @Test
    void aMisshapenTensorIsAnErrorThatNamesItAndBothShapes() {
        tensors.put(SOME, new TensorSummary(ElementType.BF16, Shape.of(3200, 12799)));

        refuses("'" + SOME + "' has shape (3200, 12799) and needs (3200, 12800)");
    }

    @Test
    void aTensorTooManyIsAnErrorThatNamesIt() {
        tensors.put(EXTRA, new TensorSummary(ElementType.BF16, Shape.of(8, 3200)));

        refuses("'" + EXTRA + "' of shape (8, 3200) belongs to no known part of the model");
    }

    @Test
    void allThatDoesNotFitIsReportedAtOnce() {
        tensors.remove(SOME);
        tensors.put(EXTRA, new TensorSummary(ElementType.BF16, Shape.of(3)));

        refuses(SOME, EXTRA);
    }

    @Test
    void positionsThatAreNotThoseOfASquareAreRefused() {
        tensors.put(
                "vision_model.embeddings.position_embedding",
                new TensorSummary(ElementType.BF16, Shape.of(1, 256, 3200)));

        refuses("position_embedding", "255 positions beside the class token's");
    }

    @Test
    void towersThatEndInDifferentDimensionsAreRefused() {
        tensors.put("text_projection", new TensorSummary(ElementType.BF16, Shape.of(4096, 512)));

        refuses("image 768, text 512");
    }

    @Test
    void everySingleTensorOfTheTinyModelIsMissed() {
        try (Checkpoint checkpoint = Checkpoint.open(Goldens.path("tiny"))) {
            TensorClaims all = new TensorClaims(checkpoint);
            InternVlSizes sizes = InternVlSizes.read(Goldens.path("tiny/config.json"), all);
            build(all, sizes).close();
            assertThat(all.claimed()).hasSize(87);
            for (String name : all.claimed()) {
                Map<String, TensorSummary> without = new LinkedHashMap<>(checkpoint.tensors());
                without.remove(name);
                TensorClaims claims = new TensorClaims(new TensorInventory("tiny", without));

                assertThatThrownBy(() -> build(claims, sizes))
                        .isInstanceOf(DataException.class)
                        .hasMessageContaining(name);
            }
        }
    }

    @Test
    void theConfigurationOfThePublishedModelAgreesWithWhatIsAssumedWithoutOne() {
        assertThat(InternVlSizes.read(Goldens.path("full_config_essentials.json"), claims()))
                .isEqualTo(InternVlSizes.PUBLISHED)
                .isEqualTo(InternVlSizes.ofPublishedModel(claims()));
    }

    @Test
    void otherWidthsNeedTheNumberOfHeadsFromAConfiguration() {
        try (Checkpoint tiny = Checkpoint.open(Goldens.path("tiny"))) {
            assertThatThrownBy(() -> InternVlSizes.ofPublishedModel(new TensorClaims(tiny)))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("widths 32 (image) and 32 (text)")
                    .hasMessageContaining("config.json");
        }
    }

    @Test
    void aConfigurationThatDoesNotFitIsRefusedWithTheKeyAndWhatIsAllowed() throws IOException {
        refusesConfig(
                config -> section(config, "vision_config").put("hidden_size", 1024),
                "vision_config.hidden_size is 1024; but ",
                " has 3200");
        refusesConfig(
                config -> section(config, "qllama_config").put("num_hidden_layers", 40),
                "qllama_config.num_hidden_layers is 40; but ",
                " has 32");
        refusesConfig(
                config -> section(config, "vision_config").put("num_attention_heads", 24),
                "vision_config.num_attention_heads is 24; it must be a divisor of the width, 3200");
        refusesConfig(config -> config.remove("attn_pool_num_heads"), "attn_pool_num_heads is missing");
        refusesConfig(
                config -> section(config, "qllama_config").put("num_attention_heads", 4096),
                "heads must be of even size");
        refusesConfig(
                config -> section(config, "qllama_config").put("rms_norm_eps", 0),
                "qllama_config.rms_norm_eps is 0; it must be a number above 0");
        refusesConfig(
                config -> section(config, "vision_config").put("qk_normalization", "yes"), "it must be true or false");
        refusesConfig(
                config -> section(config, "vision_config").put("hidden_act", "gelu_new"), "only gelu is supported");
        refusesConfig(
                config -> section(config, "vision_config").put("norm_type", "layer_norm"),
                "only rms_norm is supported");
        refusesConfig(config -> config.put("use_qllama_lora", 16), "use_qllama_lora is 16", "merge them first");
        refusesConfig(
                config -> section(config, "qllama_config").putObject("rope_scaling"), "rope_scaling", "not supported");
        Path file = Files.writeString(folder.resolve("config.json"), "{\"vision_config\":");
        assertThatThrownBy(() -> InternVlSizes.read(file, claims()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(file + ": is not JSON");
        Files.writeString(file, "[]");
        assertThatThrownBy(() -> InternVlSizes.read(file, claims()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("must be a JSON object");
    }

    private void refusesConfig(Consumer<ObjectNode> change, String... messages) throws IOException {
        ObjectNode config = (ObjectNode) Goldens.json("full_config_essentials.json");
        change.accept(config);
        Path file = folder.resolve("config.json");
        new ObjectMapper().writeValue(file.toFile(), config);
        assertThatThrownBy(() -> InternVlSizes.read(file, claims()))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContainingAll(messages);
    }

    private static ObjectNode section(ObjectNode config, String name) {
        return (ObjectNode) config.get(name);
    }

    private TensorClaims claims() {
        return new TensorClaims(new TensorInventory("InternVL-14B-224px", tensors));
    }

    private static InternVlNetwork build(TensorClaims claims) {
        return build(claims, InternVlSizes.PUBLISHED);
    }

    private static InternVlNetwork build(TensorClaims claims, InternVlSizes sizes) {
        return InternVlNetwork.build(
                TensorFlowRuntime.start(Device.CPU, 0),
                claims,
                sizes,
                WeightPrecision.BFLOAT16,
                OptionalInt.empty(),
                Goldens.CONTEXT_LENGTH);
    }

    private void refuses(String... messages) {
        TensorClaims claims = claims();
        assertThatThrownBy(() -> build(claims))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("InternVL-14B-224px")
                .hasMessageContainingAll(messages);
    }
}
