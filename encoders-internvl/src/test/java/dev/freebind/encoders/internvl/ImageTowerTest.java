package dev.freebind.encoders.internvl;

import static dev.freebind.encoders.internvl.Goldens.assertClose;
import static dev.freebind.encoders.internvl.Goldens.assertRelative;
import static dev.freebind.encoders.internvl.Goldens.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.tensorflow.layers.WeightPrecision;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** The image tower, stage by stage, against what the official code computed. */
class ImageTowerTest {

    private static final String PIXELS = "preprocess/pixel_values.npy";

    @Test
    void everyStageOfTheTinyModelIsTheOfficialOne() {
        try (OpenNetwork network = OpenNetwork.of("tiny", "pytorch_model.bin.index.json", WeightPrecision.FLOAT32)) {
            ImageTower.Stages stages = network.image().stages();
            ImageBlock.Stages block = stages.blocks().get(0);
            List<Operand<TFloat32>> outputs =
                    stages.blocks().stream().map(ImageBlock.Stages::output).toList();
            assertThat(outputs).hasSize(3);

            whole(network, stages.tokens(), "tiny/image/embeddings.npy");
            first(network, block.normalised(), "tiny/image/block0_norm1_sample0.npy");
            first(network, block.queries(), "tiny/image/block0_q_norm_sample0.npy");
            first(network, block.keys(), "tiny/image/block0_k_norm_sample0.npy");
            first(network, block.context(), "tiny/image/block0_attn_context_sample0.npy");
            first(network, block.attended(), "tiny/image/block0_attn_sample0.npy");
            first(network, block.normalisedAgain(), "tiny/image/block0_norm2_sample0.npy");
            first(network, block.fedForward(), "tiny/image/block0_mlp_sample0.npy");
            for (int i = 0; i < outputs.size(); i++) {
                first(network, outputs.get(i), "tiny/image/block" + i + "_out_sample0.npy");
            }
            whole(network, outputs.get(2), "tiny/image/last_hidden_state.npy");
            pooling(network, "tiny/image/");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch_model.bin.index.json", "model.safetensors.index.json"})
    void everyStageOfTheModelInBfloat16IsTheOfficialOneWithFloat32Arithmetic(String file) {
        for (WeightPrecision precision : List.of(WeightPrecision.BFLOAT16, WeightPrecision.FLOAT32)) {
            try (OpenNetwork network = OpenNetwork.of("tiny_bf16", file, precision)) {
                ImageTower.Stages stages = network.image().stages();

                whole(network, stages.tokens(), "tiny_bf16/image/embeddings.npy");
                first(network, stages.blocks().get(0).output(), "tiny_bf16/image/block0_out_sample0.npy");
                first(network, stages.blocks().get(1).output(), "tiny_bf16/image/block1_out_sample0.npy");
                whole(network, stages.blocks().get(1).output(), "tiny_bf16/image/last_hidden_state.npy");
                pooling(network, "tiny_bf16/image/");
            }
        }
    }

    @Test
    void float16WeightsAreCloseToTheOfficialOnes() {
        try (OpenNetwork network = OpenNetwork.of("tiny", "pytorch_model.bin.index.json", WeightPrecision.FLOAT16)) {
            float[] actual =
                    network.imageValues(floats(PIXELS), network.image().stages().embedding());
            float[] expected = floats("tiny/image/image_features_normalized.npy");

            assertThat(Goldens.cosine(actual, expected)).isGreaterThan(0.99999);
            assertThat(actual).as("precision matters").isNotEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {112, 336, 364})
    void imagesOfAnotherSizeGetInterpolatedPositions(int side) {
        try (OpenNetwork network = new OpenNetwork(
                Goldens.path("tiny"),
                Goldens.path("tiny/config.json"),
                WeightPrecision.FLOAT32,
                OptionalInt.of(side))) {
            int width = 32;
            int grid = side / 14;
            float[] positions = floats("tiny/pos_embed_resize/position_embedding_" + side + ".npy");
            float[] bias = network.checkpoint().floats("vision_model.embeddings.patch_embedding.bias");
            float[] classToken = network.checkpoint().floats("vision_model.embeddings.class_embedding");

            // Patches of zeros become the bias alone.
            float[] tokens = network.imageValues(
                    new float[3 * side * side], network.image().stages().tokens());

            assertThat(network.image().side()).isEqualTo(side);
            assertThat(tokens).hasSize((grid * grid + 1) * width);
            float[] expected = positions.clone();
            for (int i = 0; i < expected.length; i++) {
                expected[i] += i < width ? classToken[i] : bias[i % width];
            }
            assertClose(tokens, expected, 2e-6, "positions for " + side + " pixels");
        }
    }

    @Test
    void anImageSizeThatPatchesDoNotFillIsRefused() {
        assertThatThrownBy(() -> new OpenNetwork(
                        Goldens.path("tiny"),
                        Goldens.path("tiny/config.json"),
                        WeightPrecision.FLOAT32,
                        OptionalInt.of(225)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("'image-size' is 225; it must be a multiple of 14");
    }

    private static void pooling(OpenNetwork network, String folder) {
        ImageTower.Stages stages = network.image().stages();
        ImagePooling.Stages pooling = stages.pooling();
        whole(network, pooling.mean(), folder + "pool_mean_token.npy");
        whole(network, pooling.query(), folder + "pool_norm1_q.npy");
        first(network, pooling.keys(), folder + "pool_norm1_k_sample0.npy");
        first(network, pooling.values(), folder + "pool_norm1_v_sample0.npy");
        whole(network, pooling.context(), folder + "pool_context.npy");
        whole(network, pooling.features(), folder + "image_features.npy");
        assertClose(
                network.imageValues(floats(PIXELS), stages.embedding()),
                floats(folder + "image_features_normalized.npy"),
                Goldens.UNIT,
                folder + " unit rows");
    }

    private static void whole(OpenNetwork network, Operand<TFloat32> output, String file) {
        assertRelative(network.imageValues(floats(PIXELS), output), floats(file), file);
    }

    /** The file has the first image of the batch only. */
    private static void first(OpenNetwork network, Operand<TFloat32> output, String file) {
        float[] expected = floats(file);
        float[] actual = network.imageValues(floats(PIXELS), output);
        assertRelative(Arrays.copyOf(actual, expected.length), expected, file);
    }
}
