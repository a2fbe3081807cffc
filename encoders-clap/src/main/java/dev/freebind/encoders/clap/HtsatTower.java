package dev.freebind.encoders.clap;

import dev.freebind.api.DataException;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.TensorMemory;
import dev.freebind.tensorflow.layers.LayerNorm;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.Patches;
import dev.freebind.tensorflow.layers.Sequences;
import dev.freebind.tensorflow.layers.TowerSession;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The audio tower, HTSAT (Chen et al., ICASSP 2022): a Swin transformer on the image of a log-mel spectrogram, whose embedding
 * is the mean of all tokens. Fuses chunks of longer sounds if the checkpoint has the tensors for it.
 */
final class HtsatTower {

    /** In all norms, PyTorch's default. */
    static final double EPSILON = 1e-5;

    private static final String BRANCH = "audio_branch";

    private final TowerSession session;
    private final Placeholder<TFloat32> sounds;
    private final @Nullable FusionInput fusionInput;
    private final Stages stages;
    private final int bins;

    /** What a batch with fusion needs beside the whole sounds. */
    private record FusionInput(Placeholder<TInt32> longer, Placeholder<TFloat32> chunks) {}

    /**
     * What it computes, for tests to find where a difference begins.
     *
     * @param image of the whole sounds
     * @param chunkImages of the chunks; null without fusion
     * @param fusion null without fusion
     * @param patches after their norm, {@code [batch · grid · grid, width]}
     * @param layers the transformer
     * @param norm its normalised output
     * @param latent the mean over the tokens, {@code [batch, width]}
     * @param projection into the joint space
     */
    record Stages(
            SpectrogramImage.Stages image,
            SpectrogramImage.@Nullable Stages chunkImages,
            ChunkFusion.@Nullable Stages fusion,
            Operand<TFloat32> patches,
            List<SwinLayers.Layer> layers,
            Operand<TFloat32> norm,
            Operand<TFloat32> latent,
            JointProjection.Stages projection) {}

    /**
     * Builds the graph; weights are claimed, not read.
     *
     * @param session with an empty graph; stays the caller's
     */
    HtsatTower(TowerSession session, TensorClaims claims) {
        this.session = session;
        NetworkWeights weights = session.weights();
        Ops tf = weights.ops();
        NetworkWeights branch = weights.under(BRANCH);
        NetworkWeights embedding = branch.under("patch_embed");

        SpectrogramImage images = new SpectrogramImage(branch, claims);
        bins = images.bins();
        Shape kernel = embedding.shape("proj.weight", 4);
        int width = Math.toIntExact(kernel.length(0));
        int patch = Math.toIntExact(kernel.length(2));
        if (patch < 1 || SpectrogramImage.SIDE % patch != 0) {
            throw new DataException(claims.source().origin() + ": patches of " + patch
                    + " pixels do not fill an image of " + SpectrogramImage.SIDE);
        }
        int grid = SpectrogramImage.SIDE / patch;

        sounds = spectrograms(tf);
        SpectrogramImage.Stages image = images.apply(sounds);
        Operand<TFloat32> rows =
                Patches.of(embedding.under("proj"), 1, width, patch, true).apply(image.image(), grid, grid);
        SpectrogramImage.Stages chunkImages = null;
        ChunkFusion.Stages fusion = null;
        if (fused(claims)) {
            fusionInput = new FusionInput(
                    tf.placeholder(TInt32.class, Placeholder.shape(org.tensorflow.ndarray.Shape.of(-1))),
                    spectrograms(tf));
            chunkImages = images.apply(fusionInput.chunks());
            fusion = new ChunkFusion(embedding, width, patch, grid)
                    .apply(rows, fusionInput.longer(), chunkImages.image());
            rows = tf.reshape(fusion.output(), tf.constant(new int[] {-1, width}));
        } else {
            fusionInput = null;
        }
        Operand<TFloat32> patches =
                LayerNorm.of(embedding.under("norm"), width, EPSILON).apply(rows);
        SwinLayers swin = new SwinLayers(branch, claims, patches, grid, width);
        Operand<TFloat32> norm =
                LayerNorm.of(branch.under("norm"), swin.width(), EPSILON).apply(swin.output());
        Operand<TFloat32> latent = Sequences.mean(tf, norm, swin.side() * swin.side(), swin.width());
        JointProjection.Stages projection =
                new JointProjection(weights.under("audio_projection"), swin.width()).apply(latent);
        stages = new Stages(image, chunkImages, fusion, patches, swin.layers(), norm, latent, projection);

        // Constants of the spectrogram, which is computed before, and the classifier of the pre-training.
        branch.unused("spectrogram_extractor.*", "logmel_extractor.*", "tscam_conv.*", "head.*");
    }

    private Placeholder<TFloat32> spectrograms(Ops tf) {
        return tf.placeholder(
                TFloat32.class, Placeholder.shape(org.tensorflow.ndarray.Shape.of(-1, SoundPreparation.FRAMES, bins)));
    }

    /** Whether a checkpoint is of a model with fusion. */
    static boolean fused(TensorClaims claims) {
        return claims.has(BRANCH + ".patch_embed.mel_conv2d.weight");
    }

    /** Bins of the spectrograms. */
    int bins() {
        return bins;
    }

    /** Values of the largest input that a sound may be: its chunks, or itself. */
    int largestInput() {
        return (fuses() ? ChunkFusion.CHUNKS : 1) * SoundPreparation.FRAMES * bins;
    }

    /** Whether chunks of longer sounds are taken. */
    boolean fuses() {
        return fusionInput != null;
    }

    /** What it computes. */
    Stages stages() {
        return stages;
    }

    /**
     * Embeds sounds.
     *
     * @param batch one or more; none with chunks unless it {@link #fuses()}
     * @return {@code [batch, dimension]}, unit rows
     */
    float[] embed(List<SoundFeatures> batch) {
        return compute(batch, stages.projection().embedding());
    }

    /** Any of the graph's values for a batch. */
    float[] compute(List<SoundFeatures> batch, Operand<TFloat32> output) {
        Session.Runner runner = session.runner();
        try (FloatTensor whole = FloatTensor.allocate(batch.size(), SoundPreparation.FRAMES, bins)) {
            FloatBuffer memory = whole.buffer();
            batch.forEach(sound -> memory.put(sound.whole()));
            runner.feed(sounds, whole.tensor());
            return fusionInput == null ? session.run(runner, output) : fused(batch, fusionInput, runner, output);
        }
    }

    private float[] fused(
            List<SoundFeatures> batch, FusionInput input, Session.Runner runner, Operand<TFloat32> output) {
        int found = (int) batch.stream().filter(sound -> sound.chunks() != null).count();
        int count = Math.max(1, found);
        try (FloatTensor chunks =
                        FloatTensor.allocate((long) count * ChunkFusion.CHUNKS, SoundPreparation.FRAMES, bins);
                TInt32 longer = TInt32.tensorOf(org.tensorflow.ndarray.Shape.of(count))) {
            FloatBuffer chunkMemory = chunks.buffer();
            IntBuffer longerMemory = TensorMemory.ints(longer);
            for (int i = 0; i < batch.size(); i++) {
                float[] values = batch.get(i).chunks();
                if (values != null) {
                    longerMemory.put(i);
                    chunkMemory.put(values);
                }
            }
            if (found == 0) {
                longerMemory.put(batch.size());
                while (chunkMemory.hasRemaining()) {
                    chunkMemory.put(0);
                }
            }
            return session.run(runner.feed(input.chunks(), chunks.tensor()).feed(input.longer(), longer), output);
        }
    }
}
