package dev.freebind.encoders.clap;

import dev.freebind.tensorflow.layers.Activation;
import dev.freebind.tensorflow.layers.DotProductAttention;
import dev.freebind.tensorflow.layers.FeedForward;
import dev.freebind.tensorflow.layers.LayerNorm;
import dev.freebind.tensorflow.layers.Linear;
import dev.freebind.tensorflow.layers.NetworkWeights;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** One post-norm layer: {@code x = norm(x + attention(x)); x = norm(x + mlp(x))}, with the names of Hugging Face's RoBERTa. */
final class RobertaLayer {

    private final Ops tf;
    private final int size;
    private final DotProductAttention attention;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear attended;
    private final LayerNorm afterAttention;
    private final FeedForward feedForward;
    private final LayerNorm afterFeedForward;

    /**
     * With the tensors of one layer.
     *
     * @param heads a divisor of the width
     */
    RobertaLayer(NetworkWeights weights, long width, int heads) {
        tf = weights.ops();
        size = Math.toIntExact(width / heads);
        attention = new DotProductAttention(tf, heads);
        NetworkWeights self = weights.under("attention.self");
        query = Linear.of(self.under("query"), width, width);
        key = Linear.of(self.under("key"), width, width);
        value = Linear.of(self.under("value"), width, width);
        attended = Linear.of(weights.under("attention.output.dense"), width, width);
        afterAttention = LayerNorm.of(weights.under("attention.output.LayerNorm"), width, RobertaTower.EPSILON);
        NetworkWeights intermediate = weights.under("intermediate.dense");
        long hidden = intermediate.shape("weight", 2).length(0);
        feedForward = new FeedForward(
                tf,
                Linear.of(intermediate, width, hidden),
                Activation.GELU,
                Linear.of(weights.under("output.dense"), hidden, width));
        afterFeedForward = LayerNorm.of(weights.under("output.LayerNorm"), width, RobertaTower.EPSILON);
    }

    /**
     * Applies.
     *
     * @param rows {@code [batch · tokens, width]}
     * @param tokens scalar
     * @param mask added to the scores, {@code [batch, 1, 1, tokens]}
     */
    Operand<TFloat32> apply(Operand<TFloat32> rows, Operand<TInt32> tokens, Operand<TFloat32> mask) {
        Operand<TFloat32> values = attention.attend(
                attention.split(query.apply(rows), tokens, size),
                attention.split(key.apply(rows), tokens, size),
                attention.split(value.apply(rows), tokens, size),
                1 / Math.sqrt(size),
                mask);
        Operand<TFloat32> between =
                afterAttention.apply(tf.math.add(rows, attended.apply(attention.merge(values, size))));
        return afterFeedForward.apply(tf.math.add(between, feedForward.apply(between)));
    }
}
