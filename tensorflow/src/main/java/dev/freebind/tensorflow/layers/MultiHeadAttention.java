package dev.freebind.tensorflow.layers;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Self-attention with one projection for queries, keys and values, and one of the result: PyTorch's MultiheadAttention, or the
 * {@code qkv} and {@code proj} of vision transformers. May have one extra key and value that every query sees.
 */
public final class MultiHeadAttention {

    private final Ops tf;
    private final Linear in;
    private final Linear out;
    private final @Nullable Weight extraKey;
    private final @Nullable Weight extraValue;
    private final DotProductAttention attention;
    private final int size;

    private MultiHeadAttention(
            Ops tf,
            Linear in,
            Linear out,
            @Nullable Weight extraKey,
            @Nullable Weight extraValue,
            long width,
            int heads) {
        if (width % heads != 0) {
            throw new IllegalArgumentException(width + " is no multiple of " + heads + " heads");
        }
        this.tf = tf;
        this.in = in;
        this.out = out;
        this.extraKey = extraKey;
        this.extraValue = extraValue;
        this.attention = new DotProductAttention(tf, heads);
        this.size = Math.toIntExact(width / heads);
    }

    /**
     * PyTorch's, with tensors {@code in_proj_weight} [3 · width, width], {@code in_proj_bias} [3 · width],
     * {@code out_proj.weight} [width, width], {@code out_proj.bias} [width].
     *
     * @param heads a divisor of the width
     * @param extraKeyAndValue whether there are {@code bias_k} and {@code bias_v}, both [1, 1, width]: a key and a value
     *     that are appended to the projected ones
     */
    public static MultiHeadAttention torch(NetworkWeights weights, long width, int heads, boolean extraKeyAndValue) {
        return new MultiHeadAttention(
                weights.ops(),
                Linear.named(weights, "in_proj_weight", "in_proj_bias", width, 3 * width),
                Linear.of(weights.under("out_proj"), width, width),
                extraKeyAndValue ? weights.float32("bias_k", 1, 1, width) : null,
                extraKeyAndValue ? weights.float32("bias_v", 1, 1, width) : null,
                width,
                heads);
    }

    /**
     * With projections of other names.
     *
     * @param in from width to 3 · width: queries, keys, values, each head by head
     * @param out from width to width
     * @param heads a divisor of the width
     */
    public static MultiHeadAttention of(NetworkWeights weights, Linear in, Linear out, long width, int heads) {
        return new MultiHeadAttention(weights.ops(), in, out, null, null, width, heads);
    }

    /**
     * Attends.
     *
     * @param rows {@code [batch · tokens, width]}
     * @param tokens scalar, the length of every sequence
     * @param bias added to the scores, as in {@link DotProductAttention#attend}; the extra key is its last column; null for
     *     none
     * @return {@code [batch · tokens, width]}
     */
    public Operand<TFloat32> apply(Operand<TFloat32> rows, Operand<TInt32> tokens, @Nullable Operand<TFloat32> bias) {
        List<? extends Operand<TFloat32>> parts = attention.split(in.apply(rows), tokens, size, 3);
        Operand<TFloat32> attended = attention.attend(
                parts.get(0),
                withExtra(parts.get(1), extraKey),
                withExtra(parts.get(2), extraValue),
                1 / Math.sqrt(size),
                bias);
        return out.apply(attention.merge(attended, size));
    }

    private Operand<TFloat32> withExtra(Operand<TFloat32> heads, @Nullable Weight extra) {
        if (extra == null) {
            return heads;
        }
        Operand<TFloat32> one = tf.reshape(extra.values(heads), tf.constant(new int[] {1, attention.heads(), 1, size}));
        Operand<TInt32> batch =
                tf.reshape(tf.gather(tf.shape(heads), tf.constant(0), tf.constant(0)), tf.constant(new int[] {1}));
        Operand<TInt32> times = tf.concat(List.of(batch, tf.constant(new int[] {1, 1, 1})), tf.constant(0));
        return tf.concat(List.of(heads, tf.tile(one, times)), tf.constant(2));
    }
}
