package dev.freebind.encoders.clap;

import static dev.freebind.encoders.clap.Goldens.DIMENSION;
import static dev.freebind.encoders.clap.Goldens.assertClose;
import static dev.freebind.encoders.clap.Goldens.member;

import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.layers.WeightPrecision;
import dev.freebind.text.Tokens;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** The text towers of the tiny models, stage by stage, against what the official code computed. */
class RobertaTowerTest {

    private static final int WIDTH = 32;
    private static final int CONTEXT_LENGTH = 77;
    private static final double TOLERANCE = 2e-5;
    private static final double EMBEDDING = 5e-6;

    /** The captions of which the reference has every token. */
    private static final int[] SHOWN = {0, 9};

    private static ClapNetwork network(Checkpoint checkpoint) {
        return ClapNetwork.build(
                TensorFlowRuntime.start(Device.CPU, 0),
                new TensorClaims(checkpoint),
                Goldens.TINY_HEADS,
                WeightPrecision.FLOAT32);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyStageIsTheOfficialOne(boolean fusion) {
        String file = fusion ? "tiny/fusion_text.npz" : "tiny/nonfusion_text.npz";
        List<Tokens> captions = Goldens.tokens();
        try (Checkpoint checkpoint = Checkpoint.open(Goldens.checkpoint(fusion));
                ClapNetwork network = network(checkpoint)) {
            RobertaTower tower = network.text();
            RobertaTower.Stages stages = tower.stages();

            assertTokens(tower, captions, stages.embeddings(), member(file, "embeddings_texts0_9"), "embeddings");
            for (int i = 0; i < stages.layers().size(); i++) {
                String layer = "layer" + i;
                assertTokens(tower, captions, stages.layers().get(i), member(file, layer + "_texts0_9"), layer);
            }
            assertClose(tower.compute(captions, stages.pooled()), member(file, "pooler_output"), TOLERANCE, "pooled");
            JointProjection.Stages end = stages.projection();
            assertClose(tower.compute(captions, end.hidden()), member(file, "text_projection_0"), TOLERANCE, "hidden");
            assertClose(
                    tower.compute(captions, end.projected()), member(file, "text_projection"), TOLERANCE, "projected");
            assertClose(tower.embed(captions), Goldens.embeddings(fusion, "text"), EMBEDDING, "embeddings");
        }
    }

    /** The rows of padding mean nothing. */
    private static void assertTokens(
            RobertaTower tower, List<Tokens> captions, Operand<TFloat32> output, float[] expected, String what) {
        int longest = captions.stream().mapToInt(Tokens::length).max().orElseThrow();
        float[] actual = tower.compute(captions, output);
        for (int i = 0; i < SHOWN.length; i++) {
            int length = captions.get(SHOWN[i]).length() * WIDTH;
            int from = SHOWN[i] * longest * WIDTH;
            int fromExpected = i * CONTEXT_LENGTH * WIDTH;
            assertClose(
                    Arrays.copyOfRange(actual, from, from + length),
                    Arrays.copyOfRange(expected, fromExpected, fromExpected + length),
                    TOLERANCE,
                    what + " of caption " + SHOWN[i]);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCaptionAloneIsCutShorterAndGivesTheSame(boolean fusion) {
        float[] expected = Goldens.embeddings(fusion, "text");
        List<Tokens> captions = Goldens.tokens();
        try (Checkpoint checkpoint = Checkpoint.open(Goldens.checkpoint(fusion));
                ClapNetwork network = network(checkpoint)) {
            for (int i = 0; i < captions.size(); i++) {
                assertClose(
                        network.text().embed(List.of(captions.get(i))),
                        Arrays.copyOfRange(expected, i * DIMENSION, (i + 1) * DIMENSION),
                        EMBEDDING,
                        "caption " + i);
            }
        }
    }
}
