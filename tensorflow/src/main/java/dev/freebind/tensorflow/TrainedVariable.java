package dev.freebind.tensorflow;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * A float32 variable of a graph that a training changes. It has no value before {@link #assign}. For use by one thread; lives
 * as long as its session.
 */
public final class TrainedVariable {

    private final GraphSession session;
    private final String name;
    private final Shape shape;
    private final Operand<? extends TType> handle;
    private final Operand<TFloat32> value;
    private @Nullable Assignment assignment;

    /** How a value gets in. */
    private record Assignment(Placeholder<TFloat32> fed, Op operation) {}

    /**
     * A variable that is in the graph already.
     *
     * @param name what checkpoints call it
     * @param handle the resource
     * @param value what the graph reads of it: gradients are taken by this operand
     */
    public TrainedVariable(
            GraphSession session, String name, Shape shape, Operand<? extends TType> handle, Operand<TFloat32> value) {
        this.session = session;
        this.name = name;
        this.shape = shape;
        this.handle = handle;
        this.value = value;
    }

    /** Adds a variable to the graph. */
    public static TrainedVariable create(GraphSession session, String name, long... lengths) {
        Ops tf = session.ops();
        Shape shape = Shape.of(lengths);
        Operand<? extends TType> handle = tf.varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
        return new TrainedVariable(session, name, shape, handle, tf.readVariableOp(handle, TFloat32.class));
    }

    /** The same variable, called otherwise in checkpoints. */
    public TrainedVariable named(String otherName) {
        return new TrainedVariable(session, otherName, shape, handle, value);
    }

    /** What checkpoints call it. */
    public String name() {
        return name;
    }

    /** Lengths of its dimensions. */
    public long[] shape() {
        return shape.asArray();
    }

    /** What the graph reads of it. */
    public Operand<TFloat32> value() {
        return value;
    }

    /** The resource, for operations that update it. */
    public Operand<? extends TType> handle() {
        return handle;
    }

    /**
     * Sets the value.
     *
     * @param values row by row, as many as the shape has
     * @throws IllegalArgumentException if there are more or fewer
     */
    public void assign(float[] values) {
        Assignment into = assignment();
        try (FloatTensor tensor = FloatTensor.copyOf(FloatBuffer.wrap(values), shape.asArray())) {
            session.runner()
                    .feed(into.fed, tensor.tensor())
                    .addTarget(into.operation)
                    .run()
                    .close();
        }
    }

    private Assignment assignment() {
        Assignment into = assignment;
        if (into == null) {
            Ops tf = session.ops();
            Placeholder<TFloat32> fed = tf.placeholder(TFloat32.class, Placeholder.shape(shape));
            into = new Assignment(fed, tf.assignVariableOp(handle, fed));
            assignment = into;
        }
        return into;
    }

    /**
     * Sets many variables of one session in one run, which is much faster than one after the other: TensorFlow prepares every
     * kind of run anew.
     *
     * @param values for each variable, as {@link #assign}
     */
    public static void assignAll(List<TrainedVariable> variables, List<float[]> values) {
        variables.forEach(TrainedVariable::assignment);
        if (variables.isEmpty()) {
            return;
        }
        List<FloatTensor> fed = new ArrayList<>();
        try {
            Session.Runner runner = variables.get(0).session.runner();
            for (int i = 0; i < variables.size(); i++) {
                TrainedVariable variable = variables.get(i);
                FloatTensor tensor = FloatTensor.copyOf(FloatBuffer.wrap(values.get(i)), variable.shape.asArray());
                fed.add(tensor);
                runner.feed(variable.assignment().fed, tensor.tensor()).addTarget(variable.assignment().operation);
            }
            runner.run().close();
        } finally {
            fed.forEach(FloatTensor::close);
        }
    }

    /** Copies of the values of many variables of one session, in one run. */
    public static List<float[]> readAll(List<TrainedVariable> variables) {
        if (variables.isEmpty()) {
            return List.of();
        }
        Session.Runner runner = variables.get(0).session.runner();
        variables.forEach(variable -> runner.fetch(variable.value));
        List<float[]> values = new ArrayList<>();
        try (Result result = runner.run()) {
            for (int i = 0; i < variables.size(); i++) {
                FloatBuffer memory = TensorMemory.floats((TFloat32) result.get(i));
                float[] copy = new float[memory.remaining()];
                memory.get(copy);
                values.add(copy);
            }
        }
        return values;
    }

    /** A copy of the value, row by row. */
    public float[] read() {
        try (Result result = session.runner().fetch(value).run()) {
            FloatBuffer memory = TensorMemory.floats((TFloat32) result.get(0));
            float[] values = new float[memory.remaining()];
            memory.get(values);
            return values;
        }
    }

    /** Number of values. */
    public int size() {
        return Math.toIntExact(shape.size());
    }

    @Override
    public String toString() {
        return name + " " + shape;
    }
}
