package dev.freebind.tensorflow.layers;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Inference with PyTorch's BatchNorm: every feature scaled and shifted by its running statistics. */
public final class BatchNorm {

    private final Ops tf;
    private final Weight gamma;
    private final Weight beta;
    private final Weight mean;
    private final Weight variance;
    private final float epsilon;

    private BatchNorm(Ops tf, Weight gamma, Weight beta, Weight mean, Weight variance, float epsilon) {
        this.tf = tf;
        this.gamma = gamma;
        this.beta = beta;
        this.mean = mean;
        this.variance = variance;
        this.epsilon = epsilon;
    }

    /**
     * With tensors "weight", "bias", "running_mean" and "running_var", all [features]; {@code
     * num_batches_tracked} is declared unused.
     */
    public static BatchNorm of(NetworkWeights weights, long features, double epsilon) {
        weights.unused("num_batches_tracked");
        return new BatchNorm(
                weights.ops(),
                weights.weight("weight", features),
                weights.weight("bias", features),
                weights.weight("running_mean", features),
                weights.weight("running_var", features),
                (float) epsilon);
    }

    /** Applies to {@code […, features]}: the features are the last axis. */
    public Operand<TFloat32> apply(Operand<TFloat32> values) {
        Operand<TFloat32> scale = tf.math.mul(
                gamma.values(values), tf.math.rsqrt(tf.math.add(variance.values(values), tf.constant(epsilon))));
        Operand<TFloat32> shift = tf.math.sub(beta.values(values), tf.math.mul(mean.values(values), scale));
        return tf.math.add(tf.math.mul(values, scale), shift);
    }
}
