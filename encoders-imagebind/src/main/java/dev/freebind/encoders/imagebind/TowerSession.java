package dev.freebind.encoders.imagebind;

import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TensorMemory;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.WeightPrecision;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.types.TFloat32;

/** The session of one tower, whose weights are read when it first runs. Running is safe from several threads. */
final class TowerSession implements AutoCloseable {

    private final GraphSession session;
    private final NetworkWeights weights;
    private boolean loaded;

    /** An empty graph. */
    TowerSession(TensorFlowRuntime runtime, TensorClaims claims, WeightPrecision precision) {
        session = runtime.session();
        weights = new NetworkWeights(session, claims, precision);
    }

    /** For building the graph. */
    NetworkWeights weights() {
        return weights;
    }

    /**
     * Runs the network.
     *
     * @param fed a runner with what the output needs
     * @param output {@code [rows, …]}
     * @return all elements of the output
     */
    float[] run(Session.Runner fed, Operand<TFloat32> output) {
        try (Result result = fed.fetch(output).run()) {
            float[] values = new float[Math.toIntExact(result.get(0).shape().size())];
            TensorMemory.floats((TFloat32) result.get(0)).get(values);
            return values;
        }
    }

    /** A new run; reads the weights if that was not done. */
    Session.Runner runner() {
        load();
        return session.runner();
    }

    private synchronized void load() {
        if (!loaded) {
            weights.load();
            loaded = true;
        }
    }

    @Override
    public void close() {
        session.close();
    }
}
