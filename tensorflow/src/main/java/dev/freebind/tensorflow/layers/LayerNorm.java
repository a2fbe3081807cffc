package dev.freebind.tensorflow.layers;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Constant;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** {@code (x − mean) / sqrt(variance + ε) · γ + β} over the last axis with the biased variance, PyTorch's LayerNorm. */
public final class LayerNorm {

    private final Ops tf;
    private final Weight gamma;
    private final Weight beta;
    private final float epsilon;

    private LayerNorm(Ops tf, Weight gamma, Weight beta, float epsilon) {
        this.tf = tf;
        this.gamma = gamma;
        this.beta = beta;
        this.epsilon = epsilon;
    }

    /** With tensors "weight" and "bias", both [width]. */
    public static LayerNorm of(NetworkWeights weights, long width, double epsilon) {
        return new LayerNorm(
                weights.ops(), weights.weight("weight", width), weights.weight("bias", width), (float) epsilon);
    }

    /** Normalises rows {@code [rows, width]}. */
    public Operand<TFloat32> apply(Operand<TFloat32> rows) {
        Constant<TInt32> lastAxis = tf.constant(1);
        Operand<TFloat32> centred = tf.math.sub(rows, tf.math.mean(rows, lastAxis, Mean.keepDims(true)));
        Operand<TFloat32> variance = tf.math.mean(tf.math.square(centred), lastAxis, Mean.keepDims(true));
        Operand<TFloat32> normalised = tf.math.mul(centred, tf.math.rsqrt(tf.math.add(variance, tf.constant(epsilon))));
        return tf.math.add(tf.math.mul(normalised, gamma.values(rows)), beta.values(rows));
    }
}
