package dev.freebind.encoders.clap;

import dev.freebind.tensorflow.layers.Activation;
import dev.freebind.tensorflow.layers.FeedForward;
import dev.freebind.tensorflow.layers.LayerNorm;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.ShiftedWindows;
import dev.freebind.tensorflow.layers.WindowAttention;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** One Swin block: {@code x += attention(norm1(x)); x += mlp(norm2(x))}, with attention inside windows. */
final class SwinBlock {

    private final Ops tf;
    private final LayerNorm beforeAttention;
    private final WindowAttention attention;
    private final LayerNorm beforeFeedForward;
    private final FeedForward feedForward;

    /** With the tensors of one block; {@code attn_mask}, which follows from the windows, is declared unused. */
    SwinBlock(NetworkWeights weights, long width, int heads, ShiftedWindows windows) {
        tf = weights.ops();
        beforeAttention = LayerNorm.of(weights.under("norm1"), width, HtsatTower.EPSILON);
        attention = WindowAttention.of(weights.under("attn"), width, heads, windows);
        beforeFeedForward = LayerNorm.of(weights.under("norm2"), width, HtsatTower.EPSILON);
        NetworkWeights mlp = weights.under("mlp");
        feedForward = FeedForward.of(mlp, width, mlp.shape("fc1.weight", 2).length(0), Activation.GELU);
        weights.unused("attn_mask");
    }

    /** Applies to {@code [batch · side · side, width]}. */
    Operand<TFloat32> apply(Operand<TFloat32> rows) {
        Operand<TFloat32> between = tf.math.add(rows, attention.apply(beforeAttention.apply(rows)));
        return tf.math.add(between, feedForward.apply(beforeFeedForward.apply(between)));
    }
}
