package dev.freebind.encoders.internvl;

import dev.freebind.tensorflow.layers.DotProductAttention;
import dev.freebind.tensorflow.layers.LayerNorm;
import dev.freebind.tensorflow.layers.Linear;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.Sequences;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The head of the image tower: attention whose one query is the mean of all tokens, class token included. Query, keys and
 * values each have a norm of their own; the result is projected to the embedding, without a residual.
 */
final class ImagePooling {

    /** Of its LayerNorms, which are PyTorch's default and not the towers' RMS norms. */
    private static final double EPSILON = 1e-5;

    private final Ops tf;
    private final int width;
    private final LayerNorm queryNorm;
    private final LayerNorm keyNorm;
    private final LayerNorm valueNorm;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear projection;
    private final DotProductAttention attention;
    private final int dimension;

    /**
     * What pooling computes on its way.
     *
     * @param mean of the tokens, {@code [batch, width]}
     * @param query the same after its norm, {@code [batch, width]}
     * @param keys tokens after the keys' norm, {@code [batch · tokens, width]}
     * @param values tokens after the values' norm, {@code [batch · tokens, width]}
     * @param context softmax times values, {@code [batch, width]}
     * @param features the result, of any length, {@code [batch, dimension]}
     */
    record Stages(
            Operand<TFloat32> mean,
            Operand<TFloat32> query,
            Operand<TFloat32> keys,
            Operand<TFloat32> values,
            Operand<TFloat32> context,
            Operand<TFloat32> features) {}

    /** With the tensors of {@code clip_projector}. */
    ImagePooling(NetworkWeights weights, int width, int heads) {
        tf = weights.ops();
        this.width = width;
        queryNorm = LayerNorm.of(weights.under("norm1_q"), width, EPSILON);
        keyNorm = LayerNorm.of(weights.under("norm1_k"), width, EPSILON);
        valueNorm = LayerNorm.of(weights.under("norm1_v"), width, EPSILON);
        NetworkWeights cross = weights.under("cross_attn");
        dimension = Math.toIntExact(cross.shape("proj.weight", 2).length(0));
        query = Linear.named(cross, "q.weight", "q_bias", width, width);
        key = Linear.named(cross, "k.weight", "k_bias", width, width);
        value = Linear.named(cross, "v.weight", "v_bias", width, width);
        projection = Linear.of(cross.under("proj"), width, dimension);
        attention = new DotProductAttention(tf, heads);
    }

    /** Length of the result's rows. */
    int dimension() {
        return dimension;
    }

    /**
     * Pools.
     *
     * @param rows {@code [batch · tokens, width]}
     */
    Stages apply(Operand<TFloat32> rows, int tokens) {
        int size = width / attention.heads();
        Operand<TFloat32> mean = Sequences.mean(tf, rows, tokens, width);
        Operand<TFloat32> normalisedMean = queryNorm.apply(mean);
        Operand<TFloat32> keys = keyNorm.apply(rows);
        Operand<TFloat32> values = valueNorm.apply(rows);
        Operand<TFloat32> context = attention.merge(
                attention.attend(
                        attention.split(query.apply(normalisedMean), tf.constant(1), size),
                        attention.split(key.apply(keys), tf.constant(tokens), size),
                        attention.split(value.apply(values), tf.constant(tokens), size),
                        1 / Math.sqrt(size),
                        null),
                size);
        return new Stages(mean, normalisedMean, keys, values, context, projection.apply(context));
    }
}
