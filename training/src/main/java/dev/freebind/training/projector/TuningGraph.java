package dev.freebind.training.projector;

import dev.freebind.bonds.execution.ModalityTuning.Task;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TensorMemory;
import dev.freebind.tensorflow.TrainedVariable;
import dev.freebind.tensorflow.layers.Sequences;
import dev.freebind.tensorflow.training.Adam;
import dev.freebind.tensorflow.training.GradientSums;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * One step of tuning as a TensorFlow graph: the embeddings of a modality as the product composes them, symmetric InfoNCE against
 * frozen embeddings, gradients by everything that is tuned, Adam.
 *
 * <p>A batch may go through in parts. InfoNCE compares every pair of the batch with every other, so summing the gradients of
 * losses of parts would be another objective. Instead all parts are embedded first, the loss's gradient by each embedding is
 * taken over the whole batch, and every part goes through once more to carry its gradient to the weights (gradient caching, Gao
 * et al., 2021): the same step as in one piece, but for rounding, at the price of one more pass forward.
 *
 * <p>Not safe for use from several threads.
 */
final class TuningGraph implements AutoCloseable {

    /**
     * What a graph is made for.
     *
     * @param rows in each part of a batch
     * @param parts of a batch, at least 1
     */
    record Size(int rows, int parts) {
        /** Rows of a batch. */
        int batch() {
            return rows * parts;
        }
    }

    /**
     * What one part is fed.
     *
     * @param input as {@link TuningInput#read} gives it
     * @param expert {@code [rows, output]}; null where the expert does not know the modality
     * @param rows how many
     */
    record Part(FloatTensor input, @Nullable FloatTensor expert, int rows) implements AutoCloseable {
        @Override
        public void close() {
            try (input) {
                if (expert != null) {
                    expert.close();
                }
            }
        }
    }

    private final Size size;
    private final int dimension;
    private final GraphSession session;
    private final TuningInput input;
    private final List<TrainedVariable> variables = new ArrayList<>();
    private final Adam adam;

    private final @Nullable Placeholder<TFloat32> expert;
    private final Placeholder<TFloat32> frozen;
    private final Operand<TFloat32> tuned;
    private final Operand<TFloat32> loss;
    private final List<Output<TFloat32>> gradients = new ArrayList<>();
    private final List<Op> updates;
    private final @Nullable Parts parts;
    private long steps;

    /**
     * What a batch in parts needs.
     *
     * @param embedded the embeddings of all parts, fed
     * @param pull the loss's gradient by them
     * @param pullOfPart the share of one part, fed
     * @param sums the gradients of the parts so far
     */
    private record Parts(
            Placeholder<TFloat32> embedded,
            Operand<TFloat32> pull,
            Placeholder<TFloat32> pullOfPart,
            GradientSums sums) {}

    /** Builds the graph; what is tuned starts from the task's weights, Adam from nothing. */
    TuningGraph(TensorFlowRuntime runtime, Task task, Size size) {
        this.size = size;
        this.dimension = task.frozen().dimension();
        this.session = runtime.session();
        try {
            Ops tf = session.ops();
            input = TuningInput.of(session, task);
            TunedMixture mixture = new TunedMixture(session, task.projectors(), task.modality());
            variables.addAll(mixture.variables());
            variables.addAll(input.variables());
            adam = new Adam(session, variables);
            frozen = rows(tf, size.batch());

            Operand<TFloat32> projected = mixture.apply(input.rows());
            expert = task.expert() == null ? null : rows(tf, Shape.UNKNOWN_SIZE);
            tuned = expert == null ? projected : mixed(tf, projected, expert, task.factor());

            SymmetricInfoNce infoNce =
                    new SymmetricInfoNce(tf, size.batch(), task.settings().temperature());
            Operand<TFloat32> scaled =
                    tf.math.mul(frozen, tf.constant((float) (1 / task.settings().temperature())));
            if (size.parts() == 1) {
                parts = null;
                SymmetricInfoNce.Term term = infoNce.term(tuned, scaled);
                loss = term.loss();
                differentiate(pull(tf, term, scaled));
                updates = adam.step(gradients, List.of(loss));
            } else {
                Placeholder<TFloat32> embedded = rows(tf, size.batch());
                SymmetricInfoNce.Term term = infoNce.term(embedded, scaled);
                loss = term.loss();
                Placeholder<TFloat32> pullOfPart = rows(tf, size.rows());
                differentiate(pullOfPart);
                GradientSums sums = new GradientSums(session, variables, gradients);
                parts = new Parts(embedded, pull(tf, term, scaled), pullOfPart, sums);
                updates = adam.step(sums.sums(), List.of());
            }
        } catch (RuntimeException | Error failure) {
            session.close();
            throw failure;
        }
    }

    private Placeholder<TFloat32> rows(Ops tf, long count) {
        return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(count, dimension)));
    }

    private static Operand<TFloat32> mixed(Ops tf, Operand<TFloat32> base, Operand<TFloat32> other, double factor) {
        return Sequences.normalised(
                tf,
                tf.math.add(tf.math.mul(base, tf.constant((float) (1 - factor))), tf.math.mul(other, tf.constant((float)
                        factor))));
    }

    /** The loss's gradient by the tuned rows. */
    private Operand<TFloat32> pull(Ops tf, SymmetricInfoNce.Term term, Operand<TFloat32> scaled) {
        return tf.math.sub(tf.linalg.matMul(term.weights(), scaled), tf.math.mul(scaled, tf.constant((float)
                (1.0 / size.batch()))));
    }

    private void differentiate(Operand<TFloat32> pull) {
        Output<?>[] by =
                variables.stream().map(variable -> variable.value().asOutput()).toArray(Output<?>[]::new);
        Output<?>[] derived = session.graph()
                .addGradients("tuning", new Output<?>[] {tuned.asOutput()}, by, new Output<?>[] {pull.asOutput()});
        for (Output<?> gradient : derived) {
            gradients.add(float32(gradient));
        }
    }

    @SuppressWarnings("unchecked") // the gradient of a float32 by a float32
    private static Output<TFloat32> float32(Output<?> output) {
        return (Output<TFloat32>) output;
    }

    /** Everything that is tuned. */
    List<TrainedVariable> variables() {
        return variables;
    }

    /** The optimiser's state. */
    Adam adam() {
        return adam;
    }

    /** How many steps were made. */
    long steps() {
        return steps;
    }

    /** Goes on as after this many steps; variables and moments are assigned by the caller. */
    void resumeAt(long stepsMade) {
        steps = stepsMade;
    }

    /** Reads what is fed; safe beside a step on another thread. */
    TuningInput input() {
        return input;
    }

    /**
     * Makes one step.
     *
     * @param batch the parts, as many as this graph was made for
     * @param target {@code [batch, output]}, the frozen embeddings of all parts in order
     * @param learningRate of this step
     * @param seed decides which branches of an encoder's network are left out
     * @return the loss before the step
     */
    float step(List<Part> batch, FloatTensor target, double learningRate, long seed) {
        Parts inParts = parts;
        float before = inParts == null
                ? inOnePiece(batch.get(0), target, learningRate, seed)
                : step(inParts, batch, target, learningRate, seed);
        steps++;
        return before;
    }

    private float inOnePiece(Part part, FloatTensor target, double learningRate, long seed) {
        Session.Runner runner = session.runner().feed(frozen, target.tensor()).fetch(loss);
        updates.forEach(runner::addTarget);
        try (FloatTensor branches = input.branches(part.rows, seed);
                Adam.StepSize stepSize = adam.stepSize(learningRate, steps + 1)) {
            stepSize.feed(feed(runner, part, branches));
            try (Result result = runner.run()) {
                return scalar(result);
            }
        }
    }

    private float step(Parts inParts, List<Part> batch, FloatTensor target, double learningRate, long seed) {
        List<@Nullable FloatTensor> branches = new ArrayList<>();
        try (FloatTensor embedded = FloatTensor.allocate(size.batch(), dimension);
                FloatTensor pullOfPart = FloatTensor.allocate(size.rows(), dimension)) {
            FloatBuffer all = embedded.buffer();
            for (int i = 0; i < batch.size(); i++) {
                FloatTensor ofPart = input.branches(batch.get(i).rows, seed + i);
                branches.add(ofPart);
                embed(batch.get(i), ofPart, all);
            }
            float before;
            try (Result result = session.runner()
                    .feed(inParts.embedded, embedded.tensor())
                    .feed(frozen, target.tensor())
                    .fetch(loss)
                    .fetch(inParts.pull)
                    .run()) {
                before = scalar(result);
                FloatBuffer pulls = TensorMemory.floats((TFloat32) result.get(1));
                for (int i = 0; i < batch.size(); i++) {
                    int length = size.rows() * dimension;
                    pullOfPart.buffer().put(pulls.slice(i * length, length));
                    Session.Runner runner = feed(session.runner(), batch.get(i), branches.get(i))
                            .feed(inParts.pullOfPart, pullOfPart.tensor());
                    (i == 0 ? inParts.sums.begin() : inParts.sums.add()).forEach(runner::addTarget);
                    runner.run().close();
                }
            }
            Session.Runner runner = session.runner();
            updates.forEach(runner::addTarget);
            try (Adam.StepSize stepSize = adam.stepSize(learningRate, steps + 1)) {
                stepSize.feed(runner);
                runner.run().close();
            }
            return before;
        } finally {
            for (FloatTensor ofPart : branches) {
                if (ofPart != null) {
                    ofPart.close();
                }
            }
        }
    }

    /**
     * The loss's gradients by {@link #variables} that a step on this batch would use, where a batch is one part; changes
     * nothing.
     */
    List<float[]> gradients(Part part, FloatTensor target, long seed) {
        Session.Runner runner = session.runner().feed(frozen, target.tensor());
        gradients.forEach(runner::fetch);
        try (FloatTensor branches = input.branches(part.rows, seed);
                Result result = feed(runner, part, branches).run()) {
            List<float[]> values = new ArrayList<>();
            for (int i = 0; i < gradients.size(); i++) {
                FloatBuffer memory = TensorMemory.floats((TFloat32) result.get(i));
                float[] copy = new float[memory.remaining()];
                memory.get(copy);
                values.add(copy);
            }
            return values;
        }
    }

    /** The loss of a batch that is one part; changes nothing. */
    float loss(Part part, FloatTensor target, long seed) {
        Session.Runner runner = session.runner().feed(frozen, target.tensor()).fetch(loss);
        try (FloatTensor branches = input.branches(part.rows, seed);
                Result result = feed(runner, part, branches).run()) {
            return scalar(result);
        }
    }

    /**
     * Embeds as at inference: no branch is left out.
     *
     * @param target gets {@code [rows, output]}, unit rows
     */
    void embed(Part part, FloatBuffer target) {
        try (FloatTensor branches = input.branches(part.rows, null)) {
            embed(part, branches, target);
        }
    }

    private void embed(Part part, @Nullable FloatTensor branches, FloatBuffer target) {
        try (Result result = feed(session.runner().fetch(tuned), part, branches).run()) {
            target.put(TensorMemory.floats((TFloat32) result.get(0)));
        }
    }

    private Session.Runner feed(Session.Runner runner, Part part, @Nullable FloatTensor branches) {
        input.feed(runner, part.input, branches);
        if (expert != null && part.expert != null) {
            runner.feed(expert, part.expert.tensor());
        }
        return runner;
    }

    private static float scalar(Result result) {
        return TensorMemory.floats((TFloat32) result.get(0)).get(0);
    }

    /** Frees graph, session and variables. */
    @Override
    public void close() {
        session.close();
    }
}
