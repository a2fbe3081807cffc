package dev.freebind.tensorflow.layers;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** {@code W_down (f(W_gate x) ⊙ W_up x)} without biases (Shazeer, 2020), SwiGLU if f is {@link Activation#SILU}. */
public final class GatedFeedForward {

    private final Ops tf;
    private final Linear gate;
    private final Activation activation;
    private final Linear up;
    private final Linear down;

    private GatedFeedForward(Ops tf, Linear gate, Activation activation, Linear up, Linear down) {
        this.tf = tf;
        this.gate = gate;
        this.activation = activation;
        this.up = up;
        this.down = down;
    }

    /**
     * With tensors {@code gate_proj.weight} [hidden, width], {@code up_proj.weight} [hidden, width] and
     * {@code down_proj.weight} [width, hidden].
     */
    public static GatedFeedForward of(NetworkWeights weights, long width, long hidden, Activation activation) {
        return new GatedFeedForward(
                weights.ops(),
                Linear.withoutBias(weights.under("gate_proj"), width, hidden),
                activation,
                Linear.withoutBias(weights.under("up_proj"), width, hidden),
                Linear.withoutBias(weights.under("down_proj"), hidden, width));
    }

    /** From rows {@code [rows, width]} to rows of the same width. */
    public Operand<TFloat32> apply(Operand<TFloat32> rows) {
        return down.apply(tf.math.mul(activation.apply(tf, gate.apply(rows)), up.apply(rows)));
    }
}
