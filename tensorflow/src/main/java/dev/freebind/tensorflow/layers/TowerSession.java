package dev.freebind.tensorflow.layers;

import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TensorMemory;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.types.TFloat32;

/**
 * Graph, weights and session of one tower of a model. The weights are read when the tower first runs, so a model of which one
 * tower is used never holds the others.
 *
 * <p>Building is for one thread; running is safe from several. Whoever made it closes it.
 */
public final class TowerSession implements AutoCloseable {

    private final GraphSession session;
    private final NetworkWeights weights;
    private boolean loaded;

    /**
     * An empty graph.
     *
     * @param claims the account of the checkpoint, shared by the towers of a model; its source must stay open until the
     *     first run
     * @param precision how matrices are kept
     */
    public TowerSession(TensorFlowRuntime runtime, TensorClaims claims, WeightPrecision precision) {
        session = runtime.session();
        weights = new NetworkWeights(session, claims, precision);
    }

    /** For building the graph. */
    public NetworkWeights weights() {
        return weights;
    }

    /**
     * A new run; reads the weights if that was not done.
     *
     * @throws dev.freebind.api.DataException if they cannot be read, naming the tensor
     */
    public Session.Runner runner() {
        load();
        return session.runner();
    }

    private synchronized void load() {
        if (!loaded) {
            weights.load();
            loaded = true;
        }
    }

    /**
     * Runs the network.
     *
     * @param fed a runner of this session with what the output needs
     * @param output of any shape
     * @return all elements of the output
     */
    public float[] run(Session.Runner fed, Operand<TFloat32> output) {
        try (Result result = fed.fetch(output).run()) {
            TFloat32 computed = (TFloat32) result.get(0);
            float[] values = new float[Math.toIntExact(computed.size())];
            TensorMemory.floats(computed).get(values);
            return values;
        }
    }

    /** Frees graph and weights. Closing twice does nothing. */
    @Override
    public void close() {
        session.close();
    }
}
