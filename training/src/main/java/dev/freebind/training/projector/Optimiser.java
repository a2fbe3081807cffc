package dev.freebind.training.projector;

import dev.freebind.bonds.graph.LearningRateSchedule;
import dev.freebind.bonds.graph.TrainingSettings;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/** Adam and AdamW as in PyTorch, with a constant learning rate or one that decays along half a cosine, step by step. */
final class Optimiser {

    /** As the update sees them: 1 − 0.999f is off by 5e-5, and the bias corrections must be off by as much. */
    private static final float BETA1 = 0.9f;

    private static final float BETA2 = 0.999f;
    private static final double EPSILON = 1e-8;

    private final Ops tf;
    private final double learningRate;
    private final double weightDecay;
    private final LearningRateSchedule schedule;
    private final long totalSteps;
    private final Placeholder<TFloat32> rate;
    private final Placeholder<TFloat32> epsilon;
    private final Placeholder<TFloat32> decay;

    /**
     * Adds what every update is fed with.
     *
     * @param totalSteps how many steps are to be made, at least 1
     */
    Optimiser(Ops tf, TrainingSettings settings, long totalSteps) {
        this.tf = tf;
        this.learningRate = settings.learningRate();
        this.weightDecay = settings.recipe().weightDecay();
        this.schedule = settings.recipe().schedule();
        this.totalSteps = totalSteps;
        rate = tf.placeholder(TFloat32.class);
        epsilon = tf.placeholder(TFloat32.class);
        decay = tf.placeholder(TFloat32.class);
    }

    /** The learning rate of a step, counted from 1. */
    double rate(long step) {
        return learningRate * schedule.fraction(step - 1, totalSteps, 0);
    }

    /**
     * The update of one variable.
     *
     * @param after operations that wait for every gradient
     * @param variable what is updated
     * @param value the variable's value before the step
     */
    Op update(
            Ops after,
            Operand<? extends TType> variable,
            Operand<TFloat32> value,
            Operand<? extends TType> firstMoment,
            Operand<? extends TType> secondMoment,
            Operand<TFloat32> gradient) {
        Ops ready = after;
        if (weightDecay > 0) {
            Op decayed = after.assignSubVariableOp(variable, tf.math.mul(value, decay));
            ready = tf.withControlDependencies(List.of(decayed));
        }
        // The powers of β are fed as 0, that is as "already corrected": see run().
        Operand<TFloat32> corrected = tf.constant(0f);
        return ready.train.resourceApplyAdam(
                variable,
                firstMoment,
                secondMoment,
                corrected,
                corrected,
                rate,
                tf.constant(BETA1),
                tf.constant(BETA2),
                epsilon,
                gradient);
    }

    /** The numbers of one step, in tensors that are fed to its run and closed after it. */
    Step step(long step) {
        // PyTorch divides by (√(v / (1 − β₂ᵗ)) + ε); taking both corrections out of the fraction leaves TensorFlow's
        // form.
        double correction = Math.sqrt(1 - Math.pow(BETA2, (double) step));
        double now = rate(step);
        return new Step(
                TFloat32.scalarOf((float) (now * correction / (1 - Math.pow(BETA1, (double) step)))),
                TFloat32.scalarOf((float) (EPSILON * correction)),
                TFloat32.scalarOf((float) (now * weightDecay)));
    }

    /** The numbers of one step. */
    final class Step implements AutoCloseable {
        private final TFloat32 rateValue;
        private final TFloat32 epsilonValue;
        private final TFloat32 decayValue;

        private Step(TFloat32 rateValue, TFloat32 epsilonValue, TFloat32 decayValue) {
            this.rateValue = rateValue;
            this.epsilonValue = epsilonValue;
            this.decayValue = decayValue;
        }

        void feed(Session.Runner runner) {
            runner.feed(rate, rateValue).feed(epsilon, epsilonValue);
            if (weightDecay > 0) {
                runner.feed(decay, decayValue);
            }
        }

        @Override
        public void close() {
            rateValue.close();
            epsilonValue.close();
            decayValue.close();
        }
    }
}
