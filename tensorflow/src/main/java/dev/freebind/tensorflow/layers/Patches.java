package dev.freebind.tensorflow.layers;

import dev.freebind.formats.Shape;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The stem of a vision transformer: cuts an image into squares and projects each, which is a convolution whose stride is its
 * kernel's size, done as one matrix product.
 */
public final class Patches {

    private final Ops tf;
    private final Weight kernel;
    private final @Nullable Weight bias;
    private final int channels;
    private final int side;

    private Patches(Ops tf, Weight kernel, @Nullable Weight bias, int channels, int side) {
        this.tf = tf;
        this.kernel = kernel;
        this.bias = bias;
        this.channels = channels;
        this.side = side;
    }

    /**
     * With tensors "weight" [width, channels, side, side] and, if asked for, "bias" [width].
     *
     * @param side pixels of a square
     */
    public static Patches of(NetworkWeights weights, int channels, long width, int side, boolean withBias) {
        Ops tf = weights.ops();
        Weight kernel = weights.prepared(
                "weight",
                Shape.of(width, channels, side, side),
                Shape.of((long) channels * side * side, width),
                values -> tf.linalg.transpose(
                        tf.reshape(values, tf.constant(new long[] {width, -1})), tf.constant(new int[] {1, 0})));
        return new Patches(tf, kernel, withBias ? weights.weight("bias", width) : null, channels, side);
    }

    /**
     * For clips of equal frames: with a tensor "weight" [width, channels, frames, side, side] whose frames are added
     * up, since a still image shows the same in every frame.
     */
    public static Patches ofStills(NetworkWeights weights, int channels, long width, int frames, int side) {
        Ops tf = weights.ops();
        Weight kernel = weights.prepared(
                "weight",
                Shape.of(width, channels, frames, side, side),
                Shape.of((long) channels * side * side, width),
                values -> tf.linalg.transpose(
                        tf.reshape(tf.sum(values, tf.constant(2)), tf.constant(new long[] {width, -1})),
                        tf.constant(new int[] {1, 0})));
        return new Patches(tf, kernel, null, channels, side);
    }

    /**
     * Applies.
     *
     * @param images {@code [batch, channels, rows · side, columns · side]}
     * @return {@code [batch · rows · columns, width]}, row by row
     */
    public Operand<TFloat32> apply(Operand<TFloat32> images, int rows, int columns) {
        Operand<TFloat32> cut = tf.reshape(images, tf.constant(new int[] {-1, channels, rows, side, columns, side}));
        Operand<TFloat32> squares = tf.reshape(
                tf.linalg.transpose(cut, tf.constant(new int[] {0, 2, 4, 1, 3, 5})),
                tf.constant(new int[] {-1, channels * side * side}));
        Operand<TFloat32> tokens = tf.linalg.matMul(squares, kernel.values(squares));
        return bias == null ? tokens : tf.nn.biasAdd(tokens, bias.values(squares));
    }
}
