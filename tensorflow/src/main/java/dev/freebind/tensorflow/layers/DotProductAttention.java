package dev.freebind.tensorflow.layers;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * {@code softmax(Q Kᵀ · scale + bias) V} for several heads (Vaswani et al., 2017), and the rearrangements around it. Has no
 * weights: layers with any projections put it between them.
 */
public final class DotProductAttention {

    private static final int[] SWAP_TOKENS_AND_HEADS = {0, 2, 1, 3};
    private static final int[] PARTS_AND_HEADS_FIRST = {2, 0, 3, 1, 4};

    private final Ops tf;
    private final int heads;

    /** Heads are contiguous slices of the width. */
    public DotProductAttention(Ops tf, int heads) {
        this.tf = tf;
        this.heads = heads;
    }

    /** Number of heads. */
    public int heads() {
        return heads;
    }

    /**
     * Makes heads of rows.
     *
     * @param rows {@code [batch · tokens, heads · size]}
     * @param tokens scalar
     * @param size of one head
     * @return {@code [batch, heads, tokens, size]}
     */
    public Operand<TFloat32> split(Operand<TFloat32> rows, Operand<TInt32> tokens, int size) {
        Operand<TFloat32> parts = tf.reshape(rows, dimensions(-1, tokens, heads, size));
        return tf.linalg.transpose(parts, tf.constant(SWAP_TOKENS_AND_HEADS));
    }

    /**
     * Makes heads of rows that hold queries, keys and values side by side, all in one rearrangement.
     *
     * @param rows {@code [batch · tokens, parts · heads · size]}
     * @param parts 3 for queries, keys and values
     * @return {@code parts} tensors {@code [batch, heads, tokens, size]}
     */
    public List<? extends Operand<TFloat32>> split(
            Operand<TFloat32> rows, Operand<TInt32> tokens, int size, int parts) {
        Operand<TFloat32> all = tf.reshape(rows, dimensions(-1, tokens, parts, heads, size));
        return tf.unstack(tf.linalg.transpose(all, tf.constant(PARTS_AND_HEADS_FIRST)), (long) parts)
                .output();
    }

    /**
     * Makes rows of heads, the inverse of {@code split}.
     *
     * @param values {@code [batch, heads, tokens, size]}
     * @return {@code [batch · tokens, heads · size]}
     */
    public Operand<TFloat32> merge(Operand<TFloat32> values, int size) {
        Operand<TFloat32> tokensFirst = tf.linalg.transpose(values, tf.constant(SWAP_TOKENS_AND_HEADS));
        return tf.reshape(tokensFirst, tf.constant(new int[] {-1, heads * size}));
    }

    /**
     * Attends.
     *
     * @param queries {@code [batch, heads, tokens, size]}
     * @param keys {@code [batch, heads, keys, size]}
     * @param values {@code [batch, heads, keys, size]}
     * @param scale what scores are multiplied with, usually 1/sqrt(size)
     * @param bias added to the scores, {@code [batch, heads, tokens, keys]} or with lengths of 1: masks (minus infinity, or a
     *     large negative number where a whole row may be masked), relative positions; null for none
     * @return {@code [batch, heads, tokens, size]}
     */
    public Operand<TFloat32> attend(
            Operand<TFloat32> queries,
            Operand<TFloat32> keys,
            Operand<TFloat32> values,
            double scale,
            @Nullable Operand<TFloat32> bias) {
        // The queries are the smaller side to scale: scores have as many columns as there are keys.
        Operand<TFloat32> scaled = tf.math.mul(queries, tf.constant((float) scale));
        Operand<TFloat32> scores = tf.train.batchMatMul(scaled, keys, TFloat32.class, BatchMatMul.adjY(true));
        Operand<TFloat32> biased = bias == null ? scores : tf.math.add(scores, bias);
        return tf.train.batchMatMul(tf.nn.softmax(biased), values, TFloat32.class);
    }

    /**
     * A bias that lets every token see itself and those before it.
     *
     * @param tokens scalar
     * @return {@code [tokens, tokens]}: 0 on and below the diagonal, −∞ above
     */
    public static Operand<TFloat32> causal(Ops tf, Operand<TInt32> tokens) {
        Operand<TInt32> positions = tf.range(tf.constant(0), tokens, tf.constant(1));
        Operand<TInt32> queries = tf.expandDims(positions, tf.constant(1));
        return tf.select(
                tf.math.lessEqual(tf.expandDims(positions, tf.constant(0)), queries),
                tf.constant(0f),
                tf.constant(Float.NEGATIVE_INFINITY));
    }

    /**
     * A bias that hides keys from all queries. At least one key that a query may see must stay visible.
     *
     * @param visible {@code [batch, keys]}
     * @return {@code [batch, 1, 1, keys]}: 0 where visible, −∞ elsewhere
     */
    public static Operand<TFloat32> hiding(Ops tf, Operand<TBool> visible) {
        Operand<TFloat32> bias = tf.select(visible, tf.constant(0f), tf.constant(Float.NEGATIVE_INFINITY));
        return tf.expandDims(tf.expandDims(bias, tf.constant(1)), tf.constant(1));
    }

    /** A shape with the number of tokens, which the graph knows only when it runs, in second place. */
    private Operand<TInt32> dimensions(int first, Operand<TInt32> tokens, int... rest) {
        return tf.concat(
                List.of(
                        tf.constant(new int[] {first}),
                        tf.reshape(tokens, tf.constant(new int[] {1})),
                        tf.constant(rest)),
                tf.constant(0));
    }
}
