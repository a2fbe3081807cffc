package dev.freebind.encoders.internvl;

import dev.freebind.tensorflow.layers.Activation;
import dev.freebind.tensorflow.layers.DotProductAttention;
import dev.freebind.tensorflow.layers.GatedFeedForward;
import dev.freebind.tensorflow.layers.Linear;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.RmsNorm;
import dev.freebind.tensorflow.layers.Rotary;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * One block of LLaMA (Touvron et al., 2023): {@code x += attention(norm(x)); x += swiglu(norm(x))} with RMS norms, rotary
 * positions and no biases. QLLaMA's cross-attention between the two belongs to InternVL-G and has no part here.
 */
final class TextBlock {

    private final Ops tf;
    private final RmsNorm beforeAttention;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear projection;
    private final Rotary rotary;
    private final DotProductAttention attention;
    private final int size;
    private final RmsNorm beforeFeedForward;
    private final GatedFeedForward feedForward;

    /**
     * What a block computes on its way.
     *
     * @param normalised input of the attention, {@code [batch · tokens, width]}
     * @param queries after their rotation, {@code [batch, heads, tokens, size]}
     * @param keys after their rotation, {@code [batch, heads, tokens, size]}
     * @param context softmax times values, before the projection, {@code [batch · tokens, width]}
     * @param attended what attention adds, {@code [batch · tokens, width]}
     * @param normalisedAgain input of the feed-forward layers, {@code [batch · tokens, width]}
     * @param fedForward what they add, {@code [batch · tokens, width]}
     * @param output of the block, {@code [batch · tokens, width]}
     */
    record Stages(
            Operand<TFloat32> normalised,
            Operand<TFloat32> queries,
            Operand<TFloat32> keys,
            Operand<TFloat32> context,
            Operand<TFloat32> attended,
            Operand<TFloat32> normalisedAgain,
            Operand<TFloat32> fedForward,
            Operand<TFloat32> output) {}

    /**
     * With the tensors of one block.
     *
     * @param rotary for heads of this size
     */
    TextBlock(NetworkWeights weights, int width, InternVlSizes sizes, Rotary rotary) {
        tf = weights.ops();
        NetworkWeights attn = weights.under("self_attn");
        beforeAttention = RmsNorm.of(weights.under("input_layernorm"), width, sizes.textEpsilon());
        query = Linear.withoutBias(attn.under("q_proj"), width, width);
        key = Linear.withoutBias(attn.under("k_proj"), width, width);
        value = Linear.withoutBias(attn.under("v_proj"), width, width);
        projection = Linear.withoutBias(attn.under("o_proj"), width, width);
        this.rotary = rotary;
        attention = new DotProductAttention(tf, sizes.textHeads());
        size = width / sizes.textHeads();
        beforeFeedForward = RmsNorm.of(weights.under("post_attention_layernorm"), width, sizes.textEpsilon());
        NetworkWeights mlp = weights.under("mlp");
        feedForward =
                GatedFeedForward.of(mlp, width, mlp.shape("gate_proj.weight", 2).length(0), Activation.SILU);
    }

    Stages apply(Operand<TFloat32> rows, Operand<TInt32> tokens, Operand<TFloat32> mask) {
        Operand<TFloat32> normalised = beforeAttention.apply(rows);
        Operand<TFloat32> queries = rotary.apply(attention.split(query.apply(normalised), tokens, size), tokens);
        Operand<TFloat32> keys = rotary.apply(attention.split(key.apply(normalised), tokens, size), tokens);
        Operand<TFloat32> values = attention.split(value.apply(normalised), tokens, size);
        Operand<TFloat32> context =
                attention.merge(attention.attend(queries, keys, values, 1 / Math.sqrt(size), mask), size);
        Operand<TFloat32> attended = projection.apply(context);
        Operand<TFloat32> between = tf.math.add(rows, attended);
        Operand<TFloat32> normalisedAgain = beforeFeedForward.apply(between);
        Operand<TFloat32> fedForward = feedForward.apply(normalisedAgain);
        return new Stages(
                normalised,
                queries,
                keys,
                context,
                attended,
                normalisedAgain,
                fedForward,
                tf.math.add(between, fedForward));
    }
}
