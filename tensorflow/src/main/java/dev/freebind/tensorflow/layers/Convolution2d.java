package dev.freebind.tensorflow.layers;

import dev.freebind.formats.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A convolution without padding, with or without bias, on an image or spectrogram.
 *
 * <p>Its kernel is kept in the order TensorFlow wants. Where kernel and stride are equal, {@link Patches} is faster.
 */
public final class Convolution2d {

    private final Ops tf;
    private final Weight kernel;
    private final @Nullable Weight bias;
    private final long width;
    private final List<Long> strides;

    private Convolution2d(
            Ops tf, Weight kernel, @Nullable Weight bias, long width, long verticalStride, long horizontalStride) {
        this.tf = tf;
        this.kernel = kernel;
        this.bias = bias;
        this.width = width;
        this.strides = List.of(1L, verticalStride, horizontalStride, 1L);
    }

    /** With a tensor "weight" [width, channels, kernel height, kernel width]. */
    public static Convolution2d of(
            NetworkWeights weights,
            long channels,
            long width,
            long kernelHeight,
            long kernelWidth,
            long verticalStride,
            long horizontalStride) {
        return new Convolution2d(
                weights.ops(),
                kernel(weights, channels, width, kernelHeight, kernelWidth),
                null,
                width,
                verticalStride,
                horizontalStride);
    }

    /** With a tensor "bias" [width] as well; the kernel steps by its own size. */
    public static Convolution2d tiling(
            NetworkWeights weights, long channels, long width, long kernelHeight, long kernelWidth) {
        return new Convolution2d(
                weights.ops(),
                kernel(weights, channels, width, kernelHeight, kernelWidth),
                weights.weight("bias", width),
                width,
                kernelHeight,
                kernelWidth);
    }

    private static Weight kernel(
            NetworkWeights weights, long channels, long width, long kernelHeight, long kernelWidth) {
        Ops tf = weights.ops();
        return weights.prepared(
                "weight",
                Shape.of(width, channels, kernelHeight, kernelWidth),
                Shape.of(kernelHeight, kernelWidth, channels, width),
                values -> tf.linalg.transpose(values, tf.constant(new int[] {2, 3, 1, 0})));
    }

    /**
     * Applies.
     *
     * @param image {@code [batch, height, width, channels]}
     * @return {@code [batch, rows, columns, width]}
     */
    public Operand<TFloat32> apply(Operand<TFloat32> image) {
        Operand<TFloat32> convolved = tf.nn.conv2d(image, kernel.values(image), strides, "VALID");
        return bias == null ? convolved : tf.nn.biasAdd(convolved, bias.values(image));
    }

    /** {@link #apply} as tokens: {@code [batch · rows · columns, width]}, row by row. */
    public Operand<TFloat32> tokens(Operand<TFloat32> image) {
        return tf.reshape(apply(image), tf.constant(new long[] {-1, width}));
    }
}
