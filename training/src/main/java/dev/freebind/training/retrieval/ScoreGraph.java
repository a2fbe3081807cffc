package dev.freebind.training.retrieval;

import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TensorMemory;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.nn.TopK;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Inner products of some queries with one block of a gallery, and what can be asked of them: the scores themselves, how many
 * reach a query's thresholds, and the best.
 *
 * <p>The columns of a padded block's padding are cut off right after the product.
 */
final class ScoreGraph implements AutoCloseable {

    private final GraphSession session;
    private final Placeholder<TFloat32> queries;
    private final Placeholder<TFloat32> gallery;
    private final Placeholder<TInt32> size;
    private final Operand<TFloat32> scores;
    private final Placeholder<TFloat32> low;
    private final Placeholder<TFloat32> high;
    private final Operand<TFloat32> reachingLow;
    private final Operand<TFloat32> aboveHigh;
    private final Operand<TFloat32> maxima;
    private final Placeholder<TInt32> k;
    private final TopK<TFloat32, TInt32> best;

    ScoreGraph(TensorFlowRuntime runtime, int dimension) {
        session = runtime.session();
        Ops tf = session.ops();
        queries = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, dimension)));
        gallery = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, dimension)));
        size = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(2)));
        Operand<TFloat32> products = tf.linalg.matMul(queries, gallery, MatMul.transposeB(true));
        scores = tf.slice(products, tf.constant(new int[] {0, 0}), size);

        low = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, 1)));
        high = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, 1)));
        reachingLow = count(tf, tf.math.greaterEqual(scores, low));
        aboveHigh = count(tf, tf.math.greater(scores, high));

        maxima = tf.reduceMax(scores, tf.constant(new int[] {1}));
        k = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
        best = tf.nn.topK(scores, k, TInt32.class);
    }

    /** Adds in float32, which is faster than in integers and exact up to 2^24 columns. */
    private static Operand<TFloat32> count(Ops tf, Operand<TBool> condition) {
        return tf.reduceSum(tf.dtypes.cast(condition, TFloat32.class), tf.constant(new int[] {1}));
    }

    /** The scores of all queries against a block; the caller closes them. */
    Scores scores(FloatTensor queryRows, ReadAhead.Block block) {
        try (TInt32 columns = columns(block)) {
            return new Scores(product(queryRows, block, columns).fetch(scores).run());
        }
    }

    /** Counts over scores that were computed before. */
    void count(Scores known, Thresholds thresholds) {
        count(session.runner().feed(scores.asOutput(), known.tensor()), thresholds);
    }

    /** Counts over the scores against a block. */
    void count(FloatTensor queryRows, ReadAhead.Block block, Thresholds thresholds) {
        try (TInt32 columns = columns(block)) {
            count(product(queryRows, block, columns), thresholds);
        }
    }

    private void count(Session.Runner run, Thresholds thresholds) {
        run.feed(low, thresholds.low.tensor()).feed(high, thresholds.high.tensor());
        try (Result counts = run.fetch(reachingLow).fetch(aboveHigh).run()) {
            FloatBuffer reaching = TensorMemory.floats((TFloat32) counts.get(0));
            FloatBuffer above = TensorMemory.floats((TFloat32) counts.get(1));
            for (int query = 0; query < thresholds.reachingLow.length; query++) {
                thresholds.reachingLow[query] += (int) reaching.get(query);
                thresholds.aboveHigh[query] += (int) above.get(query);
            }
        }
    }

    /** The best of a block for every query, best first, equal scores by ascending row. */
    void best(FloatTensor queryRows, ReadAhead.Block block, int count, BestConsumer consumer) {
        try (TInt32 columns = columns(block);
                TInt32 wanted = TInt32.scalarOf(Math.min(count, block.rows()));
                Result result = product(queryRows, block, columns)
                        .feed(k, wanted)
                        .fetch(best.values())
                        .fetch(best.indices())
                        .run()) {
            consumer.accept(
                    Math.min(count, block.rows()),
                    TensorMemory.floats((TFloat32) result.get(0)),
                    TensorMemory.ints((TInt32) result.get(1)));
        }
    }

    /** The highest score of a block for every query, and the scores in which to find it. */
    void maxima(FloatTensor queryRows, ReadAhead.Block block, MaximaConsumer consumer) {
        try (TInt32 columns = columns(block);
                Result result = product(queryRows, block, columns)
                        .fetch(maxima)
                        .fetch(scores)
                        .run()) {
            consumer.accept(
                    TensorMemory.floats((TFloat32) result.get(0)), TensorMemory.floats((TFloat32) result.get(1)));
        }
    }

    private Session.Runner product(FloatTensor queryRows, ReadAhead.Block block, TInt32 columns) {
        return session.runner()
                .feed(queries, queryRows.tensor())
                .feed(gallery, block.tensors().get(0).tensor())
                .feed(size, columns);
    }

    private static TInt32 columns(ReadAhead.Block block) {
        return TInt32.vectorOf(-1, block.rows());
    }

    @Override
    public void close() {
        session.close();
    }

    /** Takes {@code [queries, k]} scores and columns; valid during the call. */
    @FunctionalInterface
    interface BestConsumer {
        void accept(int k, FloatBuffer scores, IntBuffer columns);
    }

    /** Takes {@code [queries]} maxima and {@code [queries, rows of the block]} scores; valid during the call. */
    @FunctionalInterface
    interface MaximaConsumer {
        void accept(FloatBuffer maxima, FloatBuffer scores);
    }

    /** Scores {@code [queries, rows of the block]} in native memory; whoever asked for them closes them. */
    static final class Scores implements AutoCloseable {

        private final Result result;

        private Scores(Result result) {
            this.result = result;
        }

        private TFloat32 tensor() {
            return (TFloat32) result.get(0);
        }

        /** Valid until this is closed. */
        FloatBuffer buffer() {
            return TensorMemory.floats(tensor());
        }

        @Override
        public void close() {
            result.close();
        }
    }

    /** Two thresholds for every query, and how many scores were found to reach them. */
    static final class Thresholds implements AutoCloseable {

        private final float[] lowest;
        private final FloatTensor low;
        private final FloatTensor high;
        private final int[] reachingLow;
        private final int[] aboveHigh;

        /** Copies the thresholds. */
        Thresholds(float[] low, float[] high) {
            this.lowest = low.clone();
            this.low = FloatTensor.copyOf(FloatBuffer.wrap(low), low.length, 1);
            this.high = FloatTensor.copyOf(FloatBuffer.wrap(high), high.length, 1);
            this.reachingLow = new int[low.length];
            this.aboveHigh = new int[high.length];
        }

        /** The query's low threshold. */
        float low(int query) {
            return lowest[query];
        }

        /** Scores at or above the query's low threshold. */
        int reachingLow(int query) {
            return reachingLow[query];
        }

        /** Scores above the query's high threshold. */
        int aboveHigh(int query) {
            return aboveHigh[query];
        }

        @Override
        public void close() {
            low.close();
            high.close();
        }
    }
}
