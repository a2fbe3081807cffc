package dev.freebind.training.projector;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.EmbeddingExpression.Leaf;
import dev.freebind.bonds.product.EmbeddingExpression.ProjectorMean;
import dev.freebind.bonds.product.EmbeddingExpression.ProjectorMixture;
import dev.freebind.bonds.product.EmbeddingExpression.Routed;
import dev.freebind.bonds.product.EmbeddingExpression.Router;
import dev.freebind.bonds.product.EmbeddingExpression.Slot;
import dev.freebind.bonds.product.EmbeddingExpression.Source;
import dev.freebind.bonds.product.WeightStore;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TensorMemory;
import dev.freebind.training.projector.InferenceWeights.FoldedProjector;
import dev.freebind.training.projector.InferenceWeights.FoldedRouter;
import dev.freebind.training.projector.InferenceWeights.Layer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/**
 * The networks of expressions, projectors and routers, as one TensorFlow graph that grows when an expression is first asked for.
 * Weights are read and fed into variables once, however many expressions use them.
 *
 * <p>Safe for use from several threads.
 */
final class InferenceGraph implements AutoCloseable {

    private static final float SMALLEST_SQUARED_NORM = 1e-24f;

    private final GraphSession session;
    private final InferenceWeights loaded;
    private final Map<Key, Network> networks = new HashMap<>();
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    /** An empty graph. */
    InferenceGraph(TensorFlowRuntime runtime, WeightStore store) {
        this.session = runtime.session();
        this.loaded = new InferenceWeights(session, store);
    }

    /**
     * What tells one network from another: not what its operands are made of.
     *
     * @param shape the expression with numbers in place of its operands
     * @param dimensions of the operands
     */
    private record Key(EmbeddingExpression shape, List<Integer> dimensions) {}

    /**
     * One expression's network in the graph; good until the graph is closed.
     *
     * @param operands what is fed
     * @param dimensions length of the operands' rows
     * @param outputDimension length of the rows it gives
     * @param output {@code [rows, output dimension]}
     * @param weights {@code [rows, slots]} of a routed expression
     */
    record Network(
            List<Placeholder<TFloat32>> operands,
            List<Integer> dimensions,
            int outputDimension,
            Operand<TFloat32> output,
            @Nullable Operand<TFloat32> weights) {}

    /** The expressions whose rows are fed to the network of an expression, each once. */
    static List<EmbeddingExpression> operands(EmbeddingExpression expression) {
        Set<EmbeddingExpression> operands = new LinkedHashSet<>();
        for (EmbeddingExpression input : expression.inputs()) {
            // a mean that is weighed by a router is part of the router's network
            operands.add(
                    expression instanceof Routed && input instanceof ProjectorMean mean
                            ? mean.source().input()
                            : input);
        }
        return List.copyOf(operands);
    }

    /**
     * The network of a mixture, mean or routed expression, built when it is new.
     *
     * @param dimensions length of the rows of each of its {@linkplain #operands operands}
     * @throws DataException if weights are missing or damaged, or do not fit together
     * @throws InvalidRequestException if the operands' dimensions are not those the weights were trained for
     */
    Network network(EmbeddingExpression expression, List<Integer> dimensions) {
        lock.writeLock().lock();
        try {
            checkOpen();
            Key key = new Key(shape(expression), dimensions);
            Network known = networks.get(key);
            if (known == null) {
                known = new Building(expression, dimensions).network();
                networks.put(key, known);
            }
            return known;
        } finally {
            lock.writeLock().unlock();
        }
    }

    /**
     * Evaluates a network.
     *
     * @param operands for each {@code [rows, its dimension]}
     * @return {@code [rows, output dimension]}
     */
    float[] evaluate(Network network, List<float[]> operands, int rows) {
        return fetch(network, network.output, network.outputDimension, operands, rows);
    }

    /**
     * Evaluates the weights of a routed network.
     *
     * @param slots how many it weighs
     * @return {@code [rows, slots]}
     */
    float[] weights(Network network, int slots, List<float[]> operands, int rows) {
        if (network.weights == null) {
            throw new IllegalArgumentException("only routed embeddings have weights");
        }
        return fetch(network, network.weights, slots, operands, rows);
    }

    private float[] fetch(Network network, Operand<TFloat32> fetched, int dimension, List<float[]> operands, int rows) {
        lock.readLock().lock();
        List<FloatTensor> fed = new ArrayList<>();
        try {
            checkOpen();
            Session.Runner runner = session.runner();
            for (int i = 0; i < operands.size(); i++) {
                FloatTensor tensor =
                        FloatTensor.copyOf(FloatBuffer.wrap(operands.get(i)), rows, network.dimensions.get(i));
                fed.add(tensor);
                runner.feed(network.operands.get(i), tensor.tensor());
            }
            try (Result result = runner.fetch(fetched).run()) {
                float[] values = new float[Math.multiplyExact(rows, dimension)];
                TensorMemory.floats((TFloat32) result.get(0)).get(values);
                return values;
            }
        } finally {
            fed.forEach(FloatTensor::close);
            lock.readLock().unlock();
        }
    }

    /** The expression with a numbered leaf in place of each operand. */
    private static EmbeddingExpression shape(EmbeddingExpression expression) {
        List<EmbeddingExpression> operands = operands(expression);
        if (expression instanceof ProjectorMixture mixture) {
            return new ProjectorMixture(
                    mixture.bond(),
                    mixture.sources().stream()
                            .map(source -> shape(source, operands))
                            .toList());
        }
        if (expression instanceof ProjectorMean mean) {
            return new ProjectorMean(mean.bond(), shape(mean.source(), operands));
        }
        if (expression instanceof Routed routed) {
            Router router = routed.router();
            return new Routed(
                    routed.slots().stream()
                            .map(slot -> new Slot(
                                    slot.score(),
                                    slot.weight(),
                                    slot.value() instanceof ProjectorMean mean
                                            ? new ProjectorMean(mean.bond(), shape(mean.source(), operands))
                                            : number(slot.value(), operands)))
                            .toList(),
                    router == null
                            ? null
                            : new Router(
                                    router.key(),
                                    router.scores(),
                                    router.sharpening(),
                                    router.inputs().stream()
                                            .map(input -> number(input, operands))
                                            .toList()));
        }
        throw new IllegalArgumentException(expression + " needs no network");
    }

    private static Source shape(Source source, List<EmbeddingExpression> operands) {
        return new Source(source.space(), source.weight(), source.subsets(), number(source.input(), operands));
    }

    private static EmbeddingExpression number(EmbeddingExpression operand, List<EmbeddingExpression> operands) {
        return new Leaf(
                Integer.toString(operands.indexOf(operand)),
                operand.leaves().iterator().next().modality());
    }

    /** Builds the network of one expression. */
    private final class Building {

        private final Ops tf = session.ops();
        private final EmbeddingExpression expression;
        private final List<EmbeddingExpression> operands;
        private final List<Integer> dimensions;
        private final List<Placeholder<TFloat32>> placeholders = new ArrayList<>();
        private int output;

        Building(EmbeddingExpression expression, List<Integer> dimensions) {
            this.expression = expression;
            this.operands = operands(expression);
            this.dimensions = List.copyOf(dimensions);
            dimensions.forEach(dimension -> placeholders.add(
                    tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, dimension)))));
        }

        Network network() {
            if (expression instanceof ProjectorMixture mixture) {
                List<Operand<TFloat32>> weighted = new ArrayList<>();
                for (Source source : mixture.sources()) {
                    weighted.addAll(shares(mixture.bond(), source, source.weight()));
                }
                return network(normalise(sum(weighted)), null);
            }
            if (expression instanceof ProjectorMean mean) {
                return network(sum(shares(mean.bond(), mean.source(), 1)), null);
            }
            return routed((Routed) expression);
        }

        private Network network(Operand<TFloat32> rows, @Nullable Operand<TFloat32> weights) {
            return new Network(List.copyOf(placeholders), dimensions, output, rows, weights);
        }

        private Placeholder<TFloat32> rows(EmbeddingExpression operand) {
            return placeholders.get(operands.indexOf(operand));
        }

        private int dimension(EmbeddingExpression operand) {
            return dimensions.get(operands.indexOf(operand));
        }

        /** What each projector of a source adds to the weighted mean. */
        private List<Operand<TFloat32>> shares(String bond, Source source, double weight) {
            Operand<TFloat32> share =
                    tf.constant((float) (weight / source.subsets().size()));
            int input = 0;
            List<Operand<TFloat32>> shares = new ArrayList<>();
            for (ProjectorKey key : source.projectors(bond)) {
                FoldedProjector projector = loaded.projector(key);
                input = input == 0 ? projector.input() : input;
                output = output == 0 ? projector.output() : output;
                if (projector.input() != input || projector.output() != output) {
                    throw new DataException("projector " + key + " maps dimension " + projector.input() + " to "
                            + projector.output() + ", the others of its mixture " + input + " to " + output);
                }
                if (dimension(source.input()) != input) {
                    throw new InvalidRequestException("the projectors of bond '" + bond + "' take '" + source.space()
                            + "' in dimension " + input + ", and " + source.input() + " has dimension "
                            + dimension(source.input()));
                }
                shares.add(tf.math.mul(apply(projector, source.input()), share));
            }
            return shares;
        }

        private Operand<TFloat32> apply(FoldedProjector projector, EmbeddingExpression input) {
            Operand<TFloat32> active = rows(input);
            Modality modality = input.leaves().iterator().next().modality();
            Layer adapter = projector.adapter();
            if (adapter != null && projector.adapted().contains(modality)) {
                active = apply(adapter, active);
            }
            for (Layer layer : projector.layers()) {
                active = apply(layer, active);
            }
            return normalise(active);
        }

        private Operand<TFloat32> apply(Layer layer, Operand<TFloat32> rows) {
            Operand<TFloat32> output = linear(rows, layer.weight(), layer.bias());
            return layer.relu() ? tf.nn.relu(output) : output;
        }

        private Network routed(Routed routed) {
            Operand<TFloat32> weights = weights(routed);
            List<Operand<TFloat32>> weighted = new ArrayList<>();
            for (int i = 0; i < routed.slots().size(); i++) {
                Operand<TFloat32> weight =
                        tf.slice(weights, tf.constant(new int[] {0, i}), tf.constant(new int[] {-1, 1}));
                weighted.add(tf.math.mul(value(routed.slots().get(i)), weight));
            }
            return network(normalise(sum(weighted)), weights);
        }

        private Operand<TFloat32> value(Slot slot) {
            if (slot.value() instanceof ProjectorMean mean) {
                return sum(shares(mean.bond(), mean.source(), 1));
            }
            int dimension = dimension(slot.value());
            output = output == 0 ? dimension : output;
            if (dimension != output) {
                throw new InvalidRequestException("cannot weigh " + slot.value() + " of dimension " + dimension
                        + " against projections of dimension " + output);
            }
            return rows(slot.value());
        }

        /** {@code [rows, slots]}, or {@code [1, slots]} where every row has the same. */
        private Operand<TFloat32> weights(Routed routed) {
            int slots = routed.slots().size();
            float[] prior = new float[slots];
            int[] scores = new int[slots];
            double total = 0;
            for (int i = 0; i < slots; i++) {
                Slot slot = routed.slots().get(i);
                prior[i] = (float) slot.weight();
                scores[i] = slot.score();
                total += slot.weight();
            }
            Router router = routed.router();
            if (router == null) {
                for (int i = 0; i < slots; i++) {
                    prior[i] = (float) (routed.slots().get(i).weight() / total);
                }
                Operand<TFloat32> row = tf.reshape(tf.constant(prior), tf.constant(new int[] {1, slots}));
                // as many rows as are fed
                Operand<TFloat32> ones = tf.onesLike(
                        tf.slice(placeholders.get(0), tf.constant(new int[] {0, 0}), tf.constant(new int[] {-1, 1})));
                return tf.math.mul(ones, row);
            }
            Operand<TFloat32> ofSlots = tf.gather(scores(router), tf.constant(scores), tf.constant(1));
            Operand<TFloat32> sharpened = tf.math.mul(ofSlots, tf.constant((float) router.sharpening()));
            return tf.nn.softmax(tf.math.add(sharpened, tf.math.log(tf.constant(prior))));
        }

        /** {@code [rows, sources]} in (0, 1). */
        private Operand<TFloat32> scores(Router router) {
            FoldedRouter network = loaded.router(router.key());
            int input = router.inputs().stream().mapToInt(this::dimension).sum();
            if (network.input() != input || network.sources() != router.scores()) {
                throw new InvalidRequestException("the router " + router.key() + " reads rows of length "
                        + network.input() + " and weighs " + network.sources() + " sources, but here are " + input
                        + " ("
                        + router.inputs() + ") and " + router.scores() + "; it belongs to another configuration");
            }
            List<Operand<TFloat32>> read = new ArrayList<>();
            router.inputs().forEach(operand -> read.add(rows(operand)));
            Operand<TFloat32> rows = read.size() == 1 ? read.get(0) : tf.concat(read, tf.constant(1));
            Operand<TFloat32> first = tf.nn.relu(linear(rows, network.firstWeight(), network.firstBias()));
            Operand<TFloat32> second = tf.math.tanh(linear(first, network.secondWeight(), network.secondBias()));
            return tf.math.sigmoid(linear(second, network.thirdWeight(), network.thirdBias()));
        }

        private Operand<TFloat32> linear(Operand<TFloat32> rows, Operand<TFloat32> weight, Operand<TFloat32> bias) {
            return tf.nn.biasAdd(tf.linalg.matMul(rows, weight, MatMul.transposeB(true)), bias);
        }

        private Operand<TFloat32> sum(List<Operand<TFloat32>> rows) {
            return rows.size() == 1 ? rows.get(0) : tf.math.addN(rows);
        }

        private Operand<TFloat32> normalise(Operand<TFloat32> rows) {
            Operand<TFloat32> squared = tf.sum(tf.math.square(rows), tf.constant(1), Sum.keepDims(true));
            return tf.math.mul(rows, tf.math.rsqrt(tf.math.maximum(squared, tf.constant(SMALLEST_SQUARED_NORM))));
        }
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
