package dev.freebind.tensorflow.layers;

import dev.freebind.api.DataException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.formats.checkpoint.TensorSource;
import dev.freebind.formats.checkpoint.TensorSummary;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorMemory;
import dev.freebind.tensorflow.TrainedVariable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;
import org.tensorflow.types.family.TType;

/**
 * The weights of one network while it is built, and then what loads them.
 *
 * <p>Layers ask for tensors by name. Each is claimed from the checkpoint's account, so that {@link TensorClaims#check()} later
 * reports what is missing, misshapen or extra, and becomes a variable that takes no memory before {@link #load()}. Weights are
 * never constants: a graph may not exceed 2 GB. {@link #under} gives a view of one part of the model, whose names lack the
 * part's prefix. For use by one thread.
 */
public final class NetworkWeights {

    /** Small tensors are assigned together, up to this many bytes, because every run of a session has its price. */
    private static final long ASSIGNED_TOGETHER = 16L << 20;

    private final GraphSession session;
    private final TensorClaims claims;
    private final WeightPrecision precision;
    private final String prefix;
    private final boolean trained;
    private final List<Variable> variables;

    /** A variable and how it is filled. */
    private record Variable(
            String name,
            Shape shape,
            WeightPrecision precision,
            Operand<? extends TType> handle,
            Operand<? extends TFloating> value,
            @Nullable UnaryOperator<Operand<TFloat32>> preparation) {}

    /**
     * Nothing is asked for yet.
     *
     * @param session whose graph gets the variables; stays the caller's
     * @param claims the account of the checkpoint, possibly shared by several networks
     * @param precision how matrices are kept
     */
    public NetworkWeights(GraphSession session, TensorClaims claims, WeightPrecision precision) {
        this(session, claims, precision, "", false, new ArrayList<>());
    }

    /**
     * For a network that is to be trained: every tensor is kept in float32 as it is in the checkpoint, and what
     * {@link #prepared} does to it is part of the graph, so that gradients reach the tensor itself.
     *
     * @param session whose graph gets the variables; stays the caller's
     * @param claims the account of the checkpoint
     */
    public static NetworkWeights trained(GraphSession session, TensorClaims claims) {
        return new NetworkWeights(session, claims, WeightPrecision.FLOAT32, "", true, new ArrayList<>());
    }

    private NetworkWeights(
            GraphSession session,
            TensorClaims claims,
            WeightPrecision precision,
            String prefix,
            boolean trained,
            List<Variable> variables) {
        this.session = session;
        this.claims = claims;
        this.precision = precision;
        this.prefix = prefix;
        this.trained = trained;
        this.variables = variables;
    }

    /**
     * A part of the model.
     *
     * @param part what its tensors' names begin with, without the dot that follows
     */
    public NetworkWeights under(String part) {
        return new NetworkWeights(session, claims, precision, prefix + part + ".", trained, variables);
    }

    /** Adds operations to the graph. */
    public Ops ops() {
        return session.ops();
    }

    /** Whether the checkpoint has a tensor. */
    public boolean has(String name) {
        return claims.has(prefix + name);
    }

    /**
     * A tensor's shape in the checkpoint, from which sizes are taken.
     *
     * @throws DataException if there is no such tensor or it has another number of dimensions
     */
    public Shape shape(String name, int dimensions) {
        return claims.shape(prefix + name, dimensions);
    }

    /** How many numbered parts {@code list.0.…, list.1.…} there are without a gap: the number of layers. */
    public int count(String list) {
        return claims.count(prefix + list + ".");
    }

    /** Declares tensors that may be there and are not used; {@code *} stands for anything, also nothing and dots. */
    public void unused(String... patterns) {
        for (String pattern : patterns) {
            claims.unused(prefix + pattern);
        }
    }

    /**
     * A tensor as it is in the checkpoint.
     *
     * @param shape what the network needs; with two dimensions or more it is kept in the network's precision
     */
    public Weight weight(String name, long... shape) {
        Shape needed = Shape.of(shape);
        return variable(name, needed, needed, shape.length < 2 ? WeightPrecision.FLOAT32 : precision, null);
    }

    /** A tensor that is kept in float32 whatever the precision: positions, tokens, biases of attention. */
    public Weight float32(String name, long... shape) {
        Shape needed = Shape.of(shape);
        return variable(name, needed, needed, WeightPrecision.FLOAT32, null);
    }

    /**
     * A tensor that is rearranged once, when it is loaded, and kept in float32.
     *
     * @param shape what the checkpoint must have
     * @param result shape after the preparation
     * @param preparation operations on the tensor of the checkpoint; may use {@link #ops()}
     */
    public Weight prepared(String name, Shape shape, Shape result, UnaryOperator<Operand<TFloat32>> preparation) {
        return variable(name, shape, result, WeightPrecision.FLOAT32, preparation);
    }

    private Weight variable(
            String name,
            Shape inCheckpoint,
            Shape inGraph,
            WeightPrecision kept,
            @Nullable UnaryOperator<Operand<TFloat32>> preparation) {
        String fullName = claims.claim(prefix + name, lengths(inCheckpoint));
        Ops tf = session.ops();
        Operand<? extends TType> handle =
                tf.varHandleOp(kept.type(), shape(trained ? inCheckpoint : inGraph), VarHandleOp.sharedName(fullName));
        Operand<? extends TFloating> value = tf.readVariableOp(handle, kept.type());
        variables.add(new Variable(fullName, inCheckpoint, kept, handle, value, trained ? null : preparation));
        return new Weight(tf, fullName, inGraph, kept, trained ? prepared(preparation, value) : value);
    }

    private static Operand<TFloat32> prepared(
            @Nullable UnaryOperator<Operand<TFloat32>> preparation, Operand<? extends TFloating> value) {
        Operand<TFloat32> read = Weight.float32(value);
        return preparation == null ? read : preparation.apply(read);
    }

    /**
     * The variables, to be trained, in the order in which layers asked for them; only of {@link #trained} weights.
     *
     * @throws IllegalStateException if these are weights for inference, which may be rearranged or in half precision
     */
    public List<TrainedVariable> variables() {
        if (!trained) {
            throw new IllegalStateException("these weights are for inference");
        }
        return variables.stream()
                .map(variable -> new TrainedVariable(
                        session, variable.name, shape(variable.shape), variable.handle, Weight.float32(variable.value)))
                .toList();
    }

    /** Bytes of all variables once loaded; none are taken before. */
    public long bytes() {
        return variables.stream()
                .mapToLong(variable -> variable.shape.bytes(variable.precision.element()))
                .sum();
    }

    /**
     * Fills all variables from the checkpoint, tensor by tensor: memory beyond the variables themselves is needed for one
     * tensor at a time, if it is converted or rearranged, else for none. Call {@link TensorClaims#check()} first, which
     * reports everything that does not fit at once.
     *
     * @throws DataException if a tensor is missing, misshapen or cannot be read, naming it
     */
    public void load() {
        List<Variable> batch = new ArrayList<>();
        long bytes = 0;
        for (Variable variable : variables) {
            long size = variable.shape.bytes(ElementType.F32);
            if (!batch.isEmpty() && bytes + size > ASSIGNED_TOGETHER) {
                assign(batch);
                batch.clear();
                bytes = 0;
            }
            batch.add(variable);
            bytes += size;
        }
        assign(batch);
    }

    private void assign(List<Variable> batch) {
        if (batch.isEmpty()) {
            return;
        }
        List<Tensor> values = new ArrayList<>();
        try {
            Session.Runner runner = session.runner();
            for (Variable variable : batch) {
                boolean asStored = variable.precision != WeightPrecision.FLOAT32
                        && claims.source().tensor(variable.name).type() == variable.precision.element();
                Tensor value = read(variable, asStored);
                values.add(value);
                runner.addTarget(assignment(variable, asStored, runner, value));
            }
            runner.run().close();
        } finally {
            values.forEach(Tensor::close);
        }
    }

    /** The variable takes over the memory of a value that is fed as it is, so nothing is held twice. */
    private Op assignment(Variable variable, boolean asStored, Session.Runner runner, Tensor value) {
        Ops tf = session.ops();
        if (asStored) {
            Placeholder<? extends TFloating> fed =
                    tf.placeholder(variable.precision.type(), Placeholder.shape(shape(variable.shape)));
            runner.feed(fed, value);
            return tf.assignVariableOp(variable.handle, fed);
        }
        Placeholder<TFloat32> fed = tf.placeholder(TFloat32.class, Placeholder.shape(shape(variable.shape)));
        runner.feed(fed, value);
        Operand<TFloat32> prepared = variable.preparation == null ? fed : variable.preparation.apply(fed);
        return tf.assignVariableOp(
                variable.handle,
                variable.precision == WeightPrecision.FLOAT32
                        ? prepared
                        : tf.dtypes.cast(prepared, variable.precision.type()));
    }

    private Tensor read(Variable variable, boolean asStored) {
        TensorSource source = claims.source();
        TensorSummary found = source.tensor(variable.name);
        if (!found.shape().equals(variable.shape)) {
            throw new DataException(source.origin() + ": '" + variable.name + "' has shape " + found.shape()
                    + " and needs " + variable.shape);
        }
        ElementType element = asStored ? variable.precision.element() : ElementType.F32;
        if (variable.shape.bytes(element) > Integer.MAX_VALUE) {
            throw new DataException(source.origin() + ": '" + variable.name + "' of shape " + variable.shape
                    + " needs more than 2 GiB, which is the most that one tensor may have");
        }
        Class<? extends TFloating> type = asStored ? variable.precision.type() : TFloat32.class;
        Tensor tensor = Tensor.of(type, shape(variable.shape));
        try {
            ByteBuffer memory = TensorMemory.bytes(tensor);
            if (asStored) {
                source.readBytes(variable.name, memory);
            } else {
                source.read(variable.name, memory.asFloatBuffer());
            }
            return tensor;
        } catch (RuntimeException | Error failure) {
            tensor.close();
            throw failure;
        }
    }

    private static org.tensorflow.ndarray.Shape shape(Shape shape) {
        return org.tensorflow.ndarray.Shape.of(lengths(shape));
    }

    private static long[] lengths(Shape shape) {
        return shape.lengths().stream().mapToLong(Long::longValue).toArray();
    }
}
