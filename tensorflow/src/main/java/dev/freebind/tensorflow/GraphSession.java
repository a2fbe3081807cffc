package dev.freebind.tensorflow;

import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;

/**
 * One graph and the session that runs it; owns both.
 *
 * <p>Build with {@link #ops()}, run with {@link #runner()}. Operations may be added between runs. Running is safe from several
 * threads at once, building is not. Every {@code Result} of a run and every tensor that is fed belongs to the caller, who
 * closes it. A fetched variable may share its memory with the variable: copy it before the next run that assigns.
 */
public final class GraphSession implements AutoCloseable {

    private final Graph graph;
    private final Session session;
    private final Ops ops;

    GraphSession(ConfigProto configuration) {
        graph = new Graph();
        try {
            session = new Session(graph, configuration);
        } catch (RuntimeException | Error failure) {
            graph.close();
            throw failure;
        }
        ops = Ops.create(graph);
    }

    /** Adds operations to the graph. */
    public Ops ops() {
        return ops;
    }

    /** The graph, for gradients and import; closed with this session. */
    public Graph graph() {
        return graph;
    }

    /** A new run of part of the graph. */
    public Session.Runner runner() {
        return session.runner();
    }

    /** Frees the session with its variables, then the graph. Closing twice does nothing. */
    @Override
    public void close() {
        session.close();
        graph.close();
    }
}
