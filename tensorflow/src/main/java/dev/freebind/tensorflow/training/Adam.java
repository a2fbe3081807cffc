package dev.freebind.tensorflow.training;

import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TrainedVariable;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * Adam (Kingma and Ba, 2015; β 0.9 and 0.999, ε 1e-8), or AdamW with decoupled weight decay (Loshchilov and Hutter, 2019), as
 * PyTorch computes it, for any variables of a graph: two moments beside
 * each variable, and updates that begin only when every gradient exists, because a weight that changed earlier would be read by
 * gradients still under way.
 */
public final class Adam {

    /** As the update sees them: 1 − 0.999f is off by 5e-5, and the bias corrections must be off by as much. */
    private static final float BETA1 = 0.9f;

    private static final float BETA2 = 0.999f;
    private static final double EPSILON = 1e-8;

    private final Ops tf;
    private final List<TrainedVariable> variables;
    private final List<TrainedVariable> firstMoments = new ArrayList<>();
    private final List<TrainedVariable> secondMoments = new ArrayList<>();
    private final Placeholder<TFloat32> rate;
    private final Placeholder<TFloat32> epsilon;
    private final Placeholder<TFloat32> decay;
    private final double weightDecay;

    /** Adds the moments of Adam to the graph; they have no value before they are assigned. */
    public Adam(GraphSession session, List<TrainedVariable> variables) {
        this(session, variables, 0);
    }

    /**
     * The same for AdamW: every step first shrinks the variables by learning rate times decay.
     *
     * @param weightDecay at least 0; 0 is Adam
     */
    public Adam(GraphSession session, List<TrainedVariable> variables, double weightDecay) {
        this.tf = session.ops();
        this.weightDecay = weightDecay;
        this.variables = List.copyOf(variables);
        for (TrainedVariable variable : variables) {
            firstMoments.add(TrainedVariable.create(session, "adam.first." + variable.name(), variable.shape()));
            secondMoments.add(TrainedVariable.create(session, "adam.second." + variable.name(), variable.shape()));
        }
        rate = tf.placeholder(TFloat32.class);
        epsilon = tf.placeholder(TFloat32.class);
        decay = tf.placeholder(TFloat32.class);
    }

    /** The means of the gradients, in the order of the variables, named {@code adam.first.<variable>}. */
    public List<TrainedVariable> firstMoments() {
        return firstMoments;
    }

    /** The means of the squared gradients, in the order of the variables, named {@code adam.second.<variable>}. */
    public List<TrainedVariable> secondMoments() {
        return secondMoments;
    }

    /**
     * Adds one step to the graph.
     *
     * @param gradients in the order of the variables
     * @param others what else must be computed before anything changes
     * @return what to run
     */
    public List<Op> step(List<? extends Operand<TFloat32>> gradients, List<? extends Op> others) {
        List<Op> barrier = new ArrayList<>(gradients);
        barrier.addAll(others);
        Ops after = tf.withControlDependencies(barrier);
        Operand<TFloat32> corrected = tf.constant(0f);
        List<Op> updates = new ArrayList<>();
        for (int i = 0; i < variables.size(); i++) {
            TrainedVariable variable = variables.get(i);
            Ops ready = after;
            if (weightDecay > 0) {
                ready = tf.withControlDependencies(
                        List.of(after.assignSubVariableOp(variable.handle(), tf.math.mul(variable.value(), decay))));
            }
            // The powers of β are fed as 0, that is as "already corrected": see StepSize.
            updates.add(ready.train.resourceApplyAdam(
                    variable.handle(),
                    firstMoments.get(i).handle(),
                    secondMoments.get(i).handle(),
                    corrected,
                    corrected,
                    rate,
                    tf.constant(BETA1),
                    tf.constant(BETA2),
                    epsilon,
                    gradients.get(i)));
        }
        return updates;
    }

    /**
     * How far a step goes.
     *
     * @param learningRate α of this step
     * @param number of the step, from 1
     * @return to be closed after the run
     */
    public StepSize stepSize(double learningRate, long number) {
        return new StepSize(learningRate, number);
    }

    /** How far a step goes, to be fed to its run. */
    public final class StepSize implements AutoCloseable {

        private final TFloat32 rateValue;
        private final TFloat32 epsilonValue;
        private final TFloat32 decayValue;

        private StepSize(double learningRate, long number) {
            // PyTorch divides by (√(v / (1 − β₂ᵗ)) + ε); taking both corrections out of the fraction leaves
            // TensorFlow's
            // form.
            double correction = Math.sqrt(1 - Math.pow(BETA2, (double) number));
            rateValue = TFloat32.scalarOf((float) (learningRate * correction / (1 - Math.pow(BETA1, (double) number))));
            epsilonValue = TFloat32.scalarOf((float) (EPSILON * correction));
            decayValue = TFloat32.scalarOf((float) (learningRate * weightDecay));
        }

        /** Feeds the run of a step. */
        public void feed(Session.Runner runner) {
            runner.feed(rate, rateValue).feed(epsilon, epsilonValue);
            if (weightDecay > 0) {
                runner.feed(decay, decayValue);
            }
        }

        @Override
        public void close() {
            try (rateValue;
                    epsilonValue) {
                decayValue.close();
            }
        }
    }
}
