package dev.freebind.tensorflow.layers;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Makes one token of each 2 × 2 square of tokens: side by side, normalised, and projected to twice the width (Liu et al., ICCV
 * 2021, section 3.1).
 */
public final class PatchMerging {

    private final Ops tf;
    private final int side;
    private final long width;
    private final LayerNorm norm;
    private final Linear reduction;

    private PatchMerging(Ops tf, int side, long width, LayerNorm norm, Linear reduction) {
        this.tf = tf;
        this.side = side;
        this.width = width;
        this.norm = norm;
        this.reduction = reduction;
    }

    /**
     * With tensors {@code norm.weight} and {@code norm.bias} [4 · width], {@code reduction.weight} [2 · width, 4 · width].
     *
     * @param side tokens along a side of the square, even
     */
    public static PatchMerging of(NetworkWeights weights, long width, int side, double epsilon) {
        if (side < 2 || side % 2 != 0) {
            throw new IllegalArgumentException("a square of " + side + " tokens a side has no 2 by 2 squares");
        }
        return new PatchMerging(
                weights.ops(),
                side,
                width,
                LayerNorm.of(weights.under("norm"), 4 * width, epsilon),
                Linear.withoutBias(weights.under("reduction"), 4 * width, 2 * width));
    }

    /**
     * Merges.
     *
     * @param rows {@code [batch · side · side, width]}
     * @return {@code [batch · side/2 · side/2, 2 · width]}
     */
    public Operand<TFloat32> apply(Operand<TFloat32> rows) {
        long half = side / 2;
        Operand<TFloat32> cut = tf.reshape(rows, tf.constant(new long[] {-1, half, 2, half, 2, width}));
        // Down before to the right: upper left, lower left, upper right, lower right.
        Operand<TFloat32> together = tf.linalg.transpose(cut, tf.constant(new int[] {0, 1, 3, 4, 2, 5}));
        return reduction.apply(norm.apply(tf.reshape(together, tf.constant(new long[] {-1, 4 * width}))));
    }
}
