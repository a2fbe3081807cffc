package dev.freebind.tensorflow.training;

import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TrainedVariable;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Gradients that come in parts, one run each, and are summed in variables until a step uses them. */
public final class GradientSums {

    private final List<Op> begin = new ArrayList<>();
    private final List<Op> add = new ArrayList<>();
    private final List<Operand<TFloat32>> sums = new ArrayList<>();

    /**
     * Adds the sums to the graph.
     *
     * @param gradients of one part, in the order of the variables
     */
    public GradientSums(
            GraphSession session, List<TrainedVariable> variables, List<? extends Operand<TFloat32>> gradients) {
        Ops tf = session.ops();
        for (int i = 0; i < variables.size(); i++) {
            TrainedVariable sum = TrainedVariable.create(
                    session,
                    "gradient." + variables.get(i).name(),
                    variables.get(i).shape());
            begin.add(tf.assignVariableOp(sum.handle(), gradients.get(i)));
            add.add(tf.assignAddVariableOp(sum.handle(), gradients.get(i)));
            sums.add(sum.value());
        }
    }

    /** What to run for the first part. */
    public List<Op> begin() {
        return begin;
    }

    /** What to run for any later part. */
    public List<Op> add() {
        return add;
    }

    /** The sums, in the order of the variables. */
    public List<Operand<TFloat32>> sums() {
        return sums;
    }
}
