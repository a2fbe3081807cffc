package dev.freebind.encoders.imagebind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.formats.checkpoint.TensorInventory;
import dev.freebind.formats.checkpoint.TensorSummary;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.layers.WeightPrecision;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The real model by names and shapes alone: 4.8 GB that are never allocated. */
class ImageBindInventoryTest {

    private static final String EXTRA = "modality_trunks.vision.blocks.0.attn.gate";
    private static final String SOME = "modality_trunks.audio.blocks.7.mlp.fc2.weight";

    private final Map<String, TensorSummary> tensors = Goldens.inventory("full_state_dict.json");

    @Test
    void everyTensorOfThePublishedModelIsUsedOrDeclaredUnused() {
        TensorClaims claims = claims();

        try (ImageBindNetwork network = build(claims)) {
            assertThat(network.dimension()).isEqualTo(1024);
            assertThat(network.vision().side()).isEqualTo(224);
        }
        assertThat(claims.extra()).isEmpty();
        assertThat(claims.claimed()).hasSize(864).allMatch(tensors::containsKey);
    }

    @Test
    void theTinyModelHasTheSameStructure() {
        Map<String, TensorSummary> tiny = Goldens.inventory("tiny/state_dict.json");
        TensorClaims claims = new TensorClaims(new TensorInventory("tiny", tiny));

        try (ImageBindNetwork network = ImageBindNetwork.build(
                TensorFlowRuntime.start(Device.CPU, 0),
                claims,
                ImageBindSizes.read(Goldens.path("tiny/config.json"), claims),
                WeightPrecision.FLOAT32,
                null)) {
            assertThat(network.dimension()).isEqualTo(40);
        }
        assertThat(claims.extra()).isEmpty();
    }

    @Test
    void theConfigurationOfThePublishedModelAgreesWithWhatIsAssumedWithoutOne() {
        assertThat(ImageBindSizes.read(Goldens.path("full_config.json"), claims()))
                .isEqualTo(ImageBindSizes.HUGE)
                .isEqualTo(ImageBindSizes.ofPublishedModel(claims()));
    }

    @Test
    void aMissingTensorIsAnErrorThatNamesIt() {
        tensors.remove(SOME);

        refuses("'" + SOME + "' of shape (768, 3072) is missing");
    }

    @Test
    void aMisshapenTensorIsAnErrorThatNamesItAndBothShapes() {
        tensors.put(SOME, new TensorSummary(ElementType.F32, Shape.of(768, 3071)));

        refuses("'" + SOME + "' has shape (768, 3071) and needs (768, 3072)");
    }

    @Test
    void aTensorTooManyIsAnErrorThatNamesIt() {
        tensors.put(EXTRA, new TensorSummary(ElementType.F32, Shape.of(3)));

        refuses("'" + EXTRA + "' of shape (3,) belongs to no known part of the model");
    }

    @Test
    void allThatDoesNotFitIsReportedAtOnce() {
        tensors.remove(SOME);
        tensors.put(EXTRA, new TensorSummary(ElementType.F32, Shape.of(3)));

        refuses(SOME, EXTRA);
    }

    @Test
    void everySingleTensorOfTheThreeTowersIsMissed() {
        // The shapes from which sizes are taken are asked for first, but by name as well.
        for (String name : tensors.keySet().stream()
                .filter(name -> name.startsWith("modality_preprocessors.") || name.contains("blocks.5."))
                .filter(name -> !name.matches(".*\\.(depth|thermal|imu)\\..*"))
                .toList()) {
            Map<String, TensorSummary> without = new java.util.LinkedHashMap<>(tensors);
            without.remove(name);
            TensorClaims claims = new TensorClaims(new TensorInventory("imagebind_huge", without));

            assertThatThrownBy(() -> build(claims))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining(name);
        }
    }

    @Test
    void otherWidthsNeedTheNumberOfHeadsFromAConfiguration() {
        TensorClaims tiny =
                new TensorClaims(new TensorInventory("tiny.pth", Goldens.inventory("tiny/state_dict.json")));

        assertThatThrownBy(() -> ImageBindSizes.ofPublishedModel(tiny))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("tiny.pth")
                .hasMessageContaining("width 64")
                .hasMessageContaining("'config'");
    }

    @Test
    void aConfigurationOfAnotherModelIsRefused() {
        assertThatThrownBy(() -> ImageBindSizes.read(Goldens.path("tiny/config.json"), claims()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("vision_embed_dim is 64, but the checkpoint has 1280");
    }

    private TensorClaims claims() {
        return new TensorClaims(new TensorInventory("imagebind_huge.pth", tensors));
    }

    private static ImageBindNetwork build(TensorClaims claims) {
        return ImageBindNetwork.build(
                TensorFlowRuntime.start(Device.CPU, 0), claims, ImageBindSizes.HUGE, WeightPrecision.FLOAT32, null);
    }

    private void refuses(String... messages) {
        TensorClaims claims = claims();
        assertThatThrownBy(() -> build(claims))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("imagebind_huge.pth")
                .hasMessageContainingAll(messages);
    }
}
