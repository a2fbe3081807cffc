package dev.freebind.encoders.clap;

import dev.freebind.tensorflow.layers.Linear;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.Sequences;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** From a tower's output into the joint space: linear, ReLU, linear, unit length. */
final class JointProjection {

    private final Ops tf;
    private final Linear first;
    private final Linear second;

    /**
     * What is computed on the way, {@code [batch, dimension]} each.
     *
     * @param hidden before ReLU
     * @param projected of any length
     * @param embedding unit rows
     */
    record Stages(Operand<TFloat32> hidden, Operand<TFloat32> projected, Operand<TFloat32> embedding) {}

    /** With the linear layers 0 and 2 of {@code audio_projection} or {@code text_projection}. */
    JointProjection(NetworkWeights weights, long width) {
        tf = weights.ops();
        long hidden = weights.shape("0.weight", 2).length(0);
        first = Linear.of(weights.under("0"), width, hidden);
        second = Linear.of(
                weights.under("2"), hidden, weights.shape("2.weight", 2).length(0));
    }

    /** Applies to {@code [batch, width]}. */
    Stages apply(Operand<TFloat32> rows) {
        Operand<TFloat32> hidden = first.apply(rows);
        Operand<TFloat32> projected = second.apply(tf.nn.relu(hidden));
        return new Stages(hidden, projected, Sequences.normalised(tf, projected));
    }
}
