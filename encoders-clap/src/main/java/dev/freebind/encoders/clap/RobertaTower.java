package dev.freebind.encoders.clap;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.TensorMemory;
import dev.freebind.tensorflow.layers.Embedding;
import dev.freebind.tensorflow.layers.LayerNorm;
import dev.freebind.tensorflow.layers.Linear;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.Sequences;
import dev.freebind.tensorflow.layers.TowerSession;
import dev.freebind.text.Tokens;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The text tower, RoBERTa (Liu et al., arXiv 1907.11692), read at its first token. Padding is masked and has no influence, so a
 * batch is cut behind its longest caption.
 */
final class RobertaTower {

    /** Of roberta-base; the default of its configuration class is another. */
    static final double EPSILON = 1e-5;

    /** The id of padding, and the row of positions that belongs to it; real positions come after it. */
    private static final int PADDING = 1;

    private static final String BRANCH = "text_branch";

    /** Width of a head in all published RoBERTa models. */
    private static final int USUAL_HEAD = 64;

    private final TowerSession session;
    private final Placeholder<TInt32> ids;
    private final Placeholder<TInt32> positions;
    private final Placeholder<TInt32> lengths;
    private final Stages stages;
    private final int maximumLength;
    private final int vocabularySize;

    /**
     * What it computes, for tests to find where a difference begins.
     *
     * @param embeddings {@code [batch · tokens, width]}
     * @param layers the same, after each layer
     * @param pooled {@code [batch, width]}
     * @param projection into the joint space
     */
    record Stages(
            Operand<TFloat32> embeddings,
            List<Operand<TFloat32>> layers,
            Operand<TFloat32> pooled,
            JointProjection.Stages projection) {
        Stages {
            layers = List.copyOf(layers);
        }
    }

    /**
     * Builds the graph; weights are claimed, not read.
     *
     * @param session with an empty graph; stays the caller's
     * @param givenHeads attention heads; empty for one to 64 columns
     */
    RobertaTower(TowerSession session, TensorClaims claims, OptionalInt givenHeads) {
        this.session = session;
        NetworkWeights weights = session.weights();
        Ops tf = weights.ops();
        NetworkWeights branch = weights.under(BRANCH);
        NetworkWeights embedding = branch.under("embeddings");

        Shape table = embedding.shape("word_embeddings.weight", 2);
        vocabularySize = Math.toIntExact(table.length(0));
        int width = Math.toIntExact(table.length(1));
        int heads = heads(claims, width, givenHeads);
        int positionRows =
                Math.toIntExact(embedding.shape("position_embeddings.weight", 2).length(0));
        maximumLength = positionRows - PADDING - 1;

        ids = tf.placeholder(TInt32.class, Placeholder.shape(org.tensorflow.ndarray.Shape.of(-1, -1)));
        positions = tf.placeholder(TInt32.class, Placeholder.shape(org.tensorflow.ndarray.Shape.of(-1, -1)));
        lengths = tf.placeholder(TInt32.class, Placeholder.shape(org.tensorflow.ndarray.Shape.of(-1)));
        Operand<TInt32> tokens = tf.gather(tf.shape(ids), tf.constant(1), tf.constant(0));
        Operand<TFloat32> words = Embedding.of(embedding.under("word_embeddings"), vocabularySize, width)
                .apply(flat(tf, ids));
        Operand<TFloat32> places = Embedding.of(embedding.under("position_embeddings"), positionRows, width)
                .apply(flat(tf, positions));
        // A caption is one sentence, so all its tokens are of the first type.
        Operand<TFloat32> type = Embedding.of(
                        embedding.under("token_type_embeddings"),
                        embedding.shape("token_type_embeddings.weight", 2).length(0),
                        width)
                .apply(tf.constant(new int[] {0}));
        Operand<TFloat32> embeddings = LayerNorm.of(embedding.under("LayerNorm"), width, EPSILON)
                .apply(tf.math.add(tf.math.add(words, type), places));

        Operand<TFloat32> mask = mask(tf, tokens);
        List<Operand<TFloat32>> layers = new ArrayList<>();
        Operand<TFloat32> rows = embeddings;
        NetworkWeights encoder = branch.under("encoder");
        int count = encoder.count("layer");
        for (int i = 0; i < count; i++) {
            rows = new RobertaLayer(encoder.under("layer." + i), width, heads).apply(rows, tokens, mask);
            layers.add(rows);
        }
        Operand<TFloat32> first = Sequences.at(tf, rows, tokens, tf.zerosLike(lengths));
        Operand<TFloat32> pooled = tf.math.tanh(
                Linear.of(branch.under("pooler.dense"), width, width).apply(first));
        stages = new Stages(
                embeddings, layers, pooled, new JointProjection(weights.under("text_projection"), width).apply(pooled));

        // Written by older releases of the library: the numbers 0, 1, 2, …
        embedding.unused("position_ids");
    }

    private static int heads(TensorClaims claims, int width, OptionalInt given) {
        if (given.isEmpty() && width % USUAL_HEAD != 0) {
            throw new InvalidRequestException(claims.source().origin() + ": the text tower has width " + width
                    + ", which is no multiple of " + USUAL_HEAD
                    + ", the width of a head in the published models, and the"
                    + " number of heads cannot be read off the tensors; give the option '" + ClapProvider.TEXT_HEADS
                    + "'");
        }
        int heads = given.orElse(width / USUAL_HEAD);
        if (heads < 1 || width % heads != 0) {
            throw new InvalidRequestException(claims.source().origin() + ": the option '" + ClapProvider.TEXT_HEADS
                    + "' is " + heads + ", which does not divide the text tower's width of " + width);
        }
        return heads;
    }

    private static Operand<TInt32> flat(Ops tf, Operand<TInt32> values) {
        return tf.reshape(values, tf.constant(new int[] {-1}));
    }

    /** −∞ for keys that are padding: {@code [batch, 1, 1, tokens]}. */
    private Operand<TFloat32> mask(Ops tf, Operand<TInt32> tokens) {
        Operand<TInt32> keys =
                tf.reshape(tf.range(tf.constant(0), tokens, tf.constant(1)), tf.constant(new int[] {1, 1, 1, -1}));
        Operand<TInt32> ends = tf.reshape(lengths, tf.constant(new int[] {-1, 1, 1, 1}));
        return tf.select(tf.math.less(keys, ends), tf.constant(0f), tf.constant(Float.NEGATIVE_INFINITY));
    }

    /** Tokens for which there are positions. */
    int maximumLength() {
        return maximumLength;
    }

    /** Ids are below this. */
    int vocabularySize() {
        return vocabularySize;
    }

    /** What it computes. */
    Stages stages() {
        return stages;
    }

    /**
     * Embeds captions.
     *
     * @param batch one or more, each of at most {@link #maximumLength()} tokens with ids below {@link #vocabularySize()}
     * @return {@code [batch, dimension]}, unit rows
     */
    float[] embed(List<Tokens> batch) {
        return compute(batch, stages.projection().embedding());
    }

    /** Any of the graph's values for captions, cut behind the longest. */
    float[] compute(List<Tokens> batch, Operand<TFloat32> output) {
        int longest = batch.stream().mapToInt(Tokens::length).max().orElse(0);
        org.tensorflow.ndarray.Shape shape = org.tensorflow.ndarray.Shape.of(batch.size(), longest);
        try (TInt32 fedIds = TInt32.tensorOf(shape);
                TInt32 fedPositions = TInt32.tensorOf(shape);
                TInt32 fedLengths = TInt32.tensorOf(org.tensorflow.ndarray.Shape.of(batch.size()))) {
            IntBuffer idMemory = TensorMemory.ints(fedIds);
            IntBuffer positionMemory = TensorMemory.ints(fedPositions);
            IntBuffer lengthMemory = TensorMemory.ints(fedLengths);
            for (Tokens caption : batch) {
                idMemory.put(caption.ids(), 0, longest);
                putPositions(caption.ids(), longest, positionMemory);
                lengthMemory.put(caption.length());
            }
            return session.run(
                    session.runner()
                            .feed(ids, fedIds)
                            .feed(positions, fedPositions)
                            .feed(lengths, fedLengths),
                    output);
        }
    }

    /** Counts from behind the padding's row; padding, even where a caption spells it out, is not counted. */
    private static void putPositions(int[] ids, int count, IntBuffer target) {
        int next = PADDING + 1;
        for (int i = 0; i < count; i++) {
            target.put(ids[i] == PADDING ? PADDING : next++);
        }
    }
}
