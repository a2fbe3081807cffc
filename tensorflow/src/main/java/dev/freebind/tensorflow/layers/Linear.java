package dev.freebind.tensorflow.layers;

import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/** {@code y = x · Wᵀ + b}, PyTorch's Linear. */
public final class Linear {

    private final Ops tf;
    private final Weight weight;
    private final @Nullable Weight bias;

    private Linear(Ops tf, Weight weight, @Nullable Weight bias) {
        this.tf = tf;
        this.weight = weight;
        this.bias = bias;
    }

    /** With tensors "weight" [out, in] and "bias" [out]. */
    public static Linear of(NetworkWeights weights, long in, long out) {
        return named(weights, "weight", "bias", in, out);
    }

    /** With a tensor "weight" [out, in] only. */
    public static Linear withoutBias(NetworkWeights weights, long in, long out) {
        return named(weights, "weight", null, in, out);
    }

    /**
     * With tensors of other names.
     *
     * @param weight name of the tensor [out, in]
     * @param bias name of the tensor [out]; null for none
     */
    public static Linear named(NetworkWeights weights, String weight, @Nullable String bias, long in, long out) {
        return new Linear(
                weights.ops(), weights.weight(weight, out, in), bias == null ? null : weights.weight(bias, out));
    }

    /**
     * Applies.
     *
     * @param rows {@code [rows, in]}
     * @return {@code [rows, out]}
     */
    public Operand<TFloat32> apply(Operand<TFloat32> rows) {
        Operand<TFloat32> product = tf.linalg.matMul(rows, weight.values(rows), MatMul.transposeB(true));
        // As an operation of its own, BiasAdd, because TensorFlow fuses this one into the product.
        return bias == null ? product : tf.nn.biasAdd(product, bias.values(rows));
    }
}
