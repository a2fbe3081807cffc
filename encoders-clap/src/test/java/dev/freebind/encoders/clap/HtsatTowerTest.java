package dev.freebind.encoders.clap;

import static dev.freebind.encoders.clap.Goldens.DIMENSION;
import static dev.freebind.encoders.clap.Goldens.assertClose;
import static dev.freebind.encoders.clap.Goldens.member;
import static dev.freebind.encoders.clap.Goldens.rows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.layers.WeightPrecision;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** The audio towers of the tiny models, stage by stage, against what the official code computed. */
class HtsatTowerTest {

    private static final String PLAIN = "tiny/nonfusion_audio.npz";
    private static final String FUSION = "tiny/fusion_audio.npz";
    private static final int BINS = 64;
    private static final int SIDE = 256;
    private static final int GRID = 64;
    private static final int WIDTH = 8;
    private static final int SOUNDS = 3;
    private static final int SECOND = 1;
    private static final int LONG = 2;

    private Checkpoint checkpoint;
    private ClapNetwork network;
    private List<SoundFeatures> features;

    private void open(boolean fusion) {
        checkpoint = Checkpoint.open(Goldens.checkpoint(fusion));
        network = ClapNetwork.build(
                TensorFlowRuntime.start(Device.CPU, 0),
                new TensorClaims(checkpoint),
                Goldens.TINY_HEADS,
                WeightPrecision.FLOAT32);
        assertThat(network.audio().fuses()).isEqualTo(fusion);
        features = Goldens.features(fusion, network.audio().bins());
    }

    @AfterEach
    void close() {
        if (network != null) {
            network.close();
            checkpoint.close();
        }
    }

    @Test
    void everyStageWithoutFusionIsTheOfficialOne() {
        open(false);
        HtsatTower.Stages stages = network.audio().stages();
        double tolerance = 5e-4;

        first(stages.image().normalised(), PLAIN, "a_bn0_every20", BINS, 20, tolerance);
        assertClose(
                thinned(compute(stages.image().image()), 0, 4),
                member(PLAIN, "a_img_rows_every4_cols_every4"),
                tolerance,
                "image");
        first(stages.patches(), PLAIN, "a_patch_embed_tokens_every4", WIDTH, 4, tolerance);
        List<SwinLayers.Layer> layers = stages.layers();
        first(layers.get(0).blocks().get(0), PLAIN, "a_layer0_block0_tokens_every8", WIDTH, 8, tolerance);
        first(layers.get(0).blocks().get(1), PLAIN, "a_layer0_block1_tokens_every8", WIDTH, 8, tolerance);
        first(layers.get(0).output(), PLAIN, "a_layer0", 2 * WIDTH, 1, tolerance);
        first(layers.get(1).blocks().get(0), PLAIN, "a_layer1_block0_tokens_every4", 2 * WIDTH, 4, tolerance);
        first(layers.get(1).output(), PLAIN, "a_layer1", 4 * WIDTH, 1, tolerance);
        first(layers.get(2).output(), PLAIN, "a_layer2", 8 * WIDTH, 1, tolerance);
        first(layers.get(3).blocks().get(0), PLAIN, "a_layer3_block0", 8 * WIDTH, 1, tolerance);
        first(layers.get(3).output(), PLAIN, "a_layer3", 8 * WIDTH, 1, tolerance);
        end(stages, PLAIN, 2e-4, 2e-5, 1e-5);
        assertClose(
                network.audio().embed(features), Goldens.embeddings(false, "audio"), 1e-5, "embeddings by themselves");
    }

    @Test
    void everyStageWithFusionIsTheOfficialOne() {
        open(true);
        HtsatTower.Stages stages = network.audio().stages();
        double tolerance = 1e-3;

        SpectrogramImage.Stages chunks = stages.chunkImages();
        assertThat(chunks).isNotNull();
        float[] normalised = joined(
                rows(compute(stages.image().normalised()), SOUNDS, LONG, BINS, 40),
                rows(compute(chunks.normalised()), 3, 0, BINS, 40),
                rows(compute(chunks.normalised()), 3, 1, BINS, 40),
                rows(compute(chunks.normalised()), 3, 2, BINS, 40));
        assertClose(normalised, member(FUSION, "c_bn0_frames_every40"), tolerance, "normalised views");
        float[] images = joined(
                thinned(compute(stages.image().image()), LONG, 8),
                thinned(compute(chunks.image()), 0, 8),
                thinned(compute(chunks.image()), 1, 8),
                thinned(compute(chunks.image()), 2, 8));
        assertClose(images, member(FUSION, "c_img_rows_every8_cols_every8"), tolerance, "images");

        ChunkFusion.Stages fusion = stages.fusion();
        assertThat(fusion).isNotNull();
        assertClose(
                channelsFirst(compute(fusion.whole()), 0, 4),
                member(FUSION, "c_fusion_in_global_rows_every4"),
                tolerance,
                "whole");
        assertClose(
                channelsFirst(compute(fusion.chunks()), 0, 4),
                member(FUSION, "c_fusion_in_local_rows_every4"),
                tolerance,
                "chunks");
        assertClose(
                channelsFirst(compute(fusion.fusion().local()), 0, 8),
                member(FUSION, "c_aff_local_rows_every8"),
                2e-3,
                "local attention");
        assertClose(compute(fusion.fusion().global()), member(FUSION, "c_aff_global"), tolerance, "global attention");
        assertClose(
                channelsFirst(compute(fusion.output()), LONG, 4),
                member(FUSION, "c_fusion_out_rows_every4"),
                2e-3,
                "fused");

        item(stages.patches(), LONG, "c_patch_embed_tokens_every8", WIDTH, 8, tolerance);
        List<SwinLayers.Layer> layers = stages.layers();
        item(layers.get(0).output(), LONG, "c_layer0", 2 * WIDTH, 1, tolerance);
        item(layers.get(1).output(), LONG, "c_layer1", 4 * WIDTH, 1, tolerance);
        item(layers.get(2).output(), LONG, "c_layer2", 8 * WIDTH, 1, tolerance);
        item(layers.get(3).output(), LONG, "c_layer3", 8 * WIDTH, 1, tolerance);
        item(layers.get(0).output(), 0, "a_layer0_tokens_every8", 2 * WIDTH, 8, tolerance);
        end(stages, FUSION, 1e-3, 1e-4, 3e-5);
    }

    @Test
    void batchesMayMixSoundsThatAreFusedAndSoundsThatAreNot() {
        open(true);
        HtsatTower tower = network.audio();
        float[] expected = Goldens.embeddings(true, "audio");
        assertThat(features).extracting(sound -> sound.chunks() != null).containsExactly(false, false, true);

        for (int i = 0; i < SOUNDS; i++) {
            assertClose(
                    tower.embed(List.of(features.get(i))),
                    Arrays.copyOfRange(expected, i * DIMENSION, (i + 1) * DIMENSION),
                    3e-5,
                    "sound " + i + " alone");
        }
        float[] mixed = tower.embed(List.of(features.get(LONG), features.get(SECOND), features.get(LONG)));
        assertClose(rows(mixed, SOUNDS, 0, DIMENSION, 1), rows(expected, SOUNDS, LONG, DIMENSION, 1), 3e-5, "first");
        assertClose(rows(mixed, SOUNDS, 1, DIMENSION, 1), rows(expected, SOUNDS, SECOND, DIMENSION, 1), 3e-5, "second");
        assertClose(rows(mixed, SOUNDS, 2, DIMENSION, 1), rows(expected, SOUNDS, LONG, DIMENSION, 1), 3e-5, "third");
    }

    private void end(HtsatTower.Stages stages, String file, double norm, double projection, double embedding) {
        assertClose(compute(stages.norm()), member(file, "final_norm"), norm, "norm");
        assertClose(compute(stages.latent()), member(file, "latent"), projection, "latent");
        JointProjection.Stages end = stages.projection();
        assertClose(compute(end.hidden()), member(file, "audio_projection_0"), projection, "hidden");
        assertClose(compute(end.projected()), member(file, "audio_projection"), projection, "projected");
        assertClose(compute(end.embedding()), member(file, "audio_embedding"), embedding, "embedding");
    }

    private float[] compute(Operand<TFloat32> output) {
        return network.audio().compute(features, output);
    }

    private void first(Operand<TFloat32> output, String file, String member, int width, int step, double tolerance) {
        assertClose(rows(compute(output), SOUNDS, 0, width, step), member(file, member), tolerance, member);
    }

    private void item(Operand<TFloat32> output, int item, String member, int width, int step, double tolerance) {
        assertClose(rows(compute(output), SOUNDS, item, width, step), member(FUSION, member), tolerance, member);
    }

    /** Every so-manieth row and column of one image. */
    private static float[] thinned(float[] images, int number, int step) {
        float[] result = new float[SIDE / step * (SIDE / step)];
        int next = 0;
        for (int row = 0; row < SIDE; row += step) {
            for (int column = 0; column < SIDE; column += step) {
                result[next++] = images[(number * SIDE + row) * SIDE + column];
            }
        }
        return result;
    }

    /** Every so-manieth row of one map [rows, columns, channels] as [channels, rows, columns]. */
    private static float[] channelsFirst(float[] maps, int number, int step) {
        float[] result = new float[WIDTH * (GRID / step) * GRID];
        int next = 0;
        for (int channel = 0; channel < WIDTH; channel++) {
            for (int row = 0; row < GRID; row += step) {
                for (int column = 0; column < GRID; column++) {
                    result[next++] = maps[((number * GRID + row) * GRID + column) * WIDTH + channel];
                }
            }
        }
        return result;
    }

    private static float[] joined(float[]... parts) {
        float[] all =
                new float[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
        int next = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, next, part.length);
            next += part.length;
        }
        return all;
    }
}
