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
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReduceMax;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * One step of the online softmax: merges what a block of queries has gathered so far with what it gathers from one block of
 * keys. Queries and what they have gathered are variables, so that on a GPU only keys and values cross the bus.
 *
 * <p>What has been gathered is, for every query, the largest logit m, the sum l of {@code exp(logit − m)}, and the weighted mean
 * of each of the values. A block of keys gives the same triple: P = softmax(Q Kᵀ) over the block, m = the largest logit,
 * l = 1 / max P (the largest weight is {@code exp(0) / l}), mean = P V. So a block takes two matrix products, TensorFlow's one
 * fused softmax, and two reductions; there is no pass of exponentials beside the softmax and no shift that could underflow. Two
 * triples merge by {@code m = max(m₁, m₂)}, {@code l = l₁ exp(m₁ − m) + l₂ exp(m₂ − m)}, and the means by their shares of l.
 */
final class SoftRetrievalGraph implements AutoCloseable {

    private final GraphSession session;
    private final List<Placeholder<TFloat32>> block = new ArrayList<>();
    private final int[] dimensions;
    private final int[] values;
    private final List<Part> parts = new ArrayList<>();

    /**
     * An empty graph.
     *
     * @param dimensions of what a block holds: keys first, then values that are not the keys
     * @param values where in a block each of the values is found; 0 are the keys
     */
    SoftRetrievalGraph(TensorFlowRuntime runtime, int[] dimensions, int[] values) {
        this.session = runtime.session();
        this.dimensions = dimensions.clone();
        this.values = values.clone();
        for (int dimension : dimensions) {
            block.add(input(dimension));
        }
    }

    /** Queries that enter one product, by number from 0; built when first asked for, used again for later queries. */
    Part part(int number) {
        while (parts.size() <= number) {
            parts.add(new Part("part" + parts.size()));
        }
        return parts.get(number);
    }

    private Placeholder<TFloat32> input(int columns) {
        return session.ops().placeholder(TFloat32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, columns)));
    }

    @Override
    public void close() {
        session.close();
    }

    /** Some queries with what they have gathered. */
    final class Part {

        private final Placeholder<TFloat32> scaledQueries;
        private final Kept queries;
        private final Kept maximum;
        private final Kept sum;
        private final List<Kept> means = new ArrayList<>();
        private final List<Op> beginning = new ArrayList<>();
        private final List<Op> merging = new ArrayList<>();

        private Part(String name) {
            scaledQueries = input(dimensions[0]);
            queries = new Kept(name + ".queries", dimensions[0]);
            maximum = new Kept(name + ".maximum", 1);
            sum = new Kept(name + ".sum", 1);
            for (int value : values) {
                means.add(new Kept(name + ".mean" + means.size(), dimensions[value]));
            }
            begin();
            merge();
        }

        private void begin() {
            Ops tf = session.ops();
            Operand<TFloat32> nothing = tf.zerosLike(largest(scaledQueries));
            beginning.add(queries.assign(scaledQueries));
            beginning.add(maximum.assign(tf.math.add(nothing, tf.constant(Float.NEGATIVE_INFINITY))));
            beginning.add(sum.assign(nothing));
            for (int i = 0; i < values.length; i++) {
                float[][] row = new float[1][dimensions[values[i]]];
                beginning.add(means.get(i).assign(tf.math.add(nothing, tf.constant(row))));
            }
        }

        private void merge() {
            Ops tf = session.ops();
            Operand<TFloat32> logits = tf.linalg.matMul(queries.value, block.get(0), MatMul.transposeB(true));
            Operand<TFloat32> weights = tf.nn.softmax(logits);
            Operand<TFloat32> blockMaximum = largest(logits);
            Operand<TFloat32> blockSum = tf.math.reciprocal(largest(weights));

            Operand<TFloat32> both = tf.math.maximum(maximum.value, blockMaximum);
            Operand<TFloat32> oldSum = tf.math.mul(sum.value, tf.math.exp(tf.math.sub(maximum.value, both)));
            Operand<TFloat32> newSum = tf.math.mul(blockSum, tf.math.exp(tf.math.sub(blockMaximum, both)));
            Operand<TFloat32> total = tf.math.add(oldSum, newSum);
            Operand<TFloat32> oldShare = tf.math.div(oldSum, total);
            Operand<TFloat32> newShare = tf.math.div(newSum, total);
            merging.add(maximum.assign(both));
            merging.add(sum.assign(total));
            for (int i = 0; i < values.length; i++) {
                Operand<TFloat32> blockMean = tf.linalg.matMul(weights, block.get(values[i]));
                Kept mean = means.get(i);
                merging.add(
                        mean.assign(tf.math.add(tf.math.mul(mean.value, oldShare), tf.math.mul(blockMean, newShare))));
            }
        }

        private Operand<TFloat32> largest(Operand<TFloat32> rows) {
            Ops tf = session.ops();
            return tf.reduceMax(rows, tf.constant(new int[] {1}), ReduceMax.keepDims(true));
        }

        /**
         * Takes up other queries, which have gathered nothing yet.
         *
         * @param scaled queries divided by the temperature
         */
        void begin(FloatTensor scaled) {
            Session.Runner run = session.runner().feed(scaledQueries, scaled.tensor());
            beginning.forEach(run::addTarget);
            run.run().close();
        }

        /**
         * Goes over one block of keys.
         *
         * @param keysAndValues in the order in which this graph was made
         */
        void merge(List<FloatTensor> keysAndValues) {
            Session.Runner run = session.runner();
            for (int i = 0; i < block.size(); i++) {
                run.feed(block.get(i), keysAndValues.get(i).tensor());
            }
            merging.forEach(run::addTarget);
            run.run().close();
        }

        /** What the queries have gathered; the caller closes it before these queries are changed. */
        Gathered gathered() {
            Session.Runner run = session.runner().fetch(sum.value);
            means.forEach(mean -> run.fetch(mean.value));
            return new Gathered(run.run());
        }
    }

    /** A variable with a row for every query, read once in the graph and replaced as a whole. */
    private final class Kept {

        private final Operand<? extends TType> handle;
        private final Operand<TFloat32> value;

        Kept(String name, int columns) {
            Ops tf = session.ops();
            handle =
                    tf.varHandleOp(TFloat32.class, Shape.of(Shape.UNKNOWN_SIZE, columns), VarHandleOp.sharedName(name));
            value = tf.readVariableOp(handle, TFloat32.class);
        }

        Op assign(Operand<TFloat32> rows) {
            return session.ops().assignVariableOp(handle, rows);
        }
    }

    /** What a part of the queries has gathered. */
    static final class Gathered implements AutoCloseable {

        private final Result result;

        private Gathered(Result result) {
            this.result = result;
        }

        /** Per query the sum of {@code exp(logit − largest logit)}: at least 1, or NaN if a logit is not finite. */
        FloatBuffer sums() {
            return TensorMemory.floats((TFloat32) result.get(0));
        }

        /** Weighted means of one of the values, {@code [queries, dimension]}; valid until this is closed. */
        FloatBuffer means(int value) {
            return TensorMemory.floats((TFloat32) result.get(1 + value));
        }

        @Override
        public void close() {
            result.close();
        }
    }
}
