package dev.freebind.training.projector;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/** The two kinds of terms that C-MCR and Ex-MCR are made of, with their gradients. */
final class McrTerms {

    /** Keeps the gradient of a distance finite where two rows are equal. */
    private static final float SMALLEST_SQUARED_DISTANCE = 1e-24f;

    private final Ops tf;
    private final int batch;
    private final SymmetricInfoNce infoNce;

    McrTerms(Ops tf, int batch, double temperature) {
        this.tf = tf;
        this.batch = batch;
        this.infoNce = new SymmetricInfoNce(tf, batch, temperature);
    }

    /**
     * {@code weight · info(source, target)}, by the projected rows of both.
     *
     * @param targetProjected whether the target needs the gradient as well
     */
    Operand<TFloat32> align(Branch source, Branch target, double weight, boolean targetProjected) {
        Operand<TFloat32> scaledTarget = infoNce.scaled(target.projected());
        SymmetricInfoNce.Term term = infoNce.term(source.projected(), scaledTarget);
        Operand<TFloat32> weights = scaled(term.weights(), weight);
        Operand<TFloat32> own = tf.constant((float) (-weight / batch));
        source.pull(tf.linalg.matMul(weights, scaledTarget));
        source.pull(tf.math.mul(scaledTarget, own));
        if (targetProjected) {
            Operand<TFloat32> scaledSource = infoNce.scaled(source.projected());
            target.pull(tf.linalg.matMul(weights, scaledSource, MatMul.transposeA(true)));
            target.pull(tf.math.mul(scaledSource, own));
        }
        return scaled(term.loss(), weight);
    }

    /** {@code weight · mean ‖a − b‖} between projected rows of one side. */
    Operand<TFloat32> attract(Branch a, Branch b, double weight) {
        Distance distance = distance(a.projected(), b.projected(), weight);
        a.pull(distance.gradient);
        b.pull(tf.math.neg(distance.gradient));
        return distance.loss;
    }

    /** {@code weight · mean ‖a − b‖} in front of the blocks; only the first gets the gradient. */
    Operand<TFloat32> attractEntering(Branch a, Branch b, double weight) {
        Distance distance = distance(a.entering(), b.entering(), weight);
        a.pullEntering(distance.gradient);
        return distance.loss;
    }

    /** A weighted mean distance and its gradient by the first rows. */
    private record Distance(Operand<TFloat32> loss, Operand<TFloat32> gradient) {}

    private Distance distance(Operand<TFloat32> a, Operand<TFloat32> b, double weight) {
        Operand<TFloat32> difference = tf.math.sub(a, b);
        Operand<TFloat32> squared = tf.math.maximum(
                tf.sum(tf.math.square(difference), tf.constant(1), Sum.keepDims(true)),
                tf.constant(SMALLEST_SQUARED_DISTANCE));
        Operand<TFloat32> share = tf.constant((float) (weight / batch));
        return new Distance(
                tf.math.mul(tf.sum(tf.math.sqrt(squared), tf.constant(new int[] {0, 1})), share),
                tf.math.mul(tf.math.mul(difference, tf.math.rsqrt(squared)), share));
    }

    private Operand<TFloat32> scaled(Operand<TFloat32> operand, double weight) {
        return weight == 1 ? operand : tf.math.mul(operand, tf.constant((float) weight));
    }
}
