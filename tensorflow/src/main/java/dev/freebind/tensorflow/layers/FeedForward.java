package dev.freebind.tensorflow.layers;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Two linear layers with an activation between them. */
public final class FeedForward {

    private final Ops tf;
    private final Linear first;
    private final Activation activation;
    private final Linear second;

    /** Of layers that exist. */
    public FeedForward(Ops tf, Linear first, Activation activation, Linear second) {
        this.tf = tf;
        this.first = first;
        this.activation = activation;
        this.second = second;
    }

    /** With tensors {@code fc1.weight} [hidden, width], {@code fc1.bias}, {@code fc2.weight} [width, hidden], {@code fc2.bias}. */
    public static FeedForward of(NetworkWeights weights, long width, long hidden, Activation activation) {
        return new FeedForward(
                weights.ops(),
                Linear.of(weights.under("fc1"), width, hidden),
                activation,
                Linear.of(weights.under("fc2"), hidden, width));
    }

    /** From rows {@code [rows, width]} to rows of the second layer's width. */
    public Operand<TFloat32> apply(Operand<TFloat32> rows) {
        return second.apply(activation.apply(tf, first.apply(rows)));
    }
}
