package dev.freebind.training.projector;

import dev.freebind.api.Modality;
import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.ProjectorArchitecture.Block;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorMemory;
import dev.freebind.tensorflow.TrainedVariable;
import dev.freebind.training.projector.ProjectorTensor.Part;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.op.nn.FusedBatchNormGrad;
import org.tensorflow.types.TFloat32;

/**
 * One projector in a training graph: its variables, the way of a batch through it in training and in inference, and the way of a
 * gradient back.
 *
 * <p>The gradients are written out rather than derived: the products of a block are all that is computed, and nothing is kept
 * that no gradient needs. They are summed over all batches that went through.
 */
final class ProjectorHead {

    /** Keeps the root away from zero where a projected row vanishes; PyTorch's normalize has 1e-12 on the norm. */
    private static final float SMALLEST_SQUARED_NORM = 1e-24f;

    private final Ops tf;
    private final ProjectorWeights like;
    private final List<ProjectorTensor> trained;
    private final PerTensor<TrainedVariable> parameters;
    private final PerTensor<List<Operand<TFloat32>>> parts;
    private final List<List<BatchStatistics>> statistics = new ArrayList<>();
    private long batchesTracked;

    /** Mean and unbiased variance of one batch. */
    private record BatchStatistics(Operand<TFloat32> mean, Operand<TFloat32> variance) {}

    /**
     * Adds the variables; they have no value before {@link #variables()} are assigned.
     *
     * @param like tells architecture and sizes
     */
    ProjectorHead(GraphSession session, ProjectorWeights like) {
        this.tf = session.ops();
        this.like = like;
        trained = ProjectorTensor.trained(like);
        parameters = PerTensor.of(
                ProjectorTensor.all(like.architecture()),
                tensor -> TrainedVariable.create(session, tensor.officialName(), tensor.shape(like)));
        parts = PerTensor.of(trained, tensor -> new ArrayList<>());
        like.stages().forEach(stage -> statistics.add(new ArrayList<>()));
    }

    // ---- one step

    /** A batch on its way through the projector. */
    final class Pass {

        private final Operand<TFloat32> rows;
        private final boolean adapted;
        private final List<Operand<TFloat32>> inputs = new ArrayList<>();
        private final List<Normalisation> norms = new ArrayList<>();
        private final Operand<TFloat32> inverseNorm;
        private final Branch branch;

        /** What is left to do when the objective has said what it wants: the gradients of this batch. */
        private Pass(Modality modality, Operand<TFloat32> rows, int batch) {
            this.rows = rows;
            this.adapted = like.adapts(modality);
            Operand<TFloat32> active = adapted ? adapt(rows) : rows;
            Operand<TFloat32> entering = active;
            for (int i = 0; i < like.stages().size(); i++) {
                inputs.add(active);
                Operand<TFloat32> linear = tf.linalg.matMul(active, read(i, Part.WEIGHT), MatMul.transposeB(true));
                Normalisation norm = new Normalisation(linear, i, batch);
                norms.add(norm);
                statistics.get(i).add(norm.statistics());
                active = block(i).relu() ? tf.nn.relu(norm.output) : norm.output;
            }
            inputs.add(active);
            inverseNorm = inverseNorm(active);
            branch = new Branch(modality, entering, tf.math.mul(active, inverseNorm));
        }

        Branch branch() {
            return branch;
        }

        /** Carries what the objective added to the branch back to the parameters. */
        void backward() {
            int last = norms.size() - 1;
            // Through p = y / ‖y‖: dy = (dp − p (p · dp)) / ‖y‖.
            Operand<TFloat32> dProjected = sum(branch.projectedGradients());
            Operand<TFloat32> projected = branch.projected();
            Operand<TFloat32> along = tf.sum(tf.math.mul(dProjected, projected), tf.constant(1), Sum.keepDims(true));
            Operand<TFloat32> gradient =
                    tf.math.mul(tf.math.sub(dProjected, tf.math.mul(projected, along)), inverseNorm);
            for (int i = last; i >= 0; i--) {
                Operand<TFloat32> dNorm = block(i).relu() ? tf.nn.reluGrad(gradient, inputs.get(i + 1)) : gradient;
                Operand<TFloat32> dLinear = norms.get(i).gradient(dNorm);
                parts.of(tensor(i, Part.WEIGHT)).add(tf.linalg.matMul(dLinear, inputs.get(i), MatMul.transposeA(true)));
                if (i > 0 || adapted) {
                    gradient = tf.linalg.matMul(dLinear, read(i, Part.WEIGHT));
                }
            }
            if (adapted) {
                List<Operand<TFloat32>> entering = new ArrayList<>(branch.enteringGradients());
                entering.add(gradient);
                Operand<TFloat32> dAdapted = sum(entering);
                parts.of(tensor(ProjectorTensor.ADAPTER, Part.WEIGHT))
                        .add(tf.linalg.matMul(dAdapted, rows, MatMul.transposeA(true)));
                parts.of(tensor(ProjectorTensor.ADAPTER, Part.BIAS)).add(tf.sum(dAdapted, tf.constant(0)));
            }
        }
    }

    /**
     * Sends a batch of one modality through, with its own statistics.
     *
     * @param rows {@code [batch, input]} unit rows
     */
    Pass pass(Modality modality, Operand<TFloat32> rows, int batch) {
        return new Pass(modality, rows, batch);
    }

    /** The gradients summed over all passes, once each has gone backward. */
    PerTensor<Operand<TFloat32>> gradients() {
        return parts.map(this::sum);
    }

    /** What Adam updates, in the order of the {@linkplain #gradients gradients}. */
    List<TrainedVariable> trained() {
        return trained.stream().map(parameters::of).toList();
    }

    /**
     * The updates of the running statistics.
     *
     * @param after operations that wait for every gradient
     */
    List<Op> runningUpdates(Ops after) {
        List<Op> updates = new ArrayList<>();
        for (int i = 0; i < statistics.size(); i++) {
            Operand<TFloat32> bias = read(i, Part.BIAS);
            // the held bias is not in the products, but counts in the mean
            updates.add(running(
                    after,
                    tensor(i, Part.RUNNING_MEAN),
                    statistics.get(i).stream()
                            .map(batch -> (Operand<TFloat32>) tf.math.add(batch.mean, bias))
                            .toList()));
            updates.add(running(
                    after,
                    tensor(i, Part.RUNNING_VARIANCE),
                    statistics.get(i).stream().map(BatchStatistics::variance).toList()));
        }
        return updates;
    }

    /** Counts the batches of a step that was made. */
    void stepped() {
        batchesTracked += statistics.get(0).size();
    }

    /** Batch normalisation with the statistics of the batch. */
    private final class Normalisation {

        private final int stage;
        private final int batch;
        private final int features;
        private final Operand<TFloat32> input;
        private final FusedBatchNorm<TFloat32, TFloat32> norm;

        /** {@code [batch, features]}. */
        final Operand<TFloat32> output;

        Normalisation(Operand<TFloat32> rows, int stage, int batch) {
            this.stage = stage;
            this.batch = batch;
            this.features = like.stage(stage).linear().output();
            this.input = asPicture(rows);
            Operand<TFloat32> none = tf.constant(new float[0]);
            this.norm = tf.nn.fusedBatchNorm(
                    input,
                    read(stage, Part.NORM_WEIGHT),
                    read(stage, Part.NORM_BIAS),
                    none,
                    none,
                    FusedBatchNorm.epsilon((float) BatchNormWeights.EPSILON),
                    FusedBatchNorm.isTraining(true));
            this.output = asRows(norm.y());
        }

        /** Adds the gradients of weight and bias to the parts, returns that of the input. */
        Operand<TFloat32> gradient(Operand<TFloat32> outputGradient) {
            FusedBatchNormGrad<TFloat32, TFloat32> gradient = tf.nn.fusedBatchNormGrad(
                    asPicture(outputGradient),
                    input,
                    read(stage, Part.NORM_WEIGHT),
                    norm.reserveSpace1(),
                    norm.reserveSpace2(),
                    norm.reserveSpace3(),
                    FusedBatchNormGrad.epsilon((float) BatchNormWeights.EPSILON),
                    FusedBatchNormGrad.isTraining(true));
            parts.of(tensor(stage, Part.NORM_WEIGHT)).add(gradient.scaleBackprop());
            parts.of(tensor(stage, Part.NORM_BIAS)).add(gradient.offsetBackprop());
            return asRows(gradient.xBackprop());
        }

        /** The operation's variance output is the unbiased one, which is what the running statistics take. */
        BatchStatistics statistics() {
            return new BatchStatistics(norm.batchMean(), norm.batchVariance());
        }

        private Operand<TFloat32> asPicture(Operand<TFloat32> rows) {
            return tf.reshape(rows, tf.constant(new int[] {batch, 1, 1, features}));
        }

        private Operand<TFloat32> asRows(Operand<TFloat32> picture) {
            return tf.reshape(picture, tf.constant(new int[] {batch, features}));
        }
    }

    /** Moves a running statistic towards that of each batch, one after the other. */
    private Op running(Ops after, ProjectorTensor statistic, List<Operand<TFloat32>> batches) {
        Operand<TFloat32> share = tf.constant((float) BatchNormWeights.MOMENTUM);
        Operand<TFloat32> rest = tf.constant((float) (1 - BatchNormWeights.MOMENTUM));
        Operand<TFloat32> value = parameters.of(statistic).value();
        for (Operand<TFloat32> batch : batches) {
            value = tf.math.add(tf.math.mul(value, rest), tf.math.mul(batch, share));
        }
        return after.assignVariableOp(parameters.of(statistic).handle(), value);
    }

    // ---- inference

    /** Projects with the running statistics; {@code [n, input]} to {@code [n, output]} unit rows. */
    Operand<TFloat32> project(Operand<TFloat32> rows, boolean adapted) {
        Operand<TFloat32> active = adapted ? adapt(rows) : rows;
        for (int i = 0; i < like.stages().size(); i++) {
            Operand<TFloat32> linear = tf.math.add(
                    tf.linalg.matMul(active, read(i, Part.WEIGHT), MatMul.transposeB(true)), read(i, Part.BIAS));
            Operand<TFloat32> scale = tf.math.mul(
                    read(i, Part.NORM_WEIGHT),
                    tf.math.rsqrt(tf.math.add(
                            read(i, Part.RUNNING_VARIANCE), tf.constant((float) BatchNormWeights.EPSILON))));
            Operand<TFloat32> normed = tf.math.add(
                    tf.math.mul(tf.math.sub(linear, read(i, Part.RUNNING_MEAN)), scale), read(i, Part.NORM_BIAS));
            active = block(i).relu() ? tf.nn.relu(normed) : normed;
        }
        return tf.math.mul(active, inverseNorm(active));
    }

    // ---- values

    /** Parameters and running statistics, in the order of {@link #values(ProjectorWeights)}. */
    List<TrainedVariable> variables() {
        return List.copyOf(parameters.values());
    }

    /** What the variables hold of these weights. */
    List<float[]> values(ProjectorWeights weights) {
        return parameters.tensors().stream().map(tensor -> tensor.of(weights)).toList();
    }

    /** Goes on from the batches that these weights have seen. */
    void resume(ProjectorWeights weights) {
        batchesTracked = weights.stage(0).norm().batchesTracked();
    }

    /**
     * The projector of these values.
     *
     * @param values of every variable
     */
    ProjectorWeights weights(Iterator<float[]> values) {
        return ProjectorTensor.assemble(like, parameters.map(variable -> values.next()), batchesTracked);
    }

    /** Runs, and copies the value of each operand. */
    static PerTensor<float[]> values(PerTensor<Operand<TFloat32>> operands, Session.Runner runner) {
        operands.values().forEach(runner::fetch);
        List<ProjectorTensor> order = List.copyOf(operands.tensors());
        try (Result result = runner.run()) {
            return PerTensor.of(order, tensor -> values(result, order.indexOf(tensor)));
        }
    }

    static float[] values(Result result, int index) {
        FloatBuffer memory = TensorMemory.floats((TFloat32) result.get(index));
        float[] values = new float[memory.remaining()];
        memory.get(values);
        return values;
    }

    // ---- pieces

    private Operand<TFloat32> adapt(Operand<TFloat32> rows) {
        return tf.math.add(
                tf.linalg.matMul(rows, read(ProjectorTensor.ADAPTER, Part.WEIGHT), MatMul.transposeB(true)),
                read(ProjectorTensor.ADAPTER, Part.BIAS));
    }

    private Operand<TFloat32> inverseNorm(Operand<TFloat32> rows) {
        return inverseNorm(tf, rows);
    }

    /** {@code 1 / ‖row‖}, {@code [n, 1]}. */
    static Operand<TFloat32> inverseNorm(Ops tf, Operand<TFloat32> rows) {
        Operand<TFloat32> squared = tf.sum(tf.math.square(rows), tf.constant(1), Sum.keepDims(true));
        return tf.math.rsqrt(tf.math.maximum(squared, tf.constant(SMALLEST_SQUARED_NORM)));
    }

    private Operand<TFloat32> sum(List<Operand<TFloat32>> operands) {
        return operands.size() == 1 ? operands.get(0) : tf.math.addN(operands);
    }

    private Block block(int index) {
        return like.architecture().blocks().get(index);
    }

    private Operand<TFloat32> read(int block, Part part) {
        return parameters.of(tensor(block, part)).value();
    }

    private ProjectorTensor tensor(int block, Part part) {
        return ProjectorTensor.of(like.architecture(), block, part);
    }
}
