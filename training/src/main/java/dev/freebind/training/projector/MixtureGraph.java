package dev.freebind.training.projector;

import dev.freebind.api.DataException;
import dev.freebind.bonds.product.EmbeddingExpression.ProjectorMixture;
import dev.freebind.bonds.product.EmbeddingExpression.Source;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.bonds.projector.ProjectorStore;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TensorMemory;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * Mixtures of projectors as one TensorFlow graph that grows when a mixture is first asked for. A projector's weights are read
 * and fed into variables once, however many mixtures use it.
 *
 * <p>Safe for use from several threads.
 */
final class MixtureGraph implements AutoCloseable {

    private static final float SMALLEST_SQUARED_NORM = 1e-24f;

    private final ProjectorStore store;
    private final GraphSession session;
    private final Map<ProjectorKey, Projector> projectors = new HashMap<>();
    private final Map<Key, Mixture> mixtures = new HashMap<>();
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    /** An empty graph. */
    MixtureGraph(TensorFlowRuntime runtime, ProjectorStore store) {
        this.store = store;
        this.session = runtime.session();
    }

    /** What tells one mixture from another: not what its inputs are made of. */
    private record Key(String bond, List<SourceKey> sources) {

        static Key of(ProjectorMixture mixture) {
            return new Key(
                    mixture.bond(),
                    mixture.sources().stream()
                            .map(source -> new SourceKey(source.space(), source.weight(), source.subsets()))
                            .toList());
        }
    }

    /** One source of a mixture. */
    private record SourceKey(String space, double weight, List<Subset> subsets) {}

    /** A projector's folded weights in variables. */
    private record Projector(
            int input,
            int output,
            Operand<TFloat32> firstWeight,
            Operand<TFloat32> firstBias,
            Operand<TFloat32> secondWeight,
            Operand<TFloat32> secondBias) {}

    /** One mixture in the graph; its identity is good until the graph is closed. */
    static final class Mixture {
        private final List<Placeholder<TFloat32>> inputs;
        private final List<Integer> inputDimensions;
        private final int outputDimension;
        private final Operand<TFloat32> output;

        private Mixture(
                List<Placeholder<TFloat32>> inputs,
                List<Integer> inputDimensions,
                int outputDimension,
                Operand<TFloat32> output) {
            this.inputs = inputs;
            this.inputDimensions = inputDimensions;
            this.outputDimension = outputDimension;
            this.output = output;
        }

        /** Length of the rows that each source takes, in the order of the sources. */
        List<Integer> inputDimensions() {
            return inputDimensions;
        }

        /** Length of the rows it gives. */
        int outputDimension() {
            return outputDimension;
        }
    }

    /**
     * The mixture of an expression, built when it is new; what the sources' inputs are does not matter here.
     *
     * @throws DataException if a projector is missing or damaged, or the projectors do not fit together
     */
    Mixture mixture(ProjectorMixture expression) {
        lock.writeLock().lock();
        try {
            checkOpen();
            Key key = Key.of(expression);
            Mixture known = mixtures.get(key);
            if (known == null) {
                known = build(expression);
                mixtures.put(key, known);
            }
            return known;
        } finally {
            lock.writeLock().unlock();
        }
    }

    /**
     * Evaluates {@code normalise(Σₖ wₖ · meanⱼ ψₖⱼ(xₖ))}.
     *
     * @param inputs for each source {@code [rows, its dimension]}
     * @return {@code [rows, output dimension]} unit rows
     */
    float[] evaluate(Mixture mixture, List<float[]> inputs, int rows) {
        lock.readLock().lock();
        List<FloatTensor> fed = new ArrayList<>();
        try {
            checkOpen();
            Session.Runner runner = session.runner();
            for (int source = 0; source < inputs.size(); source++) {
                FloatTensor tensor = FloatTensor.copyOf(
                        FloatBuffer.wrap(inputs.get(source)), rows, mixture.inputDimensions.get(source));
                fed.add(tensor);
                runner.feed(mixture.inputs.get(source), tensor.tensor());
            }
            try (Result result = runner.fetch(mixture.output).run()) {
                float[] values = new float[Math.multiplyExact(rows, mixture.outputDimension)];
                TensorMemory.floats((TFloat32) result.get(0)).get(values);
                return values;
            }
        } finally {
            fed.forEach(FloatTensor::close);
            lock.readLock().unlock();
        }
    }

    private Mixture build(ProjectorMixture expression) {
        Ops tf = session.ops();
        List<Placeholder<TFloat32>> inputs = new ArrayList<>();
        List<Integer> dimensions = new ArrayList<>();
        List<Operand<TFloat32>> weighted = new ArrayList<>();
        int output = 0;
        for (Source source : expression.sources()) {
            int input = 0;
            List<Projector> ofSource = new ArrayList<>();
            for (Subset subset : source.subsets()) {
                ProjectorKey key = new ProjectorKey(expression.bond(), source.space(), subset);
                Projector projector = projector(key);
                input = input == 0 ? projector.input : input;
                output = output == 0 ? projector.output : output;
                if (projector.input != input || projector.output != output) {
                    throw new DataException("projector " + key + " maps dimension " + projector.input + " to "
                            + projector.output + ", the others of its mixture " + input + " to " + output);
                }
                ofSource.add(projector);
            }
            Placeholder<TFloat32> rows =
                    tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, input)));
            inputs.add(rows);
            dimensions.add(input);
            Operand<TFloat32> share = tf.constant((float) (source.weight() / ofSource.size()));
            for (Projector projector : ofSource) {
                weighted.add(tf.math.mul(apply(tf, projector, rows), share));
            }
        }
        Operand<TFloat32> sum = weighted.size() == 1 ? weighted.get(0) : tf.math.addN(weighted);
        return new Mixture(List.copyOf(inputs), List.copyOf(dimensions), output, normalise(tf, sum));
    }

    private static Operand<TFloat32> apply(Ops tf, Projector projector, Operand<TFloat32> rows) {
        Operand<TFloat32> hidden = tf.nn.relu(tf.nn.biasAdd(
                tf.linalg.matMul(rows, projector.firstWeight, MatMul.transposeB(true)), projector.firstBias));
        Operand<TFloat32> output = tf.nn.biasAdd(
                tf.linalg.matMul(hidden, projector.secondWeight, MatMul.transposeB(true)), projector.secondBias);
        return normalise(tf, output);
    }

    private static Operand<TFloat32> normalise(Ops tf, Operand<TFloat32> rows) {
        Operand<TFloat32> squared = tf.sum(tf.math.square(rows), tf.constant(1), Sum.keepDims(true));
        return tf.math.mul(rows, tf.math.rsqrt(tf.math.maximum(squared, tf.constant(SMALLEST_SQUARED_NORM))));
    }

    private Projector projector(ProjectorKey key) {
        Projector known = projectors.get(key);
        if (known != null) {
            return known;
        }
        ProjectorWeights weights = store.read(key);
        FoldedProjector folded = FoldedProjector.of(weights);
        long input = weights.inputDimension();
        long hidden = weights.hidden();
        long output = weights.outputDimension();
        String name = "projector" + projectors.size();
        Projector loaded = new Projector(
                weights.inputDimension(),
                weights.outputDimension(),
                variable(name + ".0.weight", folded.firstWeight(), hidden, input),
                variable(name + ".0.bias", folded.firstBias(), hidden),
                variable(name + ".3.weight", folded.secondWeight(), output, hidden),
                variable(name + ".3.bias", folded.secondBias(), output));
        projectors.put(key, loaded);
        return loaded;
    }

    /** A variable with these values: as a constant they would count towards the 2 GB limit of a graph. */
    private Operand<TFloat32> variable(String name, float[] values, long... shape) {
        Ops tf = session.ops();
        Operand<? extends TType> handle = tf.varHandleOp(TFloat32.class, Shape.of(shape), VarHandleOp.sharedName(name));
        Placeholder<TFloat32> value = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(shape)));
        try (FloatTensor tensor = FloatTensor.copyOf(FloatBuffer.wrap(values), shape)) {
            session.runner()
                    .feed(value, tensor.tensor())
                    .addTarget(tf.assignVariableOp(handle, value))
                    .run()
                    .close();
        }
        return tf.readVariableOp(handle, TFloat32.class);
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("these embeddings were read after their inference was closed");
        }
    }

    /** Waits for evaluations under way, then frees all weights. */
    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                session.close();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
