package dev.freebind.encoders.internvl;

import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.TensorMemory;
import dev.freebind.tensorflow.layers.DotProductAttention;
import dev.freebind.tensorflow.layers.Embedding;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.RmsNorm;
import dev.freebind.tensorflow.layers.Rotary;
import dev.freebind.tensorflow.layers.Sequences;
import dev.freebind.tensorflow.layers.TowerSession;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * QLLaMA as a text encoder: a causal transformer over ids in which id 0 is hidden, read at position {@code number of other ids
 * − 1}. With padding by id 0 that is the end token, and nothing behind it has an influence, so a batch is cut behind the last
 * one; with padding by another id it is the last position. A literal {@code <unk>} in a caption is id 0 too and moves the
 * position to the left, as in the official model.
 */
final class TextTower {

    private static final String MODEL = "qllama.model";
    private static final String TABLE = "embed_tokens";
    /** Name of the matrix from the width to the embedding. */
    static final String PROJECTION = "text_projection";

    private final TowerSession session;
    private final Placeholder<TInt32> ids;
    private final Stages stages;
    private final int vocabularySize;
    private final int dimension;

    /**
     * The graph with what it computes on the way, for tests to find where a difference begins.
     *
     * @param tokens embedded ids, {@code [batch · tokens, width]}
     * @param blocks what the blocks compute
     * @param last output of the last block after its norm, {@code [batch · tokens, width]}
     * @param pooled the same at the position that is read, {@code [batch, width]}
     * @param features the same projected, of any length, {@code [batch, dimension]}
     * @param embedding the same, unit length
     */
    record Stages(
            Operand<TFloat32> tokens,
            List<TextBlock.Stages> blocks,
            Operand<TFloat32> last,
            Operand<TFloat32> pooled,
            Operand<TFloat32> features,
            Operand<TFloat32> embedding) {

        Stages {
            blocks = List.copyOf(blocks);
        }
    }

    /**
     * Builds the graph; weights are claimed, not read.
     *
     * @param session with an empty graph; stays the caller's
     * @param contextLength ids per caption, at most
     */
    TextTower(TowerSession session, TensorClaims claims, InternVlSizes sizes, int contextLength) {
        this.session = session;
        NetworkWeights weights = session.weights();
        Ops tf = weights.ops();
        NetworkWeights model = weights.under(MODEL);
        Shape table = model.shape(TABLE + ".weight", 2);
        vocabularySize = Math.toIntExact(table.length(0));
        int width = Math.toIntExact(table.length(1));
        dimension = Math.toIntExact(weights.shape(PROJECTION, 2).length(1));

        ids = tf.placeholder(TInt32.class, Placeholder.shape(org.tensorflow.ndarray.Shape.of(-1, -1)));
        Operand<TInt32> length = tf.gather(tf.shape(ids), tf.constant(1), tf.constant(0));
        Operand<TBool> present = tf.math.greater(ids, tf.constant(0));
        Operand<TFloat32> mask =
                tf.math.add(DotProductAttention.causal(tf, length), DotProductAttention.hiding(tf, present));
        Operand<TInt32> position =
                tf.math.sub(tf.sum(tf.dtypes.cast(present, TInt32.class), tf.constant(1)), tf.constant(1));

        Operand<TFloat32> tokens = Embedding.of(model.under(TABLE), vocabularySize, width)
                .apply(tf.reshape(ids, tf.constant(new int[] {-1})));
        Rotary rotary = new Rotary(tf, contextLength, width / sizes.textHeads(), sizes.rotaryBase());
        Operand<TFloat32> rows = tokens;
        List<TextBlock.Stages> blocks = new ArrayList<>();
        for (int i = 0; i < layers(claims); i++) {
            TextBlock.Stages block =
                    new TextBlock(model.under("layers." + i), width, sizes, rotary).apply(rows, length, mask);
            blocks.add(block);
            rows = block.output();
        }
        Operand<TFloat32> last =
                RmsNorm.of(model.under("norm"), width, sizes.textEpsilon()).apply(rows);
        Operand<TFloat32> pooled = Sequences.at(tf, last, length, position);
        // The only matrix of the model that is stored as [in, out].
        Operand<TFloat32> features = tf.linalg.matMul(
                pooled, weights.weight(PROJECTION, width, dimension).values(pooled));
        stages = new Stages(tokens, blocks, last, pooled, features, Sequences.normalised(tf, features));
    }

    /** Width of the transformer. */
    static long width(TensorClaims claims) {
        return claims.shape(MODEL + "." + TABLE + ".weight", 2).length(1);
    }

    /** Number of blocks. */
    static int layers(TensorClaims claims) {
        return claims.count(MODEL + ".layers.");
    }

    /** Ids are below this. */
    int vocabularySize() {
        return vocabularySize;
    }

    /** Length of embeddings. */
    int dimension() {
        return dimension;
    }

    /** What it computes. */
    Stages stages() {
        return stages;
    }

    /**
     * Embeds captions.
     *
     * @param captions {@code [captions][length]}, all of the same length, at most the context length
     * @return {@code [captions, dimension]}, unit rows
     */
    float[] embed(List<int[]> captions) {
        int length = 1;
        for (int[] caption : captions) {
            length = Math.max(length, withoutPadding(caption));
        }
        return compute(captions, length, stages.embedding());
    }

    /** Any of the graph's values for captions cut to a length, which must not cut off any id but 0. */
    float[] compute(List<int[]> captions, int length, Operand<TFloat32> output) {
        try (TInt32 fed = TInt32.tensorOf(org.tensorflow.ndarray.Shape.of(captions.size(), length))) {
            IntBuffer memory = TensorMemory.ints(fed);
            for (int[] caption : captions) {
                memory.put(caption, 0, length);
            }
            return session.run(session.runner().feed(ids, fed), output);
        }
    }

    /** How many ids there are before the last zeros; zeros inside, literal {@code <unk>}, stay. */
    private static int withoutPadding(int[] caption) {
        int length = caption.length;
        while (length > 1 && caption[length - 1] == 0) {
            length--;
        }
        return length;
    }
}
