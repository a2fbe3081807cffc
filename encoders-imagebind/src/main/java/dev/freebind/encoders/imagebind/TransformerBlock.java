package dev.freebind.encoders.imagebind;

import dev.freebind.tensorflow.layers.Activation;
import dev.freebind.tensorflow.layers.FeedForward;
import dev.freebind.tensorflow.layers.LayerNorm;
import dev.freebind.tensorflow.layers.MultiHeadAttention;
import dev.freebind.tensorflow.layers.NetworkWeights;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** One pre-norm block: {@code x += attention(norm_1(x)); x += mlp(norm_2(x))}. */
final class TransformerBlock {

    private final Ops tf;
    private final LayerNorm beforeAttention;
    private final MultiHeadAttention attention;
    private final LayerNorm beforeFeedForward;
    private final FeedForward feedForward;

    /**
     * What a block computes on its way, {@code [batch · tokens, width]} each.
     *
     * @param normalised input of the attention
     * @param attended what attention adds
     * @param fedForward what the feed-forward layers add
     * @param output of the block
     */
    record Stages(
            Operand<TFloat32> normalised,
            Operand<TFloat32> attended,
            Operand<TFloat32> fedForward,
            Operand<TFloat32> output) {}

    /** What is done to a residual branch before it is added. */
    @FunctionalInterface
    interface Branch {
        /** Nothing. */
        Branch ALL = (rows, number) -> rows;

        Operand<TFloat32> apply(Operand<TFloat32> rows, int number);
    }

    /**
     * With the tensors of one block.
     *
     * @param extraKeyAndValue whether attention has {@code bias_k} and {@code bias_v}
     */
    TransformerBlock(NetworkWeights weights, long width, int heads, boolean extraKeyAndValue) {
        tf = weights.ops();
        beforeAttention = LayerNorm.of(weights.under("norm_1"), width, ImageBindNetwork.EPSILON);
        attention = MultiHeadAttention.torch(weights.under("attn"), width, heads, extraKeyAndValue);
        beforeFeedForward = LayerNorm.of(weights.under("norm_2"), width, ImageBindNetwork.EPSILON);
        NetworkWeights mlp = weights.under("mlp");
        long hidden = mlp.shape("fc1.weight", 2).length(0);
        feedForward = FeedForward.of(mlp, width, hidden, Activation.GELU);
    }

    /**
     * Adds the block to the graph.
     *
     * @param branch done to what each of the two branches adds, numbered from 0; nothing at inference
     */
    Stages apply(Operand<TFloat32> rows, Operand<TInt32> tokens, @Nullable Operand<TFloat32> mask, Branch branch) {
        Operand<TFloat32> normalised = beforeAttention.apply(rows);
        Operand<TFloat32> attended = branch.apply(attention.apply(normalised, tokens, mask), 0);
        Operand<TFloat32> between = tf.math.add(rows, attended);
        Operand<TFloat32> fedForward = branch.apply(feedForward.apply(beforeFeedForward.apply(between)), 1);
        return new Stages(normalised, attended, fedForward, tf.math.add(between, fedForward));
    }
}
