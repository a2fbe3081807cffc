package dev.freebind.encoders.imagebind;

import dev.freebind.formats.Shape;
import dev.freebind.tensorflow.TensorMemory;
import dev.freebind.tensorflow.layers.Embedding;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.Sequences;
import dev.freebind.tensorflow.layers.TowerSession;
import java.nio.IntBuffer;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The text tower: a causal transformer read at the end token. Nothing after that token has an influence, so a batch is cut
 * behind the last end token in it.
 */
final class TextTower {

    private final TowerSession session;
    private final Placeholder<TInt32> ids;
    private final Placeholder<TInt32> ends;
    private final TowerGraph graph;
    private final int contextLength;
    private final int vocabularySize;

    /**
     * Builds the graph; weights are claimed, not read.
     *
     * @param session with an empty graph; stays the caller's
     */
    TextTower(TowerSession session, ImageBindSizes sizes) {
        this.session = session;
        NetworkWeights weights = session.weights();
        Ops tf = weights.ops();
        NetworkWeights preprocessor = weights.under(Tower.TEXT.preprocessor());

        Shape table = preprocessor.shape("token_embedding.weight", 2);
        int width = Math.toIntExact(table.length(1));
        vocabularySize = Math.toIntExact(table.length(0));
        contextLength = Math.toIntExact(preprocessor.shape("pos_embed", 3).length(1));

        ids = tf.placeholder(TInt32.class, Placeholder.shape(org.tensorflow.ndarray.Shape.of(-1, -1)));
        ends = tf.placeholder(TInt32.class, Placeholder.shape(org.tensorflow.ndarray.Shape.of(-1)));
        Operand<TInt32> length = tf.gather(tf.shape(ids), tf.constant(1), tf.constant(0));
        Operand<TFloat32> stem = Embedding.of(preprocessor.under("token_embedding"), vocabularySize, width)
                .apply(tf.reshape(ids, tf.constant(new int[] {-1})));
        Operand<TFloat32> positions = tf.slice(
                preprocessor.float32("pos_embed", 1, contextLength, width).values(stem),
                tf.constant(new int[] {0, 0, 0}),
                tf.stack(List.of(tf.constant(1), length, tf.constant(width))));
        Operand<TFloat32> sequences = tf.reshape(stem, tf.stack(List.of(tf.constant(-1), length, tf.constant(width))));
        Operand<TFloat32> tokens = tf.reshape(tf.math.add(sequences, positions), tf.constant(new int[] {-1, width}));
        Operand<TFloat32> mask = tf.slice(
                preprocessor.float32("mask", contextLength, contextLength).values(stem),
                tf.constant(new int[] {0, 0}),
                tf.stack(List.of(length, length)));
        List<TransformerBlock.Stages> blocks = TowerGraph.blocks(
                weights.under(Tower.TEXT.trunk()), tokens, length, width, sizes.textHeads(), false, mask);
        Operand<TFloat32> end = Sequences.at(tf, blocks.get(blocks.size() - 1).output(), length, ends);
        Operand<TFloat32> head = TowerGraph.head(weights.under(Tower.TEXT.head()), "proj.0", "proj.1", end, width);
        Operand<TFloat32> unit = TowerGraph.normalised(tf, head);
        graph = new TowerGraph(
                stem,
                tokens,
                tokens,
                blocks,
                head,
                unit,
                TowerGraph.scaled(weights.under(Tower.TEXT.postprocessor()), unit));
    }

    /** Ids per caption, at most. */
    int contextLength() {
        return contextLength;
    }

    /** Ids are below this. */
    int vocabularySize() {
        return vocabularySize;
    }

    /** What it computes. */
    TowerGraph graph() {
        return graph;
    }

    /**
     * Embeds captions.
     *
     * @param tokens {@code [captions][length]}, all of the same length, at most the context length
     * @return {@code [captions, dimension]}, rows as long as the logit scale
     */
    float[] embed(List<int[]> tokens) {
        int last = 0;
        for (int[] caption : tokens) {
            last = Math.max(last, end(caption));
        }
        return compute(tokens, last + 1, graph.embedding());
    }

    /** Any of the graph's values for captions cut to a length, which must not cut an end token off. */
    float[] compute(List<int[]> tokens, int length, Operand<TFloat32> output) {
        try (TInt32 fedIds = TInt32.tensorOf(org.tensorflow.ndarray.Shape.of(tokens.size(), length));
                TInt32 fedEnds = TInt32.tensorOf(org.tensorflow.ndarray.Shape.of(tokens.size()))) {
            IntBuffer idMemory = TensorMemory.ints(fedIds);
            IntBuffer endMemory = TensorMemory.ints(fedEnds);
            for (int[] caption : tokens) {
                idMemory.put(caption, 0, length);
                endMemory.put(end(caption));
            }
            return session.run(session.runner().feed(ids, fedIds).feed(ends, fedEnds), output);
        }
    }

    /** Where the largest id first stands: the first end token, even where a caption spells one out. */
    private static int end(int[] caption) {
        int end = 0;
        for (int i = 1; i < caption.length; i++) {
            if (caption[i] > caption[end]) {
                end = i;
            }
        }
        return end;
    }
}
