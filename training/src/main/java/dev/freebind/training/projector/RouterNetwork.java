package dev.freebind.training.projector;

import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.router.RouterWeights;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TrainedVariable;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;

/**
 * One router in training mode: its variables, and the scores of a batch, normalised by the statistics of the batch.
 *
 * <p>The biases in front of a batch normalisation are held at zero, as in a projector: their gradient is zero.
 */
final class RouterNetwork {

    /** The sizes of a router. */
    record Size(int input, int firstHidden, int secondHidden, int sources) {}

    private final Ops tf;
    private final Size size;
    private final TrainedVariable firstWeight;
    private final Norm firstNorm;
    private final TrainedVariable secondWeight;
    private final Norm secondNorm;
    private final TrainedVariable thirdWeight;
    private final TrainedVariable thirdBias;

    /** Adds the variables to the graph; they have no value before they are assigned. */
    RouterNetwork(GraphSession session, String prefix, Size size) {
        this.tf = session.ops();
        this.size = size;
        String name = prefix + "router.";
        firstWeight = TrainedVariable.create(session, name + "0.weight", size.firstHidden, size.input);
        firstNorm = new Norm(session, name + "1.", size.firstHidden);
        secondWeight = TrainedVariable.create(session, name + "3.weight", size.secondHidden, size.firstHidden);
        secondNorm = new Norm(session, name + "4.", size.secondHidden);
        thirdWeight = TrainedVariable.create(session, name + "6.weight", size.sources, size.secondHidden);
        thirdBias = TrainedVariable.create(session, name + "6.bias", size.sources);
    }

    /** The variables that gradients change. */
    List<TrainedVariable> trained() {
        return List.of(
                firstWeight,
                firstNorm.weight,
                firstNorm.bias,
                secondWeight,
                secondNorm.weight,
                secondNorm.bias,
                thirdWeight,
                thirdBias);
    }

    /**
     * The scores of a batch before the sigmoid.
     *
     * @param rows {@code [batch, input]}
     * @param batch how many
     * @return {@code [batch, sources]}
     */
    Operand<TFloat32> logits(Operand<TFloat32> rows, int batch) {
        Operand<TFloat32> first = tf.nn.relu(firstNorm.apply(product(rows, firstWeight), batch));
        Operand<TFloat32> second = tf.math.tanh(secondNorm.apply(product(first, secondWeight), batch));
        return tf.math.add(product(second, thirdWeight), thirdBias.value());
    }

    private Operand<TFloat32> product(Operand<TFloat32> rows, TrainedVariable weight) {
        return tf.linalg.matMul(rows, weight.value(), MatMul.transposeB(true));
    }

    /** What moves the running statistics, to be run after everything in the barrier. */
    List<Op> updates(Ops after) {
        List<Op> updates = new ArrayList<>(firstNorm.updates(after));
        updates.addAll(secondNorm.updates(after));
        return updates;
    }

    /** Every variable, in the order of {@link #values}. */
    List<TrainedVariable> all() {
        return List.of(
                firstWeight,
                firstNorm.weight,
                firstNorm.bias,
                firstNorm.mean,
                firstNorm.variance,
                secondWeight,
                secondNorm.weight,
                secondNorm.bias,
                secondNorm.mean,
                secondNorm.variance,
                thirdWeight,
                thirdBias);
    }

    /** The values of every variable. */
    static List<float[]> values(RouterWeights weights) {
        return List.of(
                weights.firstWeight(),
                weights.firstNorm().weight(),
                weights.firstNorm().bias(),
                weights.firstNorm().runningMean(),
                weights.firstNorm().runningVariance(),
                weights.secondWeight(),
                weights.secondNorm().weight(),
                weights.secondNorm().bias(),
                weights.secondNorm().runningMean(),
                weights.secondNorm().runningVariance(),
                weights.thirdWeight(),
                weights.thirdBias());
    }

    /**
     * The router that these values make.
     *
     * @param values of {@link #all}
     * @param steps how many batches moved the running statistics
     */
    RouterWeights weights(List<float[]> values, long steps) {
        return new RouterWeights(
                size.input,
                size.firstHidden,
                size.secondHidden,
                size.sources,
                values.get(0),
                new float[size.firstHidden],
                new BatchNormWeights(values.get(1), values.get(2), values.get(3), values.get(4), steps),
                values.get(5),
                new float[size.secondHidden],
                new BatchNormWeights(values.get(6), values.get(7), values.get(8), values.get(9), steps),
                values.get(10),
                values.get(11));
    }

    /** A batch normalisation. */
    private final class Norm {

        private final TrainedVariable weight;
        private final TrainedVariable bias;
        private final TrainedVariable mean;
        private final TrainedVariable variance;
        private final List<Operand<TFloat32>> ofBatch = new ArrayList<>();

        Norm(GraphSession session, String prefix, int features) {
            weight = TrainedVariable.create(session, prefix + "weight", features);
            bias = TrainedVariable.create(session, prefix + "bias", features);
            mean = TrainedVariable.create(session, prefix + "running_mean", features);
            variance = TrainedVariable.create(session, prefix + "running_var", features);
        }

        Operand<TFloat32> apply(Operand<TFloat32> rows, int batch) {
            Operand<TFloat32> batchMean = tf.math.mean(rows, tf.constant(0), Mean.keepDims(false));
            Operand<TFloat32> centred = tf.math.sub(rows, batchMean);
            Operand<TFloat32> batchVariance =
                    tf.math.mean(tf.math.square(centred), tf.constant(0), Mean.keepDims(false));
            ofBatch.add(batchMean);
            ofBatch.add(tf.math.mul(batchVariance, tf.constant((float) (batch / (batch - 1.0)))));
            Operand<TFloat32> scale =
                    tf.math.mul(weight.value(), tf.math.rsqrt(tf.math.add(batchVariance, tf.constant((float)
                            BatchNormWeights.EPSILON))));
            return tf.math.add(tf.math.mul(centred, scale), bias.value());
        }

        List<Op> updates(Ops after) {
            return List.of(moved(after, mean, ofBatch.get(0)), moved(after, variance, ofBatch.get(1)));
        }

        private Op moved(Ops after, TrainedVariable statistic, Operand<TFloat32> batch) {
            return after.assignVariableOp(
                    statistic.handle(),
                    tf.math.add(
                            tf.math.mul(statistic.value(), tf.constant((float) (1 - BatchNormWeights.MOMENTUM))),
                            tf.math.mul(batch, tf.constant((float) BatchNormWeights.MOMENTUM))));
        }
    }
}
