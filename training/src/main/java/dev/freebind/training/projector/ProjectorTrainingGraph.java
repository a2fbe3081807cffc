package dev.freebind.training.projector;

import dev.freebind.api.Modality;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TrainedVariable;
import dev.freebind.tensorflow.training.Adam;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * One training step as a TensorFlow graph, with the variables it changes: noise if the recipe wants any, the rows of every
 * modality through their {@linkplain ProjectorHead projector}, the {@linkplain Objective objective}, and the gradients back to
 * {@link Adam}.
 *
 * <p>Every projected modality is a batch of its own with its own statistics; the gradients of all terms and modalities are
 * summed; the running statistics move once per modality, in the order of the modalities.
 *
 * <p>The biases of linear layers in front of a batch normalisation are held: the normalisation takes them out again, so their
 * gradient is zero, and Adam would only divide rounding noise by rounding noise. They count in the running means.
 *
 * <p>Not safe for use from several threads.
 */
final class ProjectorTrainingGraph implements AutoCloseable {

    private final Plan plan;
    private final ProjectorWeights source;
    private final GraphSession session;
    private final Ops tf;
    private final List<ProjectorHead> heads = new ArrayList<>();
    private final Adam adam;

    private final Placeholder<TFloat32> sourceRows;
    private final Placeholder<TFloat32> targetRows;
    private final Placeholder<TInt64> noiseSeed;
    private final Operand<TFloat32> losses;
    private final List<PerTensor<Operand<TFloat32>>> gradients = new ArrayList<>();
    private final List<Op> updates = new ArrayList<>();
    private final List<Projection> projections = new ArrayList<>();

    private long steps;

    /**
     * What a graph is made for.
     *
     * @param sources the projected modalities, at least 1, in the order in which they move the running statistics
     * @param targets the modalities of the other side, at least 1, likewise
     * @param targetDimension length of the target's rows
     * @param batch rows in a step, at least 2
     * @param settings temperature, rate and recipe
     * @param totalSteps how many steps are to be made, at least 1
     * @param seed decides the noise
     */
    record Plan(
            List<Modality> sources,
            List<Modality> targets,
            int targetDimension,
            int batch,
            TrainingSettings settings,
            long totalSteps,
            long seed) {
        Plan {
            sources = List.copyOf(sources);
            targets = List.copyOf(targets);
        }
    }

    /** Inference: rows in, unit rows out. */
    private record Projection(Placeholder<TFloat32> rows, Operand<TFloat32> projected) {}

    /**
     * Builds the graph, ready to go on from a state.
     *
     * @param state one projector for the source, or one for each side
     */
    ProjectorTrainingGraph(TensorFlowRuntime runtime, Plan plan, TrainingState state) {
        this.plan = plan;
        this.source = state.weights().get(0);
        this.session = runtime.session();
        try {
            this.tf = session.ops();
            List<ProjectorWeights> projectors = state.weights();
            projectors.forEach(weights -> heads.add(new ProjectorHead(session, weights)));
            adam = new Adam(
                    session,
                    heads.stream().flatMap(head -> head.trained().stream()).toList(),
                    plan.settings.recipe().weightDecay());
            noiseSeed = tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(2)));
            sourceRows = placeholder(
                    (long) plan.sources.size() * plan.batch, projectors.get(0).inputDimension());
            targetRows = placeholder((long) plan.targets.size() * plan.batch, plan.targetDimension);
            losses = step();
            for (int i = 0; i < heads.size(); i++) {
                for (boolean adapted : projectors.get(i).adapter() == null ? List.of(false) : List.of(false, true)) {
                    Placeholder<TFloat32> rows =
                            placeholder(Shape.UNKNOWN_SIZE, projectors.get(i).inputDimension());
                    projections.add(new Projection(rows, heads.get(i).project(rows, adapted)));
                }
            }
            load(state);
        } catch (RuntimeException | Error failure) {
            session.close();
            throw failure;
        }
    }

    /** Every variable: those of the heads, then Adam's. */
    private List<TrainedVariable> variables() {
        List<TrainedVariable> variables = new ArrayList<>();
        heads.forEach(head -> variables.addAll(head.variables()));
        variables.addAll(adam.firstMoments());
        variables.addAll(adam.secondMoments());
        return variables;
    }

    private void load(TrainingState state) {
        List<float[]> values = new ArrayList<>();
        for (int i = 0; i < heads.size(); i++) {
            ProjectorWeights weights = state.heads().get(i).weights();
            values.addAll(heads.get(i).values(weights));
            heads.get(i).resume(weights);
        }
        addMoments(state, TrainingState.Head::firstMoments, values);
        addMoments(state, TrainingState.Head::secondMoments, values);
        TrainedVariable.assignAll(variables(), values);
        steps = state.steps();
    }

    private static void addMoments(
            TrainingState state, Function<TrainingState.Head, PerTensor<float[]>> moments, List<float[]> values) {
        for (TrainingState.Head head : state.heads()) {
            ProjectorTensor.trained(head.weights())
                    .forEach(tensor -> values.add(moments.apply(head).of(tensor)));
        }
    }

    /** Copies every variable. */
    TrainingState state() {
        Iterator<float[]> values = TrainedVariable.readAll(variables()).iterator();
        List<ProjectorWeights> weights =
                heads.stream().map(head -> head.weights(values)).toList();
        List<PerTensor<float[]>> first = moments(weights, values);
        List<PerTensor<float[]>> second = moments(weights, values);
        List<TrainingState.Head> states = new ArrayList<>();
        for (int i = 0; i < heads.size(); i++) {
            states.add(new TrainingState.Head(weights.get(i), first.get(i), second.get(i)));
        }
        return new TrainingState(states, steps);
    }

    /** Copies parameters and running statistics. */
    List<ProjectorWeights> weights() {
        return state().weights();
    }

    private static List<PerTensor<float[]>> moments(List<ProjectorWeights> weights, Iterator<float[]> values) {
        return weights.stream()
                .map(ofHead -> PerTensor.of(ProjectorTensor.trained(ofHead), tensor -> values.next()))
                .toList();
    }

    /**
     * Makes one step.
     *
     * @param sources {@code [sources · batch, input]} unit rows: the batch of the first modality, then that of the second …
     * @param targets {@code [targets · batch, output]} unit rows, likewise
     * @return the objective's terms before the step
     */
    float[] step(FloatTensor sources, FloatTensor targets) {
        long next = steps + 1;
        double rate =
                plan.settings.learningRate() * plan.settings.recipe().schedule().fraction(steps, plan.totalSteps, 0);
        float[] terms;
        try (Adam.StepSize size = adam.stepSize(rate, next);
                TInt64 seed = noiseSeed(next)) {
            Session.Runner runner = runner(sources, targets, seed).fetch(losses);
            size.feed(runner);
            updates.forEach(runner::addTarget);
            try (Result result = runner.run()) {
                terms = ProjectorHead.values(result, 0);
            }
        }
        steps = next;
        heads.forEach(ProjectorHead::stepped);
        return terms;
    }

    /** The gradients of every projector that a step on these rows would use; changes nothing. */
    List<PerTensor<float[]>> gradients(FloatTensor sources, FloatTensor targets) {
        try (TInt64 seed = noiseSeed(steps + 1)) {
            return gradients.stream()
                    .map(ofHead -> ProjectorHead.values(ofHead, runner(sources, targets, seed)))
                    .toList();
        }
    }

    private Session.Runner runner(FloatTensor sources, FloatTensor targets, TInt64 seed) {
        Session.Runner runner =
                session.runner().feed(sourceRows, sources.tensor()).feed(targetRows, targets.tensor());
        return plan.settings.recipe().noise() > 0 ? runner.feed(noiseSeed, seed) : runner;
    }

    /** The noise of a step is decided by seed and step alone, so that a resumed training makes the same. */
    private TInt64 noiseSeed(long step) {
        return TInt64.vectorOf(plan.seed, step);
    }

    /** Says whether the target side has a projector of its own. */
    boolean projectsTargets() {
        return heads.size() > 1;
    }

    /**
     * Projects source rows in inference mode, with the running statistics.
     *
     * @param modality what the rows are of
     * @param rows {@code [n, input]}
     * @return {@code [n, output]} unit rows
     */
    float[] project(Modality modality, FloatTensor rows) {
        return project(projections.get(source.adapts(modality) ? 1 : 0), rows, session);
    }

    /** The same with the target's projector. */
    float[] projectTarget(FloatTensor rows) {
        return project(projections.get(projections.size() - 1), rows, session);
    }

    private static float[] project(Projection projection, FloatTensor rows, GraphSession session) {
        try (Result result = session.runner()
                .feed(projection.rows, rows.tensor())
                .fetch(projection.projected)
                .run()) {
            return ProjectorHead.values(result, 0);
        }
    }

    /** Frees graph, session and variables. */
    @Override
    public void close() {
        session.close();
    }

    // ---- building

    /** Adds the step; returns the objective's terms as a vector. */
    private Operand<TFloat32> step() {
        boolean projectsTargets = projectsTargets();
        List<ProjectorHead.Pass> passes = passes(heads.get(0), plan.sources, noisy(sourceRows, 0));
        List<Branch> sources = passes.stream().map(ProjectorHead.Pass::branch).toList();
        List<Branch> targets = new ArrayList<>();
        if (projectsTargets) {
            List<ProjectorHead.Pass> ofTargets = passes(heads.get(1), plan.targets, noisy(targetRows, 1));
            ofTargets.forEach(pass -> targets.add(pass.branch()));
            passes.addAll(ofTargets);
        } else {
            List<Operand<TFloat32>> blocks = blocks(noisy(targetRows, 1), plan.targets.size());
            for (int i = 0; i < blocks.size(); i++) {
                targets.add(new Branch(plan.targets.get(i), blocks.get(i), blocks.get(i)));
            }
        }
        Operand<TFloat32> terms =
                tf.stack(Objective.of(plan.settings).terms(tf, plan.batch, sources, targets, projectsTargets));
        passes.forEach(ProjectorHead.Pass::backward);
        heads.forEach(head -> gradients.add(head.gradients()));

        List<Operand<TFloat32>> all = new ArrayList<>();
        gradients.forEach(ofHead -> all.addAll(ofHead.values()));
        updates.addAll(adam.step(all, List.of(terms)));
        List<Op> barrier = new ArrayList<>(all);
        barrier.add(terms);
        Ops after = tf.withControlDependencies(barrier);
        heads.forEach(head -> updates.addAll(head.runningUpdates(after)));
        return terms;
    }

    private List<ProjectorHead.Pass> passes(ProjectorHead head, List<Modality> modalities, Operand<TFloat32> rows) {
        List<ProjectorHead.Pass> passes = new ArrayList<>();
        List<Operand<TFloat32>> blocks = blocks(rows, modalities.size());
        for (int i = 0; i < modalities.size(); i++) {
            passes.add(head.pass(modalities.get(i), blocks.get(i), plan.batch));
        }
        return passes;
    }

    /** Rows with noise of their own: the seed of a step and a side is not that of any other. */
    private Operand<TFloat32> noisy(Operand<TFloat32> rows, long side) {
        Operand<TInt64> seed =
                tf.math.add(tf.math.mul(noiseSeed, tf.constant(new long[] {1, 2})), tf.constant(new long[] {0, side}));
        return Noise.on(tf, rows, plan.settings.recipe().noise(), seed);
    }

    private List<Operand<TFloat32>> blocks(Operand<TFloat32> stacked, int count) {
        return count == 1
                ? List.of(stacked)
                : List.copyOf(tf.split(tf.constant(0), stacked, (long) count).output());
    }

    private Placeholder<TFloat32> placeholder(long... shape) {
        return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(shape)));
    }
}
