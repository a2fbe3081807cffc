package dev.freebind.encoders.imagebind;

import static dev.freebind.encoders.imagebind.Goldens.assertClose;
import static dev.freebind.encoders.imagebind.Goldens.floats;

import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.layers.WeightPrecision;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** Each tower of the tiny model, stage by stage, against what the official code computed. */
class TowerGoldensTest {

    private static final int DIMENSION = 40;
    private static final double TOKENS = 1e-5;
    private static final double NORM = 5e-5;
    private static final double HEAD = 5e-5;
    private static final double UNIT = 1e-5;

    private static Checkpoint checkpoint;
    private static ImageBindNetwork network;

    @BeforeAll
    static void open() {
        checkpoint = Checkpoint.open(Goldens.path("tiny/imagebind_tiny.pth"));
        TensorClaims claims = new TensorClaims(checkpoint);
        network = ImageBindNetwork.build(
                TensorFlowRuntime.start(Device.CPU, 0),
                claims,
                ImageBindSizes.read(Goldens.path("tiny/config.json"), claims),
                WeightPrecision.FLOAT32,
                null);
    }

    @AfterAll
    static void close() {
        if (network != null) {
            network.close();
            checkpoint.close();
        }
    }

    @Test
    void everyStageOfTheImageTowerIsTheOfficialOne() {
        FloatBuffer images = FloatBuffer.wrap(floats("preprocess/vision.npy"));

        stages("vision", network.vision().graph(), output -> network.vision().compute(images, output), true);
    }

    @Test
    void everyStageOfTheAudioTowerIsTheOfficialOne() {
        FloatBuffer clips = FloatBuffer.wrap(floats("preprocess/audio.npy"));

        stages("audio", network.audio().graph(), output -> network.audio().compute(clips, output), true);
    }

    @Test
    void everyStageOfTheTextTowerIsTheOfficialOne() {
        List<int[]> tokens = Goldens.tokens();

        stages("text", network.text().graph(), output -> network.text().compute(tokens, 77, output), false);
    }

    @Test
    void cuttingCaptionsBehindTheLastEndTokenChangesNothing() {
        float[] expected = floats("tiny/text/21_normalized.npy");
        List<int[]> tokens = Goldens.tokens();

        assertClose(Goldens.unit(network.text().embed(tokens), DIMENSION), expected, UNIT, "all captions");
        for (int i = 0; i < tokens.size(); i++) {
            assertClose(
                    Goldens.unit(network.text().embed(List.of(tokens.get(i))), DIMENSION),
                    Arrays.copyOfRange(expected, i * DIMENSION, (i + 1) * DIMENSION),
                    UNIT,
                    "caption " + i);
        }
    }

    @Test
    void embeddingsAreAsLongAsTheCheckpointsLogitScaleAndTextsIsClippedAt100() {
        assertClose(
                network.text().embed(Goldens.tokens()), floats("tiny/text/22_postprocessed.npy"), 1e-3, "text scaled");
        assertClose(network.text().embed(Goldens.tokens()), floats("tiny/text/embedding.npy"), 1e-3, "text");
        assertClose(
                network.audio().embed(FloatBuffer.wrap(floats("preprocess/audio.npy"))),
                floats("tiny/audio/22_postprocessed.npy"),
                1.5e-4,
                "audio scaled");
        assertClose(
                network.vision().embed(FloatBuffer.wrap(floats("preprocess/vision.npy"))),
                floats("tiny/vision/embedding.npy"),
                UNIT,
                "vision");
    }

    @Test
    void positionsAreResizedForImagesOfAnotherSize() {
        try (Checkpoint own = Checkpoint.open(Goldens.path("tiny/imagebind_tiny.pth"))) {
            TensorClaims claims = new TensorClaims(own);
            try (ImageBindNetwork larger = ImageBindNetwork.build(
                    TensorFlowRuntime.start(Device.CPU, 0),
                    claims,
                    ImageBindSizes.read(Goldens.path("tiny/config.json"), claims),
                    WeightPrecision.FLOAT32,
                    280)) {
                VisionTower tower = larger.vision();
                float[] image = reflected(floats("preprocess/vision.npy"), 224, 28);

                float[] tokens =
                        tower.compute(FloatBuffer.wrap(image), tower.graph().tokens());
                float[] stem =
                        tower.compute(FloatBuffer.wrap(image), tower.graph().stem());
                float[] positions = floats("tiny/vision/interp280_pos_embed.npy");
                for (int i = 0; i < stem.length; i++) {
                    tokens[64 + i] -= stem[i];
                }
                assertClose(
                        Arrays.copyOfRange(tokens, 64, tokens.length),
                        Arrays.copyOfRange(positions, 64, positions.length),
                        TOKENS,
                        "positions");
                assertClose(
                        tower.compute(FloatBuffer.wrap(image), tower.graph().head()),
                        floats("tiny/vision/interp280_head.npy"),
                        HEAD,
                        "head");
                assertClose(
                        tower.embed(FloatBuffer.wrap(image)),
                        floats("tiny/vision/interp280_embedding.npy"),
                        UNIT,
                        "embedding");
            }
        }
    }

    /** The first image of a batch with a border that mirrors it, edges not repeated. */
    private static float[] reflected(float[] images, int side, int border) {
        int larger = side + 2 * border;
        float[] result = new float[3 * larger * larger];
        for (int channel = 0; channel < 3; channel++) {
            for (int y = 0; y < larger; y++) {
                for (int x = 0; x < larger; x++) {
                    result[(channel * larger + y) * larger + x] =
                            images[(channel * side + mirrored(y - border, side)) * side + mirrored(x - border, side)];
                }
            }
        }
        return result;
    }

    private static int mirrored(int at, int side) {
        int inside = Math.abs(at);
        return inside < side ? inside : 2 * (side - 1) - inside;
    }

    private static void stages(
            String name, TowerGraph graph, Function<Operand<TFloat32>, float[]> compute, boolean hasStem) {
        String folder = "tiny/" + name + "/";
        if (hasStem) {
            first(compute, graph.stem(), folder + "00_stem.npy", TOKENS);
        }
        first(compute, graph.tokens(), folder + "01_tokens.npy", TOKENS);
        if (name.equals("vision")) {
            first(compute, graph.trunkInput(), folder + "02_pre_ln.npy", NORM);
        }
        first(compute, graph.blocks().get(0).normalised(), folder + "03_block0_norm1.npy", NORM);
        first(compute, graph.blocks().get(0).attended(), folder + "04_block0_attn.npy", TOKENS);
        first(compute, graph.blocks().get(0).fedForward(), folder + "05_block0_mlp.npy", TOKENS);
        for (int i = 0; i < graph.blocks().size(); i++) {
            first(compute, graph.blocks().get(i).output(), folder + "1" + i + "_block" + i + "_out.npy", TOKENS);
        }
        assertClose(compute.apply(graph.head()), floats(folder + "20_head.npy"), HEAD, name + " head");
        assertClose(compute.apply(graph.normalised()), floats(folder + "21_normalized.npy"), UNIT, name + " unit");
    }

    /** The file has the first input of the batch only. */
    private static void first(
            Function<Operand<TFloat32>, float[]> compute, Operand<TFloat32> output, String file, double tolerance) {
        float[] expected = floats(file);
        assertClose(Arrays.copyOf(compute.apply(output), expected.length), expected, tolerance, file);
    }
}
