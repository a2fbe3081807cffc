package dev.freebind.training.projector;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Gaussian noise on embeddings (C-MCR section 3.2, "semantic completion"): a point becomes a small cap of the sphere.
 *
 * <p>The numbers are decided by the seed alone, so that a resumed training draws the same.
 */
final class Noise {

    private Noise() {}

    /**
     * {@code normalise(x + θ)}, θ of independent normal numbers.
     *
     * @param rows {@code [n, dimension]}
     * @param variance σ², at least 0; 0 gives the rows themselves
     * @param seed two numbers
     */
    static Operand<TFloat32> on(Ops tf, Operand<TFloat32> rows, double variance, Operand<TInt64> seed) {
        if (variance == 0) {
            return rows;
        }
        Operand<TFloat32> theta = tf.random.statelessRandomNormal(tf.shape(rows), seed);
        Operand<TFloat32> moved = tf.math.add(rows, tf.math.mul(theta, tf.constant((float) Math.sqrt(variance))));
        return tf.math.mul(moved, ProjectorHead.inverseNorm(tf, moved));
    }
}
