package dev.freebind.encoders.clap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import dev.freebind.tensorflow.layers.ShiftedWindows;
import dev.freebind.tensorflow.layers.WeightPrecision;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The real models by names and shapes alone; their weights are never allocated. */
class ClapInventoryTest {

    private static final String FUSION = "full_state_dict_fusion_htsat_tiny.json";
    private static final String MUSIC = "full_state_dict_music_htsat_base.json";
    private static final String SOME = "audio_branch.layers.2.blocks.5.mlp.fc2.weight";
    private static final String EXTRA = "audio_branch.layers.0.blocks.0.attn.gate";

    /** What embeddings do not need, as the reference's manifest lists it. */
    private static final Pattern NOT_NEEDED = Pattern.compile(
            "text_branch\\.embeddings\\.position_ids|.*\\.num_batches_tracked|.*\\.relative_position_index|.*\\.attn_mask"
                    + "|audio_branch\\.spectrogram_extractor\\..*|audio_branch\\.logmel_extractor\\.melW"
                    + "|audio_branch\\.tscam_conv\\..*|audio_branch\\.head\\..*|(audio|text)_transform\\..*|logit_scale_[at]");

    private static TensorClaims claims(Map<String, TensorSummary> tensors) {
        return new TensorClaims(new TensorInventory("clap.pt", tensors));
    }

    private static ClapNetwork build(TensorClaims claims, OptionalInt heads) {
        return ClapNetwork.build(TensorFlowRuntime.start(Device.CPU, 0), claims, heads, WeightPrecision.FLOAT32);
    }

    private static void refuses(Map<String, TensorSummary> tensors, String... messages) {
        assertThatThrownBy(() -> build(claims(tensors), OptionalInt.empty()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("clap.pt")
                .hasMessageContainingAll(messages);
    }

    @ParameterizedTest
    @CsvSource({FUSION + ", true, 96", MUSIC + ", false, 128"})
    void exactlyTheTensorsThatEmbeddingsNeedAreClaimedAndTheRestIsDeclaredUnused(
            String inventory, boolean fusion, int width) {
        Map<String, TensorSummary> tensors = Goldens.inventory(inventory);
        TensorClaims claims = claims(tensors);

        try (ClapNetwork network = build(claims, OptionalInt.empty())) {
            assertThat(network.dimension()).isEqualTo(512);
            assertThat(network.audio().fuses()).isEqualTo(fusion);
            assertThat(network.audio().bins()).isEqualTo(64);
            assertThat(network.text().vocabularySize()).isEqualTo(50_265);
            assertThat(network.text().maximumLength()).isEqualTo(512);
        }
        assertThat(tensors.get("audio_branch.patch_embed.proj.weight").shape()).isEqualTo(Shape.of(width, 1, 4, 4));
        assertThat(claims.extra()).isEmpty();
        Set<String> needed = Set.copyOf(tensors.keySet().stream()
                .filter(name -> !NOT_NEEDED.matcher(name).matches())
                .toList());
        assertThat(claims.claimed()).containsExactlyInAnyOrderElementsOf(needed);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theTinyModelsHaveTheSameStructure(boolean fusion) {
        Map<String, TensorSummary> tensors = new LinkedHashMap<>();
        Goldens.inventory(fusion ? "tiny/clap_tiny_fusion_keys.json" : "tiny/clap_tiny_keys.json")
                .forEach((name, tensor) -> tensors.put(name.substring("module.".length()), tensor));

        try (ClapNetwork network = build(claims(tensors), Goldens.TINY_HEADS)) {
            assertThat(network.dimension()).isEqualTo(Goldens.DIMENSION);
            assertThat(network.audio().fuses()).isEqualTo(fusion);
        }
    }

    @Test
    void filesOfNewerLibrariesWithoutPositionIdsLoadAsWell() {
        Map<String, TensorSummary> tensors = Goldens.inventory(MUSIC);
        assertThat(tensors.remove("text_branch.embeddings.position_ids")).isNotNull();

        try (ClapNetwork network = build(claims(tensors), OptionalInt.empty())) {
            assertThat(network.dimension()).isEqualTo(512);
        }
    }

    @Test
    void allThatDoesNotFitIsReportedAtOnceByName() {
        Map<String, TensorSummary> tensors = Goldens.inventory(FUSION);
        tensors.remove(SOME);
        tensors.put(EXTRA, new TensorSummary(ElementType.F32, Shape.of(3)));
        tensors.put("audio_projection.2.bias", new TensorSummary(ElementType.F32, Shape.of(511)));
        tensors.put("text_branch.pooler.dense.bias", new TensorSummary(ElementType.I64, Shape.of(768)));

        refuses(
                tensors,
                "'" + SOME + "' of shape (384, 1536) is missing",
                "'" + EXTRA + "' of shape (3,) belongs to no known part of the model",
                "'audio_projection.2.bias' has shape (511,) and needs (512,)",
                "'text_branch.pooler.dense.bias' holds I64, not floating-point numbers");
    }

    @Test
    void everySingleNeededTensorIsMissed() {
        Map<String, TensorSummary> tensors = new LinkedHashMap<>();
        Goldens.inventory("tiny/clap_tiny_fusion_keys.json")
                .forEach((name, tensor) -> tensors.put(name.substring("module.".length()), tensor));
        List<String> needed = tensors.keySet().stream()
                .filter(name -> !NOT_NEEDED.matcher(name).matches())
                .toList();
        assertThat(needed).hasSizeGreaterThan(100);
        for (String name : needed) {
            // Without this one the model is one without fusion, whose other tensors are then too many.
            String named = name.equals("audio_branch.patch_embed.mel_conv2d.weight")
                    ? "audio_branch.patch_embed.mel_conv2d.bias"
                    : name;
            Map<String, TensorSummary> without = new LinkedHashMap<>(tensors);
            without.remove(name);

            assertThatThrownBy(() -> build(claims(without), Goldens.TINY_HEADS))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining(named);
        }
    }

    @Test
    void aTableOfRelativePositionsThatDoesNotFitIsShown() {
        Map<String, TensorSummary> tensors = Goldens.inventory(MUSIC);
        String table = "audio_branch.layers.1.blocks.0.attn.relative_position_bias_table";
        tensors.put(table, new TensorSummary(ElementType.F32, Shape.of(225, 7)));
        refuses(tensors, "(225, 7)", "width 256");

        tensors.put(table, new TensorSummary(ElementType.F32, Shape.of(230, 8)));
        refuses(tensors, "'" + table + "' has shape (230, 8) and needs (225, 8)");
    }

    @Test
    void spectrogramsThatMakeNoSquareImageAreRefused() {
        Map<String, TensorSummary> tensors = Goldens.inventory(MUSIC);
        tensors.put("audio_branch.bn0.weight", new TensorSummary(ElementType.F32, Shape.of(60)));

        refuses(tensors, "60 bins", "256 pixels");
    }

    @Test
    void towersOfDifferentDimensionsAreRefused() {
        Map<String, TensorSummary> tensors = Goldens.inventory(MUSIC);
        tensors.put("text_projection.2.weight", new TensorSummary(ElementType.F32, Shape.of(256, 512)));
        tensors.put("text_projection.2.bias", new TensorSummary(ElementType.F32, Shape.of(256)));

        refuses(tensors, "audio 512, text 256");
    }

    @Test
    void aNumberOfHeadsIsAskedForWhereItCannotBeGuessedAndMustDivideTheWidth() {
        Map<String, TensorSummary> tensors = new LinkedHashMap<>();
        Goldens.inventory("tiny/clap_tiny_keys.json")
                .forEach((name, tensor) -> tensors.put(name.substring("module.".length()), tensor));

        assertThatThrownBy(() -> build(claims(tensors), OptionalInt.empty()))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContainingAll("clap.pt", "width 32", "'text-heads'");
        assertThatThrownBy(() -> build(claims(tensors), OptionalInt.of(5)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContainingAll("clap.pt", "'text-heads' is 5", "32");
    }

    @Test
    void theConstantsThatAreNotReadFollowFromTheWindows() {
        try (Checkpoint checkpoint = Checkpoint.open(Goldens.checkpoint(false))) {
            ShiftedWindows shifted = new ShiftedWindows(64, 8, 4);
            assertThat(checkpoint.floats("audio_branch.layers.0.blocks.1.attn_mask"))
                    .containsExactly(shifted.mask());
            long[] positions = checkpoint.longs("audio_branch.layers.0.blocks.1.attn.relative_position_index");
            int[] ours = ShiftedWindows.relativePositions(8);
            assertThat(Arrays.stream(ours).asLongStream().toArray()).containsExactly(positions);
        }
    }
}
