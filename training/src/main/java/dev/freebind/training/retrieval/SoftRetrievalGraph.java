package dev.freebind.training.retrieval;

import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TensorMemory;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReduceMax;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * One step of the online softmax: merges what a block of queries has gathered so far with what it gathers from one block of
 * keys.
 *
 * <p>What has been gathered is, for every query, the largest logit m, the sum l of {@code exp(logit − m)}, and the weighted mean
 * of each of the values. A block of keys gives the same triple: P = softmax(Q Kᵀ) over the block, m = the largest logit,
 * l = 1 / max P (the largest weight is {@code exp(0) / l}), mean = P V. So a block takes two matrix products, TensorFlow's one
 * fused softmax, and two reductions; there is no pass of exponentials beside the softmax and no shift that could underflow. Two
 * triples merge by {@code m = max(m₁, m₂)}, {@code l = l₁ exp(m₁ − m) + l₂ exp(m₂ − m)}, and the means by their shares of l.
 */
final class SoftRetrievalGraph implements AutoCloseable {

    private final GraphSession session;
    private final Placeholder<TFloat32> queries;
    private final List<Placeholder<TFloat32>> block = new ArrayList<>();
    private final Gathered gathered;
    private final Gathered merged;
    private final int[] valueDimensions;

    /**
     * Builds the graph.
     *
     * @param dimensions of what a block holds: keys first, then values that are not the keys
     * @param values where in a block each of the values is found; 0 are the keys
     */
    SoftRetrievalGraph(TensorFlowRuntime runtime, int[] dimensions, int[] values) {
        session = runtime.session();
        Ops tf = session.ops();
        queries = input(tf, dimensions[0]);
        for (int dimension : dimensions) {
            block.add(input(tf, dimension));
        }
        valueDimensions = new int[values.length];
        List<Operand<TFloat32>> before = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            valueDimensions[i] = dimensions[values[i]];
            before.add(input(tf, valueDimensions[i]));
        }
        gathered = new Gathered(input(tf, 1), input(tf, 1), before);

        Operand<TInt32> overKeys = tf.constant(new int[] {1});
        Operand<TFloat32> logits = tf.linalg.matMul(queries, block.get(0), MatMul.transposeB(true));
        Operand<TFloat32> weights = tf.nn.softmax(logits);
        Operand<TFloat32> blockMaximum = tf.reduceMax(logits, overKeys, ReduceMax.keepDims(true));
        Operand<TFloat32> blockSum = tf.math.reciprocal(tf.reduceMax(weights, overKeys, ReduceMax.keepDims(true)));

        Operand<TFloat32> maximum = tf.math.maximum(gathered.maximum, blockMaximum);
        Operand<TFloat32> oldSum = tf.math.mul(gathered.sum, tf.math.exp(tf.math.sub(gathered.maximum, maximum)));
        Operand<TFloat32> newSum = tf.math.mul(blockSum, tf.math.exp(tf.math.sub(blockMaximum, maximum)));
        Operand<TFloat32> sum = tf.math.add(oldSum, newSum);
        Operand<TFloat32> oldShare = tf.math.div(oldSum, sum);
        Operand<TFloat32> newShare = tf.math.div(newSum, sum);
        List<Operand<TFloat32>> means = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            Operand<TFloat32> blockMean = tf.linalg.matMul(weights, block.get(values[i]));
            means.add(tf.math.add(tf.math.mul(gathered.means.get(i), oldShare), tf.math.mul(blockMean, newShare)));
        }
        merged = new Gathered(maximum, sum, means);
    }

    private static Placeholder<TFloat32> input(Ops tf, int columns) {
        return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, columns)));
    }

    /** What queries have gathered before the first block: nothing. The caller closes it. */
    State nothing(int rows) {
        List<FloatTensor> tensors = new ArrayList<>();
        try {
            tensors.add(filled(Float.NEGATIVE_INFINITY, rows, 1));
            tensors.add(filled(0, rows, 1));
            for (int dimension : valueDimensions) {
                tensors.add(filled(0, rows, dimension));
            }
        } catch (RuntimeException | Error failure) {
            tensors.forEach(FloatTensor::close);
            throw failure;
        }
        List<TFloat32> values = tensors.stream().map(FloatTensor::tensor).toList();
        return new State(values, () -> tensors.forEach(FloatTensor::close));
    }

    private static FloatTensor filled(float value, int rows, int columns) {
        FloatTensor tensor = FloatTensor.allocate(rows, columns);
        FloatBuffer memory = tensor.buffer();
        while (memory.hasRemaining()) {
            memory.put(value);
        }
        return tensor;
    }

    /**
     * Goes over one block of keys.
     *
     * @param scaledQueries queries divided by the temperature
     * @param keysAndValues in the order in which this graph was made
     * @param before what the queries gathered from earlier blocks; closed by this call
     * @return what they have gathered now; the caller closes it
     */
    State merge(FloatTensor scaledQueries, List<FloatTensor> keysAndValues, State before) {
        try (before) {
            Session.Runner run = session.runner().feed(queries, scaledQueries.tensor());
            for (int i = 0; i < block.size(); i++) {
                run.feed(block.get(i), keysAndValues.get(i).tensor());
            }
            List<Operand<TFloat32>> from = gathered.operands();
            for (int i = 0; i < from.size(); i++) {
                run.feed(from.get(i), before.tensors.get(i));
            }
            List<Operand<TFloat32>> to = merged.operands();
            to.forEach(run::fetch);
            Result result = run.run();
            List<TFloat32> tensors = new ArrayList<>();
            for (int i = 0; i < to.size(); i++) {
                tensors.add((TFloat32) result.get(i));
            }
            return new State(tensors, result::close);
        }
    }

    @Override
    public void close() {
        session.close();
    }

    private record Gathered(Operand<TFloat32> maximum, Operand<TFloat32> sum, List<? extends Operand<TFloat32>> means) {
        List<Operand<TFloat32>> operands() {
            List<Operand<TFloat32>> all = new ArrayList<>(List.of(maximum, sum));
            all.addAll(means);
            return all;
        }
    }

    /** What a block of queries has gathered; owns its tensors. */
    static final class State implements AutoCloseable {

        private final List<TFloat32> tensors;
        private final Runnable release;
        private boolean closed;

        private State(List<TFloat32> tensors, Runnable release) {
            this.tensors = tensors;
            this.release = release;
        }

        /** Per query the sum of {@code exp(logit − largest logit)}: at least 1, or NaN if a logit is not finite. */
        FloatBuffer sums() {
            return TensorMemory.floats(tensors.get(1));
        }

        /** Weighted means of one of the values, {@code [queries, dimension]}; valid until this is closed. */
        FloatBuffer means(int value) {
            return TensorMemory.floats(tensors.get(2 + value));
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                release.run();
            }
        }
    }
}
