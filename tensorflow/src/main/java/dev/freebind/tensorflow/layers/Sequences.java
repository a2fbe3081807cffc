package dev.freebind.tensorflow.layers;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Sum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** What networks do along the tokens of sequences that are stored as rows {@code [batch · tokens, width]}. */
public final class Sequences {

    private static final float SMALLEST_NORM = 1e-12f;

    private Sequences() {}

    /**
     * Puts one token in front of every sequence and adds positions.
     *
     * @param rows {@code [batch · tokens, width]}
     * @param tokens per sequence
     * @param first the token, any shape of {@code width} elements
     * @param positions any shape of {@code (tokens + 1) · width} elements
     * @return {@code [batch · (tokens + 1), width]}
     */
    public static Operand<TFloat32> withFirstToken(
            Ops tf,
            Operand<TFloat32> rows,
            int tokens,
            int width,
            Operand<TFloat32> first,
            Operand<TFloat32> positions) {
        Operand<TFloat32> sequences = tf.reshape(rows, tf.constant(new int[] {-1, tokens, width}));
        Operand<TInt32> batch =
                tf.reshape(tf.gather(tf.shape(sequences), tf.constant(0), tf.constant(0)), tf.constant(new int[] {1}));
        Operand<TInt32> times = tf.concat(List.of(batch, tf.constant(new int[] {1, 1})), tf.constant(0));
        Operand<TFloat32> firsts = tf.tile(tf.reshape(first, tf.constant(new int[] {1, 1, width})), times);
        Operand<TFloat32> all = tf.math.add(
                tf.concat(List.of(firsts, sequences), tf.constant(1)),
                tf.reshape(positions, tf.constant(new int[] {1, tokens + 1, width})));
        return tf.reshape(all, tf.constant(new int[] {-1, width}));
    }

    /**
     * The first token of every sequence.
     *
     * @param rows {@code [batch · tokens, width]}
     * @return {@code [batch, width]}
     */
    public static Operand<TFloat32> first(Ops tf, Operand<TFloat32> rows, int tokens, int width) {
        Operand<TFloat32> sequences = tf.reshape(rows, tf.constant(new int[] {-1, tokens * width}));
        return tf.slice(sequences, tf.constant(new int[] {0, 0}), tf.constant(new int[] {-1, width}));
    }

    /**
     * One token of every sequence.
     *
     * @param rows {@code [batch · tokens, width]}
     * @param tokens scalar
     * @param position {@code [batch] int32}: which token
     * @return {@code [batch, width]}
     */
    public static Operand<TFloat32> at(
            Ops tf, Operand<TFloat32> rows, Operand<TInt32> tokens, Operand<TInt32> position) {
        Operand<TInt32> sequence = tf.range(tf.constant(0), tf.size(position), tf.constant(1));
        return tf.gather(rows, tf.math.add(tf.math.mul(sequence, tokens), position), tf.constant(0));
    }

    /**
     * The mean of every sequence's tokens.
     *
     * @param rows {@code [batch · tokens, width]}
     * @return {@code [batch, width]}
     */
    public static Operand<TFloat32> mean(Ops tf, Operand<TFloat32> rows, int tokens, int width) {
        return tf.math.mean(tf.reshape(rows, tf.constant(new int[] {-1, tokens, width})), tf.constant(1));
    }

    /** Rows {@code [rows, width]} over their norm, which is taken as 1e-12 if it is less. */
    public static Operand<TFloat32> normalised(Ops tf, Operand<TFloat32> rows) {
        Operand<TFloat32> norm = tf.math.sqrt(tf.sum(tf.math.square(rows), tf.constant(1), Sum.keepDims(true)));
        return tf.math.div(rows, tf.math.maximum(norm, tf.constant(SMALLEST_NORM)));
    }
}
