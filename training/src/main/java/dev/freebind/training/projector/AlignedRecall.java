package dev.freebind.training.projector;

import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TensorMemory;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Recall@1 between two sets of unit rows of which row i belongs to row i, mean over both directions.
 *
 * <p>Scores within 1e-6 of the right item's are tied with it and count as the mean over all orders. Holds the whole score
 * matrix: meant for a few thousand rows.
 */
final class AlignedRecall implements AutoCloseable {

    private static final float TIE = 1e-6f;

    private final GraphSession session;
    private final Placeholder<TFloat32> left;
    private final Placeholder<TFloat32> right;
    private final Operand<TFloat32> recall;

    /** Builds the graph. */
    AlignedRecall(TensorFlowRuntime runtime, int dimension) {
        session = runtime.session();
        try {
            Ops tf = session.ops();
            left = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, dimension)));
            right = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, dimension)));
            Operand<TFloat32> scores = tf.linalg.matMul(left, right, MatMul.transposeB(true));
            Operand<TFloat32> own = tf.linalg.matrixDiagPart(scores, tf.constant(0), tf.constant(0f));
            recall = tf.math.mul(
                    tf.math.add(direction(tf, scores, own, 1), direction(tf, scores, own, 0)), tf.constant(0.5f));
        } catch (RuntimeException | Error failure) {
            session.close();
            throw failure;
        }
    }

    private static Operand<TFloat32> direction(
            Ops tf, Operand<TFloat32> scores, Operand<TFloat32> own, int galleryAxis) {
        Operand<TInt32> gallery = tf.constant(galleryAxis);
        Operand<TFloat32> difference = tf.math.sub(scores, tf.expandDims(own, gallery));
        Operand<TFloat32> better = count(tf, tf.math.greater(difference, tf.constant(TIE)), gallery);
        Operand<TFloat32> tied = count(tf, tf.math.lessEqual(tf.math.abs(difference), tf.constant(TIE)), gallery);
        Operand<TFloat32> hits =
                tf.select(tf.math.equal(better, tf.constant(0f)), tf.math.reciprocal(tied), tf.zerosLike(tied));
        return tf.math.mean(hits, tf.constant(0));
    }

    private static Operand<TFloat32> count(Ops tf, Operand<TBool> condition, Operand<TInt32> axis) {
        return tf.sum(tf.dtypes.cast(condition, TFloat32.class), axis);
    }

    /** Measures; both {@code [n, dimension]}, n at least 1. */
    double measure(FloatTensor leftRows, FloatTensor rightRows) {
        try (Result result = session.runner()
                .feed(left, leftRows.tensor())
                .feed(right, rightRows.tensor())
                .fetch(recall)
                .run()) {
            return TensorMemory.floats((TFloat32) result.get(0)).get(0);
        }
    }

    @Override
    public void close() {
        session.close();
    }
}
