package dev.freebind.encoders.imagebind;

import dev.freebind.tensorflow.layers.LayerNorm;
import dev.freebind.tensorflow.layers.Linear;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.Sequences;
import dev.freebind.tensorflow.layers.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A tower's graph with what it computes on the way, for tests to find where a difference begins.
 *
 * @param stem what the stem makes of the input, before class token and positions; {@code [batch · (tokens - 1), width]}, for
 *     text the token embeddings
 * @param tokens with class token and positions, {@code [batch · tokens, width]}
 * @param trunkInput what enters the first block; the same as the tokens but for images
 * @param blocks what the blocks compute
 * @param head {@code [batch, dimension]}, of any length
 * @param normalised the same, unit length
 * @param embedding the same, times the logit scale if the tower has one: what the official model returns for one input
 */
record TowerGraph(
        Operand<TFloat32> stem,
        Operand<TFloat32> tokens,
        Operand<TFloat32> trunkInput,
        List<TransformerBlock.Stages> blocks,
        Operand<TFloat32> head,
        Operand<TFloat32> normalised,
        Operand<TFloat32> embedding) {

    /** The largest factor that a logit scale is allowed. */
    private static final float MAXIMUM_SCALE = 100;

    TowerGraph {
        blocks = List.copyOf(blocks);
    }

    /** Adds the transformer. */
    static List<TransformerBlock.Stages> blocks(
            NetworkWeights trunk,
            Operand<TFloat32> input,
            Operand<TInt32> tokens,
            long width,
            int heads,
            boolean extraKeyAndValue,
            @Nullable Operand<TFloat32> mask) {
        return blocks(trunk, input, tokens, width, heads, extraKeyAndValue, mask, block -> TransformerBlock.Branch.ALL);
    }

    /**
     * Adds the transformer.
     *
     * @param branches what is done to the branches of each block, numbered from 0
     */
    static List<TransformerBlock.Stages> blocks(
            NetworkWeights trunk,
            Operand<TFloat32> input,
            Operand<TInt32> tokens,
            long width,
            int heads,
            boolean extraKeyAndValue,
            @Nullable Operand<TFloat32> mask,
            IntFunction<TransformerBlock.Branch> branches) {
        List<TransformerBlock.Stages> stages = new ArrayList<>();
        Operand<TFloat32> rows = input;
        trunk.shape("blocks.0.norm_1.weight", 1); // none at all is an error that names the first
        int count = trunk.count("blocks");
        for (int i = 0; i < count; i++) {
            TransformerBlock block = new TransformerBlock(trunk.under("blocks." + i), width, heads, extraKeyAndValue);
            TransformerBlock.Stages done = block.apply(rows, tokens, mask, branches.apply(i));
            stages.add(done);
            rows = done.output();
        }
        return stages;
    }

    /**
     * Adds the head: norm and projection of one token per input.
     *
     * @param head where the tensors are
     * @param norm name of the norm
     * @param projection name of the projection
     * @return {@code [batch, dimension]}
     */
    static Operand<TFloat32> head(
            NetworkWeights head, String norm, String projection, Operand<TFloat32> token, long width) {
        NetworkWeights linear = head.under(projection);
        long dimension = linear.shape("weight", 2).length(0);
        Operand<TFloat32> normalised =
                LayerNorm.of(head.under(norm), width, ImageBindNetwork.EPSILON).apply(token);
        return Linear.withoutBias(linear, width, dimension).apply(normalised);
    }

    /** Unit rows times {@code min(exp(log_logit_scale), 100)}. */
    static Operand<TFloat32> scaled(NetworkWeights postprocessor, Operand<TFloat32> unitRows) {
        Ops tf = postprocessor.ops();
        Weight logScale = postprocessor.under("1").float32("log_logit_scale");
        Operand<TFloat32> scale = tf.math.minimum(tf.math.exp(logScale.values(unitRows)), tf.constant(MAXIMUM_SCALE));
        return tf.math.mul(unitRows, scale);
    }

    /** Unit rows of head outputs. */
    static Operand<TFloat32> normalised(Ops tf, Operand<TFloat32> head) {
        return Sequences.normalised(tf, head);
    }
}
