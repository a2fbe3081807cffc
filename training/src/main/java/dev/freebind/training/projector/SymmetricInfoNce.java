package dev.freebind.training.projector;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceMax;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Symmetric InfoNCE {@code info(X, Y)} between aligned unit rows (FreeBind eq. 7 and 8): the mean of the row-wise and the
 * column-wise cross-entropy of {@code S = X Yᵀ / τ} with the diagonal as target, and its gradient by X.
 *
 * <p>The gradient is {@code dX = (softmax_rows(S) + softmax_columns(S)) Y / (2 B τ) − Y / (B τ)}, so one batch costs two
 * products of {@code B × B × d}: nothing is spent on the frozen side.
 */
final class SymmetricInfoNce {

    /**
     * At and above this temperature both directions share one {@code exp(S)}: unit rows bound |S| by 50, and neither
     * {@code exp(50)} times any batch size nor {@code exp(−50)} leaves the range of float32 ({@code exp(±87)}).
     */
    static final double LOWEST_SHARED_TEMPERATURE = 1.0 / 50;

    private final Ops tf;
    private final int batch;
    private final double temperature;
    private final boolean shared;

    /** For batches of this many rows. */
    SymmetricInfoNce(Ops tf, int batch, double temperature) {
        this.tf = tf;
        this.batch = batch;
        this.temperature = temperature;
        this.shared = temperature >= LOWEST_SHARED_TEMPERATURE;
    }

    /**
     * One term.
     *
     * @param loss a scalar
     * @param weights {@code softmax_rows + softmax_columns, divided by 2 B}, {@code [batch, batch]}; the gradient by the
     *     projected rows is {@code weights · scaledTarget − scaledTarget / batch}
     */
    record Term(Operand<TFloat32> loss, Operand<TFloat32> weights) {}

    /** Rows divided by τ, as {@link #term} takes its second side. */
    Operand<TFloat32> scaled(Operand<TFloat32> rows) {
        return tf.math.mul(rows, tf.constant((float) (1 / temperature)));
    }

    /**
     * The term between projected rows and target rows that are already divided by τ, both {@code [batch, d]}.
     */
    Term term(Operand<TFloat32> projected, Operand<TFloat32> scaledTarget) {
        Operand<TFloat32> scores = tf.linalg.matMul(projected, scaledTarget, MatMul.transposeB(true));
        Operand<TFloat32> own = tf.sum(tf.math.mul(projected, scaledTarget), tf.constant(1));
        Operand<TFloat32> half = tf.constant((float) (0.5 / batch));
        Operand<TInt32> alongRow = tf.constant(1);
        Operand<TInt32> alongColumn = tf.constant(0);
        if (shared) {
            Operand<TFloat32> exponentials = tf.math.exp(scores);
            Operand<TFloat32> rowSums = tf.sum(exponentials, alongRow, Sum.keepDims(true));
            Operand<TFloat32> columnSums = tf.sum(exponentials, alongColumn, Sum.keepDims(true));
            Operand<TFloat32> loss = loss(tf.math.log(rowSums), tf.math.log(columnSums), own);
            Operand<TFloat32> weights =
                    tf.math.mul(exponentials, tf.math.add(tf.math.div(half, rowSums), tf.math.div(half, columnSums)));
            return new Term(loss, weights);
        }
        Operand<TFloat32> rowMaxima = tf.reduceMax(scores, alongRow, ReduceMax.keepDims(true));
        Operand<TFloat32> columnMaxima = tf.reduceMax(scores, alongColumn, ReduceMax.keepDims(true));
        Operand<TFloat32> byRow = tf.math.exp(tf.math.sub(scores, rowMaxima));
        Operand<TFloat32> byColumn = tf.math.exp(tf.math.sub(scores, columnMaxima));
        Operand<TFloat32> rowSums = tf.sum(byRow, alongRow, Sum.keepDims(true));
        Operand<TFloat32> columnSums = tf.sum(byColumn, alongColumn, Sum.keepDims(true));
        Operand<TFloat32> loss = loss(
                tf.math.add(tf.math.log(rowSums), rowMaxima), tf.math.add(tf.math.log(columnSums), columnMaxima), own);
        Operand<TFloat32> weights = tf.math.add(
                tf.math.mul(byRow, tf.math.div(half, rowSums)), tf.math.mul(byColumn, tf.math.div(half, columnSums)));
        return new Term(loss, weights);
    }

    /** Mean over the batch of {@code (row log-sum-exp + column log-sum-exp) / 2 − own score}. */
    private Operand<TFloat32> loss(
            Operand<TFloat32> rowLogSums, Operand<TFloat32> columnLogSums, Operand<TFloat32> own) {
        // Own scores are taken off row by row first: the remainders are small, and so is what rounding loses of them.
        Operand<TInt32> flat = tf.constant(new int[] {batch});
        Operand<TFloat32> rows = tf.math.sub(tf.reshape(rowLogSums, flat), own);
        Operand<TFloat32> columns = tf.math.sub(tf.reshape(columnLogSums, flat), own);
        return tf.math.mul(
                tf.math.mean(tf.math.add(rows, columns), tf.constant(0), Mean.keepDims(false)), tf.constant(0.5f));
    }
}
