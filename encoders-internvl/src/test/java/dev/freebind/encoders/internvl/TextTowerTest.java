package dev.freebind.encoders.internvl;

import static dev.freebind.encoders.internvl.Goldens.assertClose;
import static dev.freebind.encoders.internvl.Goldens.assertRelative;
import static dev.freebind.encoders.internvl.Goldens.floats;
import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.tensorflow.layers.WeightPrecision;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** The text tower, stage by stage, against what the official code computed. */
class TextTowerTest {

    private static final String IDS = "tiny/text/input_ids.npy";
    private static final String PADDED_BY_FREEBIND = "tiny/text/input_ids_freebind_pad.npy";

    @Test
    void everyStageOfTheTinyModelIsTheOfficialOne() {
        try (OpenNetwork network = tiny()) {
            TextTower.Stages stages = network.text().stages();
            TextBlock.Stages block = stages.blocks().get(0);
            assertThat(stages.blocks()).hasSize(3);

            whole(network, stages.tokens(), "tiny/text/embeddings.npy");
            first(network, block.normalised(), "tiny/text/block0_input_layernorm_sample0.npy");
            first(network, block.queries(), "tiny/text/block0_q_rope_sample0.npy");
            first(network, block.keys(), "tiny/text/block0_k_rope_sample0.npy");
            first(network, block.context(), "tiny/text/block0_attn_context_sample0.npy");
            first(network, block.attended(), "tiny/text/block0_attn_sample0.npy");
            first(network, block.normalisedAgain(), "tiny/text/block0_post_attention_layernorm_sample0.npy");
            first(network, block.fedForward(), "tiny/text/block0_mlp_sample0.npy");
            for (int i = 0; i < 3; i++) {
                first(network, stages.blocks().get(i).output(), "tiny/text/block" + i + "_out_sample0.npy");
            }
            results(network, "tiny/text/");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch_model.bin.index.json", "model.safetensors.index.json"})
    void everyStageOfTheModelInBfloat16IsTheOfficialOneWithFloat32Arithmetic(String file) {
        for (WeightPrecision precision : List.of(WeightPrecision.BFLOAT16, WeightPrecision.FLOAT32)) {
            try (OpenNetwork network = OpenNetwork.of("tiny_bf16", file, precision)) {
                TextTower.Stages stages = network.text().stages();

                whole(network, stages.tokens(), "tiny_bf16/text/embeddings.npy");
                for (int i = 0; i < 4; i++) {
                    first(network, stages.blocks().get(i).output(), "tiny_bf16/text/block" + i + "_out_sample0.npy");
                }
                results(network, "tiny_bf16/text/");
            }
        }
    }

    @Test
    void paddingByAPieceIsAttendedToAndReadAtTheEndAsInFreeBindsPublishedCode() {
        for (String model : List.of("tiny", "tiny_bf16")) {
            try (OpenNetwork network = OpenNetwork.of(model, "pytorch_model.bin.index.json", WeightPrecision.FLOAT32)) {
                List<int[]> ids = Goldens.ids(PADDED_BY_FREEBIND);

                assertRelative(
                        network.textValues(ids, network.text().stages().features()),
                        floats(model + "/text/text_features_freebind_pad.npy"),
                        model + " with FreeBind's padding");
            }
        }
    }

    @Test
    void cuttingCaptionsBehindTheLastEndTokenChangesNothing() {
        try (OpenNetwork network = tiny()) {
            float[] expected = floats("tiny/text/text_features_normalized.npy");
            List<int[]> ids = Goldens.ids(IDS);
            int dimension = network.text().dimension();

            assertClose(network.text().embed(ids), expected, Goldens.UNIT, "all captions");
            for (int i = 0; i < ids.size(); i++) {
                assertClose(
                        network.text().embed(List.of(ids.get(i))),
                        Arrays.copyOfRange(expected, i * dimension, (i + 1) * dimension),
                        Goldens.UNIT,
                        "caption " + i);
            }
        }
    }

    @Test
    void aLiteralUnknownTokenIsHiddenAndMovesThePositionThatIsReadWhateverIsCut() {
        try (OpenNetwork network = tiny()) {
            int[] ids = new int[Goldens.CONTEXT_LENGTH];
            int[] others = new int[Goldens.CONTEXT_LENGTH];
            System.arraycopy(new int[] {1, 300, 0, 301, 302, 2}, 0, ids, 0, 6);
            System.arraycopy(new int[] {1, 300, 0, 301, 302, 599}, 0, others, 0, 6);

            float[] cut = network.text().embed(List.of(ids));

            // Five ids are not 0, so position 4 is read, which does not see the one behind it.
            assertClose(cut, network.text().embed(List.of(others)), 1e-6, "what follows");
            assertClose(
                    cut,
                    network.textValues(List.of(ids), network.text().stages().embedding()),
                    Goldens.UNIT,
                    "with padding");
        }
    }

    private static OpenNetwork tiny() {
        return OpenNetwork.of("tiny", "pytorch_model.bin.index.json", WeightPrecision.FLOAT32);
    }

    private static void results(OpenNetwork network, String folder) {
        TextTower.Stages stages = network.text().stages();
        whole(network, stages.last(), folder + "last_hidden_state.npy");
        whole(network, stages.pooled(), folder + "pooled_hidden.npy");
        whole(network, stages.features(), folder + "text_features.npy");
        assertClose(
                network.textValues(Goldens.ids(IDS), stages.embedding()),
                floats(folder + "text_features_normalized.npy"),
                Goldens.UNIT,
                folder + " unit rows");
    }

    private static void whole(OpenNetwork network, Operand<TFloat32> output, String file) {
        assertRelative(network.textValues(Goldens.ids(IDS), output), floats(file), file);
    }

    /** The file has the first caption of the batch only. */
    private static void first(OpenNetwork network, Operand<TFloat32> output, String file) {
        float[] expected = floats(file);
        float[] actual = network.textValues(Goldens.ids(IDS), output);
        assertRelative(Arrays.copyOf(actual, expected.length), expected, file);
    }
}
