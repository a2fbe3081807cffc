package dev.freebind.tensorflow.layers;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;

/** {@code x / sqrt(mean(x²) + ε) · γ} over the last axis (Zhang and Sennrich, 2019). */
public final class RmsNorm {

    private final Ops tf;
    private final Weight gamma;
    private final float epsilon;

    private RmsNorm(Ops tf, Weight gamma, float epsilon) {
        this.tf = tf;
        this.gamma = gamma;
        this.epsilon = epsilon;
    }

    /** With a tensor "weight" [width]. */
    public static RmsNorm of(NetworkWeights weights, long width, double epsilon) {
        return new RmsNorm(weights.ops(), weights.weight("weight", width), (float) epsilon);
    }

    /** Normalises rows {@code [rows, width]}. */
    public Operand<TFloat32> apply(Operand<TFloat32> rows) {
        Operand<TFloat32> squares = tf.math.mean(tf.math.square(rows), tf.constant(1), Mean.keepDims(true));
        Operand<TFloat32> scale = tf.math.rsqrt(tf.math.add(squares, tf.constant(epsilon)));
        return tf.math.mul(tf.math.mul(rows, scale), gamma.values(rows));
    }
}
