package dev.freebind.training.projector;

import dev.freebind.api.Modality;
import dev.freebind.bonds.graph.Routing;
import dev.freebind.bonds.router.RouterWeights;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TensorMemory;
import dev.freebind.tensorflow.TrainedVariable;
import dev.freebind.tensorflow.layers.Sequences;
import dev.freebind.tensorflow.training.Adam;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
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
 * One step of router training as a TensorFlow graph (OmniBind): weights of every source from the routers, the weighed sum
 * normalised, symmetric InfoNCE between every pair of modalities, binary cross-entropy of the text router's scores against the
 * sources of the text's origin, gradients by the routers, Adam.
 *
 * <p>Not safe for use from several threads.
 */
final class RouterTrainingGraph implements AutoCloseable {

    /**
     * What a graph is made for.
     *
     * @param batch rows in a step, at least 2
     * @param output length of the routed rows
     * @param modalities how long the rows are that a modality's router reads, 0 for no router, and how many sources it weighs
     * @param decoupled how many of the text router's scores, counted from the first, are compared with labels; 0 for no
     *     decoupling
     */
    record Size(int batch, int output, NavigableMap<Modality, ModalitySize> modalities, int decoupled) {}

    /**
     * The sizes of one modality.
     *
     * @param read length of the rows the router reads; 0 for no router
     * @param sources how many it weighs
     */
    record ModalitySize(int read, int sources) {}

    /**
     * What one modality is fed.
     *
     * @param read {@code [batch, read]}; anything where there is no router
     * @param weighed {@code [sources · batch, output]}: the batch of the first source, then that of the second …
     */
    record Rows(FloatTensor read, FloatTensor weighed) {}

    /**
     * Labels of the texts of a batch.
     *
     * @param belongs {@code [batch, decoupled]}: 1 where a source belongs to the text's origin
     * @param counts {@code [batch]}: 1 where the origin is known, divided by how many are
     */
    record Labels(FloatTensor belongs, FloatTensor counts) implements AutoCloseable {
        @Override
        public void close() {
            try (belongs) {
                counts.close();
            }
        }
    }

    /** The losses before a step. */
    record Losses(float alignment, float decoupling) {}

    private final Size size;
    private final Routing settings;
    private final GraphSession session;
    private final Ops tf;
    private final Map<Modality, Placeholder<TFloat32>> read = new LinkedHashMap<>();
    private final Map<Modality, Placeholder<TFloat32>> weighed = new LinkedHashMap<>();
    private final Map<Modality, RouterNetwork> networks = new TreeMap<>();
    private final @Nullable Placeholder<TFloat32> belongs;
    private final @Nullable Placeholder<TFloat32> counts;
    private final Adam adam;
    private final List<TrainedVariable> trained = new ArrayList<>();
    private final Operand<TFloat32> alignment;
    private final Operand<TFloat32> decoupling;
    private final List<Output<TFloat32>> gradients = new ArrayList<>();
    private final List<Op> updates = new ArrayList<>();
    private long steps;

    /** Builds the graph. The variables have no value before {@link #load}, or before they are assigned. */
    RouterTrainingGraph(TensorFlowRuntime runtime, Size size, Routing settings) {
        this.size = size;
        this.settings = settings;
        this.session = runtime.session();
        try {
            this.tf = session.ops();
            Map<Modality, Operand<TFloat32>> routed = new LinkedHashMap<>();
            Operand<TFloat32> textLogits = null;
            for (Map.Entry<Modality, ModalitySize> entry : size.modalities.entrySet()) {
                Modality modality = entry.getKey();
                ModalitySize of = entry.getValue();
                Placeholder<TFloat32> sources = rows((long) of.sources * size.batch, size.output);
                weighed.put(modality, sources);
                if (of.read == 0) {
                    routed.put(modality, mean(sources, of.sources));
                    continue;
                }
                Placeholder<TFloat32> input = rows(size.batch, of.read);
                read.put(modality, input);
                RouterNetwork network = new RouterNetwork(
                        session,
                        modality + ".",
                        new RouterNetwork.Size(
                                of.read,
                                settings.hidden().first(),
                                settings.hidden().second(),
                                of.sources));
                networks.put(modality, network);
                Operand<TFloat32> logits = network.logits(input, size.batch);
                if (modality.equals(Modality.TEXT)) {
                    textLogits = logits;
                }
                routed.put(modality, weigh(sources, logits, of.sources, settings.sharpening(modality)));
            }
            alignment = alignment(List.copyOf(routed.values()));
            if (size.decoupled > 0 && textLogits != null) {
                belongs = rows(size.batch, size.decoupled);
                counts = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(size.batch)));
                Operand<TFloat32> labelled = tf.slice(
                        textLogits, tf.constant(new int[] {0, 0}), tf.constant(new int[] {size.batch, size.decoupled}));
                decoupling = decoupling(tf, labelled, belongs, counts);
            } else {
                belongs = null;
                counts = null;
                decoupling = tf.constant(0f);
            }
            networks.values().forEach(network -> trained.addAll(network.trained()));
            adam = new Adam(session, trained);
            Operand<TFloat32> loss = belongs == null
                    ? alignment
                    : tf.math.add(alignment, tf.math.mul(decoupling, tf.constant((float) settings.decoupling())));
            differentiate(loss);
            List<Op> barrier = new ArrayList<>(gradients);
            barrier.add(loss);
            updates.addAll(adam.step(gradients, List.of(loss)));
            Ops after = tf.withControlDependencies(barrier);
            networks.values().forEach(network -> updates.addAll(network.updates(after)));
        } catch (RuntimeException | Error failure) {
            session.close();
            throw failure;
        }
    }

    private Placeholder<TFloat32> rows(long count, long dimension) {
        return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(count, dimension)));
    }

    private List<Operand<TFloat32>> blocks(Operand<TFloat32> stacked, int count, int axis) {
        return count == 1
                ? List.of(stacked)
                : List.copyOf(tf.split(tf.constant(axis), stacked, (long) count).output());
    }

    private Operand<TFloat32> sum(List<Operand<TFloat32>> rows) {
        return rows.size() == 1 ? rows.get(0) : tf.math.addN(rows);
    }

    private Operand<TFloat32> mean(Operand<TFloat32> sources, int count) {
        return Sequences.normalised(tf, sum(blocks(sources, count, 0)));
    }

    private Operand<TFloat32> weigh(Operand<TFloat32> sources, Operand<TFloat32> logits, int count, double sharpening) {
        Operand<TFloat32> scores = tf.math.sigmoid(logits);
        Operand<TFloat32> weights = tf.nn.softmax(tf.math.mul(scores, tf.constant((float) sharpening)));
        List<Operand<TFloat32>> of = blocks(sources, count, 0);
        List<Operand<TFloat32>> by = blocks(weights, count, 1);
        List<Operand<TFloat32>> products = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            products.add(tf.math.mul(of.get(i), by.get(i)));
        }
        return Sequences.normalised(tf, sum(products));
    }

    private Operand<TFloat32> alignment(List<Operand<TFloat32>> routed) {
        SymmetricInfoNce infoNce = new SymmetricInfoNce(tf, size.batch, settings.temperature());
        Operand<TFloat32> inverse = tf.constant((float) (1 / settings.temperature()));
        List<Operand<TFloat32>> terms = new ArrayList<>();
        for (int i = 0; i < routed.size(); i++) {
            for (int j = i + 1; j < routed.size(); j++) {
                terms.add(infoNce.term(routed.get(i), tf.math.mul(routed.get(j), inverse))
                        .loss());
            }
        }
        return sum(terms);
    }

    /** Cross-entropy by logits: {@code max(a, 0) − a·y + log(1 + exp(−|a|))} never takes the logarithm of zero. */
    static Operand<TFloat32> decoupling(
            Ops tf, Operand<TFloat32> logits, Operand<TFloat32> labels, Operand<TFloat32> rowCounts) {
        Operand<TFloat32> entropies = tf.math.add(
                tf.math.sub(tf.nn.relu(logits), tf.math.mul(logits, labels)),
                tf.math.log1p(tf.math.exp(tf.math.neg(tf.math.abs(logits)))));
        Operand<TFloat32> byRow = tf.math.mean(entropies, tf.constant(1));
        return tf.sum(tf.math.mul(byRow, rowCounts), tf.constant(0));
    }

    private void differentiate(Operand<TFloat32> loss) {
        Output<?>[] by =
                trained.stream().map(variable -> variable.value().asOutput()).toArray(Output<?>[]::new);
        for (Output<?> gradient : session.graph().addGradients(loss.asOutput(), by)) {
            gradients.add(float32(gradient));
        }
    }

    @SuppressWarnings("unchecked") // the gradient of a float32 by a float32
    private static Output<TFloat32> float32(Output<?> output) {
        return (Output<TFloat32>) output;
    }

    /** Sets every variable; Adam begins from nothing. */
    void load(Map<Modality, RouterWeights> weights) {
        List<TrainedVariable> variables = new ArrayList<>();
        List<float[]> values = new ArrayList<>();
        networks.forEach((modality, network) -> {
            RouterWeights of = weights.get(modality);
            if (of == null) {
                throw new IllegalArgumentException("no weights of the router of " + modality);
            }
            variables.addAll(network.all());
            values.addAll(RouterNetwork.values(of));
        });
        for (List<TrainedVariable> moments : List.of(adam.firstMoments(), adam.secondMoments())) {
            for (TrainedVariable moment : moments) {
                variables.add(moment);
                values.add(new float[moment.size()]);
            }
        }
        TrainedVariable.assignAll(variables, values);
        steps = 0;
    }

    /** Everything a checkpoint has to keep, each under a name of its own. */
    List<TrainedVariable> state() {
        List<TrainedVariable> state = new ArrayList<>();
        networks.values().forEach(network -> state.addAll(network.all()));
        state.addAll(adam.firstMoments());
        state.addAll(adam.secondMoments());
        return state;
    }

    /** How many steps were made. */
    long steps() {
        return steps;
    }

    /** Goes on as after this many steps; variables and moments are assigned by the caller. */
    void resumeAt(long stepsMade) {
        steps = stepsMade;
    }

    /** Copies all routers. */
    Map<Modality, RouterWeights> weights() {
        Map<Modality, RouterWeights> weights = new TreeMap<>();
        List<TrainedVariable> variables = new ArrayList<>();
        networks.values().forEach(network -> variables.addAll(network.all()));
        List<float[]> values = TrainedVariable.readAll(variables);
        int first = 0;
        for (Map.Entry<Modality, RouterNetwork> entry : networks.entrySet()) {
            int end = first + entry.getValue().all().size();
            weights.put(entry.getKey(), entry.getValue().weights(values.subList(first, end), steps));
            first = end;
        }
        return weights;
    }

    /**
     * Makes one step.
     *
     * @param rows of every modality
     * @param labels of the batch's texts; null without decoupling
     */
    Losses step(Map<Modality, Rows> rows, @Nullable Labels labels) {
        Session.Runner runner = feed(rows, labels).fetch(alignment).fetch(decoupling);
        updates.forEach(runner::addTarget);
        try (Adam.StepSize stepSize = adam.stepSize(settings.learningRate(), steps + 1)) {
            stepSize.feed(runner);
            try (Result result = runner.run()) {
                steps++;
                return new Losses(scalar(result, 0), scalar(result, 1));
            }
        }
    }

    /** The losses of a batch; changes nothing. */
    Losses losses(Map<Modality, Rows> rows, @Nullable Labels labels) {
        try (Result result =
                feed(rows, labels).fetch(alignment).fetch(decoupling).run()) {
            return new Losses(scalar(result, 0), scalar(result, 1));
        }
    }

    /** The gradients that a step would use, by the variables' names; changes nothing. */
    Map<String, float[]> gradients(Map<Modality, Rows> rows, @Nullable Labels labels) {
        Session.Runner runner = feed(rows, labels);
        gradients.forEach(runner::fetch);
        try (Result result = runner.run()) {
            Map<String, float[]> values = new LinkedHashMap<>();
            for (int i = 0; i < trained.size(); i++) {
                FloatBuffer memory = TensorMemory.floats((TFloat32) result.get(i));
                float[] copy = new float[memory.remaining()];
                memory.get(copy);
                values.put(trained.get(i).name(), copy);
            }
            return values;
        }
    }

    private Session.Runner feed(Map<Modality, Rows> rows, @Nullable Labels labels) {
        Session.Runner runner = session.runner();
        rows.forEach((modality, of) -> {
            Placeholder<TFloat32> input = read.get(modality);
            if (input != null) {
                runner.feed(input, of.read.tensor());
            }
            Placeholder<TFloat32> sources = weighed.get(modality);
            if (sources != null) {
                runner.feed(sources, of.weighed.tensor());
            }
        });
        if (belongs != null && counts != null && labels != null) {
            runner.feed(belongs, labels.belongs.tensor()).feed(counts, labels.counts.tensor());
        }
        return runner;
    }

    private static float scalar(Result result, int index) {
        return TensorMemory.floats((TFloat32) result.get(index)).get(0);
    }

    /** Frees graph, session and variables. */
    @Override
    public void close() {
        session.close();
    }
}
