package dev.freebind.training.projector;

import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TensorMemory;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.op.nn.FusedBatchNormGrad;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * One training step of a projector as a TensorFlow graph, with the variables it changes (FreeBind eq. 7 and 8; Adam as in
 * PyTorch).
 *
 * <p>Linear – BatchNorm – ReLU – Linear – BatchNorm – L2-normalise. Every source modality is a batch of its own with its own
 * statistics; the gradients of all terms and modalities are summed; the running statistics move once per modality, in the order
 * of the modalities. The gradients are written out rather than derived: the two products of a term and the five of a modality
 * are all that is computed, and nothing is kept that no gradient needs.
 *
 * <p>The biases of the linear layers are held: batch normalisation takes them out again, so their gradient is zero, and Adam
 * would only divide rounding noise by rounding noise. They count in the running means.
 *
 * <p>Not safe for use from several threads.
 */
final class ProjectorTrainingGraph implements AutoCloseable {

    /** As the update sees them: 1 − 0.999f is off by 5e-5, and the bias corrections must be off by as much. */
    private static final float BETA1 = 0.9f;

    private static final float BETA2 = 0.999f;
    private static final double EPSILON = 1e-8;

    /** Keeps the root away from zero where a projected row vanishes; PyTorch's normalize has 1e-12 on the norm. */
    private static final float SMALLEST_SQUARED_NORM = 1e-24f;

    /**
     * What a graph is made for.
     *
     * @param sources projected modalities, at least 1
     * @param targets frozen modalities, at least 1
     * @param batch rows in a step, at least 2
     * @param input length of source rows
     * @param hidden width of the hidden layer
     * @param output length of target rows
     */
    record Size(int sources, int targets, int batch, int input, int hidden, int output) {}

    private final Size size;
    private final double learningRate;
    private final GraphSession session;
    private final Ops tf;
    private final PerTensor<Variable> parameters;
    private final PerTensor<Variable> firstMoments;
    private final PerTensor<Variable> secondMoments;

    private final Placeholder<TFloat32> sourceRows;
    private final Placeholder<TFloat32> targetRows;
    private final Placeholder<TFloat32> rate;
    private final Placeholder<TFloat32> epsilon;
    private final Operand<TFloat32> losses;
    private final PerTensor<Operand<TFloat32>> gradients;
    private final List<Op> updates;

    private final Placeholder<TFloat32> anyRows;
    private final Operand<TFloat32> projectedRows;

    private long steps;
    private long batchesTracked;

    /** A variable and how its value gets in. */
    private record Variable(
            Operand<? extends TType> handle,
            Placeholder<TFloat32> value,
            Op assignment,
            Operand<TFloat32> read,
            long[] shape) {}

    /**
     * Builds the graph. The variables have no value before {@link #load}.
     *
     * @param temperature τ, above 0
     * @param learningRate Adam's, above 0
     */
    ProjectorTrainingGraph(TensorFlowRuntime runtime, Size size, double temperature, double learningRate) {
        this.size = size;
        this.learningRate = learningRate;
        this.session = runtime.session();
        try {
            this.tf = session.ops();
            parameters = PerTensor.of(ProjectorTensor.ALL, tensor -> variable("projector", tensor));
            firstMoments = PerTensor.of(ProjectorTensor.TRAINED, tensor -> variable("adam.first", tensor));
            secondMoments = PerTensor.of(ProjectorTensor.TRAINED, tensor -> variable("adam.second", tensor));
            sourceRows = placeholder((long) size.sources * size.batch, size.input);
            targetRows = placeholder((long) size.targets * size.batch, size.output);
            rate = placeholder();
            epsilon = placeholder();
            anyRows = placeholder(Shape.UNKNOWN_SIZE, size.input);

            StepOperations step = step(temperature);
            losses = step.losses;
            gradients = step.gradients;
            updates = updates(step);
            projectedRows = projection(anyRows);
        } catch (RuntimeException | Error failure) {
            session.close();
            throw failure;
        }
    }

    /** Sets every variable. */
    void load(TrainingState state) {
        Session.Runner runner = session.runner();
        List<FloatTensor> fed = new ArrayList<>();
        try {
            parameters.forEach((tensor, variable) -> assign(runner, variable, tensor.of(state.weights()), fed));
            firstMoments.forEach((tensor, variable) ->
                    assign(runner, variable, state.firstMoments().of(tensor), fed));
            secondMoments.forEach((tensor, variable) ->
                    assign(runner, variable, state.secondMoments().of(tensor), fed));
            runner.run().close();
        } finally {
            fed.forEach(FloatTensor::close);
        }
        steps = state.steps();
        batchesTracked = state.weights().firstNorm().batchesTracked();
    }

    /** Copies every variable. */
    TrainingState state() {
        return new TrainingState(weights(), read(firstMoments), read(secondMoments), steps);
    }

    /** Copies parameters and running statistics. */
    ProjectorWeights weights() {
        return ProjectorTensor.assemble(size.input, size.hidden, size.output, read(parameters), batchesTracked);
    }

    /**
     * Makes one step.
     *
     * @param sources {@code [sources · batch, input]} unit rows: the batch of the first modality, then that of the second …
     * @param targets {@code [targets · batch, output]} unit rows, likewise
     * @return the terms before the step, {@code [target modality][source modality]} row by row
     */
    float[] step(FloatTensor sources, FloatTensor targets) {
        long next = steps + 1;
        // PyTorch divides by (√(v / (1 − β₂ᵗ)) + ε); taking both corrections out of the fraction leaves TensorFlow's
        // form.
        double correction = Math.sqrt(1 - Math.pow(BETA2, (double) next));
        float[] terms;
        try (TFloat32 rateValue =
                        TFloat32.scalarOf((float) (learningRate * correction / (1 - Math.pow(BETA1, (double) next))));
                TFloat32 epsilonValue = TFloat32.scalarOf((float) (EPSILON * correction))) {
            Session.Runner runner = session.runner()
                    .feed(sourceRows, sources.tensor())
                    .feed(targetRows, targets.tensor())
                    .feed(rate, rateValue)
                    .feed(epsilon, epsilonValue)
                    .fetch(losses);
            updates.forEach(runner::addTarget);
            try (Result result = runner.run()) {
                terms = values(result, 0);
            }
        }
        steps = next;
        batchesTracked += size.sources;
        return terms;
    }

    /** The gradients that a step on these rows would use; changes nothing. */
    PerTensor<float[]> gradients(FloatTensor sources, FloatTensor targets) {
        Session.Runner runner =
                session.runner().feed(sourceRows, sources.tensor()).feed(targetRows, targets.tensor());
        gradients.values().forEach(runner::fetch);
        try (Result result = runner.run()) {
            return values(gradients.tensors(), result);
        }
    }

    /**
     * Projects in inference mode, with the running statistics.
     *
     * @param rows {@code [n, input]}
     * @return {@code [n, output]} unit rows
     */
    float[] project(FloatTensor rows) {
        try (Result result = session.runner()
                .feed(anyRows, rows.tensor())
                .fetch(projectedRows)
                .run()) {
            return values(result, 0);
        }
    }

    /** Frees graph, session and variables. */
    @Override
    public void close() {
        session.close();
    }

    // ---- building

    /** What a step computes before it changes anything. */
    private record StepOperations(
            Operand<TFloat32> losses,
            PerTensor<Operand<TFloat32>> gradients,
            List<BatchStatistics> first,
            List<BatchStatistics> second) {}

    /** Mean and unbiased variance of one batch. */
    private record BatchStatistics(Operand<TFloat32> mean, Operand<TFloat32> variance) {}

    private StepOperations step(double temperature) {
        PerTensor<List<Operand<TFloat32>>> parts = PerTensor.of(ProjectorTensor.TRAINED, tensor -> new ArrayList<>());
        List<BatchStatistics> first = new ArrayList<>();
        List<BatchStatistics> second = new ArrayList<>();
        List<List<Operand<TFloat32>>> losses = new ArrayList<>();

        List<Operand<TFloat32>> scaledTargets =
                blocks(tf.math.mul(targetRows, tf.constant((float) (1 / temperature))), size.targets);
        Operand<TFloat32> towardsOwn = tf.math.mul(sum(scaledTargets), tf.constant((float) (-1.0 / size.batch)));
        SymmetricInfoNce infoNce = new SymmetricInfoNce(tf, size.batch, temperature);

        for (Operand<TFloat32> x : blocks(sourceRows, size.sources)) {
            Operand<TFloat32> h = tf.linalg.matMul(x, read(ProjectorTensor.FIRST_WEIGHT), MatMul.transposeB(true));
            Normalisation norm1 = new Normalisation(
                    h, size.hidden, ProjectorTensor.FIRST_NORM_WEIGHT, ProjectorTensor.FIRST_NORM_BIAS);
            Operand<TFloat32> active = tf.nn.relu(norm1.output);
            Operand<TFloat32> z =
                    tf.linalg.matMul(active, read(ProjectorTensor.SECOND_WEIGHT), MatMul.transposeB(true));
            Normalisation norm2 = new Normalisation(
                    z, size.output, ProjectorTensor.SECOND_NORM_WEIGHT, ProjectorTensor.SECOND_NORM_BIAS);
            Operand<TFloat32> inverseNorm = inverseNorm(norm2.output);
            Operand<TFloat32> projected = tf.math.mul(norm2.output, inverseNorm);

            List<Operand<TFloat32>> terms = new ArrayList<>();
            List<Operand<TFloat32>> pulls = new ArrayList<>(List.of(towardsOwn));
            for (Operand<TFloat32> scaledTarget : scaledTargets) {
                SymmetricInfoNce.Term term = infoNce.term(projected, scaledTarget);
                terms.add(term.loss());
                pulls.add(tf.linalg.matMul(term.weights(), scaledTarget));
            }
            losses.add(terms);

            // Through p = y / ‖y‖: dy = (dp − p (p · dp)) / ‖y‖.
            Operand<TFloat32> dProjected = sum(pulls);
            Operand<TFloat32> along = tf.sum(tf.math.mul(dProjected, projected), tf.constant(1), Sum.keepDims(true));
            Operand<TFloat32> dNormed2 =
                    tf.math.mul(tf.math.sub(dProjected, tf.math.mul(projected, along)), inverseNorm);
            Operand<TFloat32> dz = norm2.gradient(dNormed2, parts);
            parts.of(ProjectorTensor.SECOND_WEIGHT).add(tf.linalg.matMul(dz, active, MatMul.transposeA(true)));
            Operand<TFloat32> dActive = tf.linalg.matMul(dz, read(ProjectorTensor.SECOND_WEIGHT));
            Operand<TFloat32> dh = norm1.gradient(tf.nn.reluGrad(dActive, active), parts);
            parts.of(ProjectorTensor.FIRST_WEIGHT).add(tf.linalg.matMul(dh, x, MatMul.transposeA(true)));

            first.add(norm1.statistics());
            second.add(norm2.statistics());
        }

        List<Operand<TFloat32>> byTarget = new ArrayList<>();
        for (int target = 0; target < size.targets; target++) {
            for (List<Operand<TFloat32>> ofSource : losses) {
                byTarget.add(ofSource.get(target));
            }
        }
        return new StepOperations(tf.stack(byTarget), parts.map(this::sum), first, second);
    }

    /** Batch normalisation with the statistics of the batch. */
    private final class Normalisation {

        private final ProjectorTensor weight;
        private final ProjectorTensor bias;
        private final int features;
        private final Operand<TFloat32> input;
        private final FusedBatchNorm<TFloat32, TFloat32> norm;

        /** {@code [batch, features]}. */
        final Operand<TFloat32> output;

        Normalisation(Operand<TFloat32> rows, int features, ProjectorTensor weight, ProjectorTensor bias) {
            this.weight = weight;
            this.bias = bias;
            this.features = features;
            this.input = asPicture(rows);
            Operand<TFloat32> none = tf.constant(new float[0]);
            this.norm = tf.nn.fusedBatchNorm(
                    input,
                    read(weight),
                    read(bias),
                    none,
                    none,
                    FusedBatchNorm.epsilon((float) BatchNormWeights.EPSILON),
                    FusedBatchNorm.isTraining(true));
            this.output = asRows(norm.y());
        }

        /** Adds the gradients of weight and bias to the parts, returns that of the input. */
        Operand<TFloat32> gradient(Operand<TFloat32> outputGradient, PerTensor<List<Operand<TFloat32>>> parts) {
            FusedBatchNormGrad<TFloat32, TFloat32> gradient = tf.nn.fusedBatchNormGrad(
                    asPicture(outputGradient),
                    input,
                    read(weight),
                    norm.reserveSpace1(),
                    norm.reserveSpace2(),
                    norm.reserveSpace3(),
                    FusedBatchNormGrad.epsilon((float) BatchNormWeights.EPSILON),
                    FusedBatchNormGrad.isTraining(true));
            parts.of(weight).add(gradient.scaleBackprop());
            parts.of(bias).add(gradient.offsetBackprop());
            return asRows(gradient.xBackprop());
        }

        /** The operation's variance output is the unbiased one, which is what the running statistics take. */
        BatchStatistics statistics() {
            return new BatchStatistics(norm.batchMean(), norm.batchVariance());
        }

        private Operand<TFloat32> asPicture(Operand<TFloat32> rows) {
            return tf.reshape(rows, tf.constant(new int[] {size.batch, 1, 1, features}));
        }

        private Operand<TFloat32> asRows(Operand<TFloat32> picture) {
            return tf.reshape(picture, tf.constant(new int[] {size.batch, features}));
        }
    }

    private List<Op> updates(StepOperations step) {
        // Only when every gradient exists: a weight that changes earlier would be read by gradients still under way.
        List<Op> barrier = new ArrayList<>(step.gradients.values());
        barrier.add(step.losses);
        Ops after = tf.withControlDependencies(barrier);
        List<Op> updates = new ArrayList<>();
        Operand<TFloat32> corrected = tf.constant(0f);
        for (ProjectorTensor tensor : ProjectorTensor.TRAINED) {
            // The powers of β are fed as 0, that is as "already corrected": see step().
            updates.add(after.train.resourceApplyAdam(
                    parameters.of(tensor).handle(),
                    firstMoments.of(tensor).handle(),
                    secondMoments.of(tensor).handle(),
                    corrected,
                    corrected,
                    rate,
                    tf.constant(BETA1),
                    tf.constant(BETA2),
                    epsilon,
                    step.gradients.of(tensor)));
        }
        Operand<TFloat32> firstBias = read(ProjectorTensor.FIRST_BIAS);
        Operand<TFloat32> secondBias = read(ProjectorTensor.SECOND_BIAS);
        updates.add(running(
                after, ProjectorTensor.FIRST_RUNNING_MEAN, step.first.stream().map(s ->
                        (Operand<TFloat32>) tf.math.add(s.mean, firstBias))));
        updates.add(running(
                after,
                ProjectorTensor.FIRST_RUNNING_VARIANCE,
                step.first.stream().map(s -> s.variance)));
        updates.add(running(
                after, ProjectorTensor.SECOND_RUNNING_MEAN, step.second.stream().map(s ->
                        (Operand<TFloat32>) tf.math.add(s.mean, secondBias))));
        updates.add(running(
                after,
                ProjectorTensor.SECOND_RUNNING_VARIANCE,
                step.second.stream().map(s -> s.variance)));
        return updates;
    }

    /** Moves a running statistic towards that of each batch, one after the other. */
    private Op running(Ops after, ProjectorTensor statistic, Stream<Operand<TFloat32>> batches) {
        Operand<TFloat32> share = tf.constant((float) BatchNormWeights.MOMENTUM);
        Operand<TFloat32> rest = tf.constant((float) (1 - BatchNormWeights.MOMENTUM));
        Operand<TFloat32> value = read(statistic);
        for (Operand<TFloat32> batch : batches.toList()) {
            value = tf.math.add(tf.math.mul(value, rest), tf.math.mul(batch, share));
        }
        return after.assignVariableOp(parameters.of(statistic).handle(), value);
    }

    private Operand<TFloat32> projection(Operand<TFloat32> rows) {
        Operand<TFloat32> h = tf.math.add(
                tf.linalg.matMul(rows, read(ProjectorTensor.FIRST_WEIGHT), MatMul.transposeB(true)),
                read(ProjectorTensor.FIRST_BIAS));
        Operand<TFloat32> active = tf.nn.relu(normaliseByRunning(
                h,
                ProjectorTensor.FIRST_NORM_WEIGHT,
                ProjectorTensor.FIRST_NORM_BIAS,
                ProjectorTensor.FIRST_RUNNING_MEAN,
                ProjectorTensor.FIRST_RUNNING_VARIANCE));
        Operand<TFloat32> z = tf.math.add(
                tf.linalg.matMul(active, read(ProjectorTensor.SECOND_WEIGHT), MatMul.transposeB(true)),
                read(ProjectorTensor.SECOND_BIAS));
        Operand<TFloat32> y = normaliseByRunning(
                z,
                ProjectorTensor.SECOND_NORM_WEIGHT,
                ProjectorTensor.SECOND_NORM_BIAS,
                ProjectorTensor.SECOND_RUNNING_MEAN,
                ProjectorTensor.SECOND_RUNNING_VARIANCE);
        return tf.math.mul(y, inverseNorm(y));
    }

    private Operand<TFloat32> normaliseByRunning(
            Operand<TFloat32> rows,
            ProjectorTensor weight,
            ProjectorTensor bias,
            ProjectorTensor mean,
            ProjectorTensor variance) {
        Operand<TFloat32> scale =
                tf.math.mul(read(weight), tf.math.rsqrt(tf.math.add(read(variance), tf.constant((float)
                        BatchNormWeights.EPSILON))));
        return tf.math.add(tf.math.mul(tf.math.sub(rows, read(mean)), scale), read(bias));
    }

    private Operand<TFloat32> inverseNorm(Operand<TFloat32> rows) {
        Operand<TFloat32> squared = tf.sum(tf.math.square(rows), tf.constant(1), Sum.keepDims(true));
        return tf.math.rsqrt(tf.math.maximum(squared, tf.constant(SMALLEST_SQUARED_NORM)));
    }

    private List<Operand<TFloat32>> blocks(Operand<TFloat32> stacked, int count) {
        return count == 1
                ? List.of(stacked)
                : List.copyOf(tf.split(tf.constant(0), stacked, (long) count).output());
    }

    private Operand<TFloat32> sum(List<Operand<TFloat32>> operands) {
        return operands.size() == 1 ? operands.get(0) : tf.math.addN(operands);
    }

    private Operand<TFloat32> read(ProjectorTensor tensor) {
        return parameters.of(tensor).read();
    }

    private Variable variable(String role, ProjectorTensor tensor) {
        long[] shape = tensor.shape(size.input, size.hidden, size.output);
        Operand<? extends TType> handle = tf.varHandleOp(
                TFloat32.class, Shape.of(shape), VarHandleOp.sharedName(role + "." + tensor.officialName()));
        Placeholder<TFloat32> value = placeholder(shape);
        return new Variable(
                handle, value, tf.assignVariableOp(handle, value), tf.readVariableOp(handle, TFloat32.class), shape);
    }

    private Placeholder<TFloat32> placeholder(long... shape) {
        return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(shape)));
    }

    // ---- running

    private static void assign(Session.Runner runner, Variable variable, float[] values, List<FloatTensor> fed) {
        FloatTensor tensor = FloatTensor.copyOf(FloatBuffer.wrap(values), variable.shape);
        fed.add(tensor);
        runner.feed(variable.value, tensor.tensor()).addTarget(variable.assignment);
    }

    private PerTensor<float[]> read(PerTensor<Variable> variables) {
        Session.Runner runner = session.runner();
        variables.values().forEach(variable -> runner.fetch(variable.read));
        try (Result result = runner.run()) {
            return values(variables.tensors(), result);
        }
    }

    private static PerTensor<float[]> values(Set<ProjectorTensor> fetched, Result result) {
        List<ProjectorTensor> order = List.copyOf(fetched);
        return PerTensor.of(order, tensor -> values(result, order.indexOf(tensor)));
    }

    private static float[] values(Result result, int index) {
        FloatBuffer memory = TensorMemory.floats((TFloat32) result.get(index));
        float[] values = new float[memory.remaining()];
        memory.get(values);
        return values;
    }
}
