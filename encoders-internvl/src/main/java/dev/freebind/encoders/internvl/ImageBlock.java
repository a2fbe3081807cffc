package dev.freebind.encoders.internvl;

import dev.freebind.tensorflow.layers.Activation;
import dev.freebind.tensorflow.layers.DotProductAttention;
import dev.freebind.tensorflow.layers.FeedForward;
import dev.freebind.tensorflow.layers.Linear;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.RmsNorm;
import dev.freebind.tensorflow.layers.Weight;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * One block of InternViT: {@code x += ls1 ⊙ attention(norm1(x)); x += ls2 ⊙ mlp(norm2(x))} with RMS norms. Queries and keys
 * are normalised over their whole width, all heads together, before they are split.
 */
final class ImageBlock {

    private final Ops tf;
    private final RmsNorm beforeAttention;
    private final Linear qkv;
    private final @Nullable RmsNorm queryNorm;
    private final @Nullable RmsNorm keyNorm;
    private final DotProductAttention attention;
    private final int size;
    private final Linear projection;
    private final Weight attentionScale;
    private final RmsNorm beforeFeedForward;
    private final FeedForward feedForward;
    private final Weight feedForwardScale;

    /**
     * What a block computes on its way, {@code [batch · tokens, width]} each.
     *
     * @param normalised input of the attention
     * @param queries after their norm, heads side by side
     * @param keys after their norm, heads side by side
     * @param context softmax times values, before the projection
     * @param attended after the projection, before the scale
     * @param normalisedAgain input of the feed-forward layers
     * @param fedForward their output, before the scale
     * @param output of the block
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

    /** With the tensors of one block. */
    ImageBlock(NetworkWeights weights, int width, InternVlSizes sizes) {
        tf = weights.ops();
        double epsilon = sizes.imageEpsilon();
        NetworkWeights attn = weights.under("attn");
        beforeAttention = RmsNorm.of(weights.under("norm1"), width, epsilon);
        qkv = Linear.named(attn, "qkv.weight", sizes.imageQkvBias() ? "qkv.bias" : null, width, 3L * width);
        queryNorm = sizes.queryKeyNorm() ? RmsNorm.of(attn.under("q_norm"), width, epsilon) : null;
        keyNorm = sizes.queryKeyNorm() ? RmsNorm.of(attn.under("k_norm"), width, epsilon) : null;
        attention = new DotProductAttention(tf, sizes.imageHeads());
        size = width / sizes.imageHeads();
        projection = Linear.of(attn.under("proj"), width, width);
        attentionScale = weights.weight("ls1", width);
        beforeFeedForward = RmsNorm.of(weights.under("norm2"), width, epsilon);
        NetworkWeights mlp = weights.under("mlp");
        feedForward = FeedForward.of(mlp, width, mlp.shape("fc1.weight", 2).length(0), Activation.GELU);
        feedForwardScale = weights.weight("ls2", width);
    }

    Stages apply(Operand<TFloat32> rows, Operand<TInt32> tokens) {
        Operand<TFloat32> normalised = beforeAttention.apply(rows);
        List<? extends Operand<TFloat32>> parts =
                tf.split(tf.constant(1), qkv.apply(normalised), 3L).output();
        Operand<TFloat32> queries = queryNorm == null ? parts.get(0) : queryNorm.apply(parts.get(0));
        Operand<TFloat32> keys = keyNorm == null ? parts.get(1) : keyNorm.apply(parts.get(1));
        Operand<TFloat32> context = attention.merge(
                attention.attend(
                        attention.split(queries, tokens, size),
                        attention.split(keys, tokens, size),
                        attention.split(parts.get(2), tokens, size),
                        1 / Math.sqrt(size),
                        null),
                size);
        Operand<TFloat32> attended = projection.apply(context);
        Operand<TFloat32> between = tf.math.add(rows, tf.math.mul(attended, attentionScale.values(attended)));
        Operand<TFloat32> normalisedAgain = beforeFeedForward.apply(between);
        Operand<TFloat32> fedForward = feedForward.apply(normalisedAgain);
        Operand<TFloat32> output = tf.math.add(between, tf.math.mul(fedForward, feedForwardScale.values(fedForward)));
        return new Stages(normalised, queries, keys, context, attended, normalisedAgain, fedForward, output);
    }
}
