package dev.freebind.encoders.clap;

import dev.freebind.media.audio.FusionSpectrogram;
import dev.freebind.tensorflow.layers.Convolution2d;
import dev.freebind.tensorflow.layers.NetworkWeights;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Mixes what the three chunks of a longer sound show into the patches of the whole: chunks are cut into patches three times as
 * long, so that side by side they fill the same map (Wu et al., arXiv 2211.06687, section 3.3).
 */
final class ChunkFusion {

    /** Chunks of a longer sound. */
    static final int CHUNKS = FusionSpectrogram.VIEWS - 1;

    private final Ops tf;
    private final Convolution2d patches;
    private final AttentionalFusion fusion;
    private final int grid;
    private final int width;

    /**
     * What is computed on the way, {@code [longer sounds, grid, grid, width]}.
     *
     * @param whole patches of the whole sounds
     * @param chunks patches of the chunks
     * @param fusion how they are weighed
     * @param output {@code [sounds, grid, grid, width]}: the patches of all sounds, with the longer ones fused
     */
    record Stages(
            Operand<TFloat32> whole,
            Operand<TFloat32> chunks,
            AttentionalFusion.Stages fusion,
            Operand<TFloat32> output) {}

    /**
     * With the tensors {@code mel_conv2d} and {@code fusion_model} of the patch embedding.
     *
     * @param patch pixels along a side of a patch
     * @param grid patches along a side of the image
     */
    ChunkFusion(NetworkWeights weights, int width, int patch, int grid) {
        tf = weights.ops();
        this.width = width;
        this.grid = grid;
        patches = Convolution2d.tiling(weights.under("mel_conv2d"), 1, width, patch, (long) patch * CHUNKS);
        fusion = new AttentionalFusion(weights.under("fusion_model"), width);
    }

    /**
     * Fuses.
     *
     * @param patchesOfAll {@code [sounds · grid · grid, width]}
     * @param longer {@code [longer sounds]}: the numbers of those that are to be fused; if there are none, the number of sounds
     *     and chunks of any content
     * @param chunkImages {@code [longer sounds · 3, side, side]}
     */
    Stages apply(Operand<TFloat32> patchesOfAll, Operand<TInt32> longer, Operand<TFloat32> chunkImages) {
        Operand<TFloat32> sounds = tf.reshape(patchesOfAll, tf.constant(new int[] {-1, grid, grid, width}));
        // One map behind the last sound's, for a batch without a longer sound: TensorFlow's convolution takes no empty
        // input.
        Operand<TFloat32> maps =
                tf.pad(sounds, tf.constant(new int[][] {{0, 1}, {0, 0}, {0, 0}, {0, 0}}), tf.constant(0f));
        Operand<TFloat32> whole = tf.gather(maps, longer, tf.constant(0));
        Operand<TFloat32> chunks = sideBySide(patches.apply(tf.expandDims(chunkImages, tf.constant(3))));
        AttentionalFusion.Stages fused = fusion.apply(whole, chunks);
        Operand<TFloat32> output = tf.slice(
                tf.tensorScatterNdUpdate(maps, tf.expandDims(longer, tf.constant(1)), fused.output()),
                tf.constant(new int[] {0, 0, 0, 0}),
                tf.shape(sounds));
        return new Stages(whole, chunks, fused, output);
    }

    /** A third of the grid is rarely a whole number; the columns that lack are zero, on the right. */
    private Operand<TFloat32> sideBySide(Operand<TFloat32> patchesOfChunks) {
        int columns = grid / CHUNKS;
        Operand<TFloat32> byChunk =
                tf.reshape(patchesOfChunks, tf.constant(new int[] {-1, CHUNKS, grid, columns, width}));
        Operand<TFloat32> joined = tf.reshape(
                tf.linalg.transpose(byChunk, tf.constant(new int[] {0, 2, 1, 3, 4})),
                tf.constant(new int[] {-1, grid, CHUNKS * columns, width}));
        return tf.pad(
                joined,
                tf.constant(new int[][] {{0, 0}, {0, 0}, {0, grid - CHUNKS * columns}, {0, 0}}),
                tf.constant(0f));
    }
}
