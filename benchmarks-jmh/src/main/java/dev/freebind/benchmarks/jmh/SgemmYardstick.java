package dev.freebind.benchmarks.jmh;

import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * The yardstick of every benchmark here: the rate of TensorFlow's float32 matrix product {@code [2048, 768] × [768, 8192]}.
 *
 * <p>Measure it before and after each piece of work, so that both see the same machine; {@link #median()} is over all
 * measurements so far.
 */
public final class SgemmYardstick implements AutoCloseable {

    private static final int ROWS = 2048;
    private static final int COLUMNS = 8192;
    private static final int INNER = 768;

    private final GraphSession session;
    private final Operand<TFloat32> product;
    private final List<Double> rates = new ArrayList<>();

    /** Prepares, and multiplies a few times to warm up. */
    public SgemmYardstick(TensorFlowRuntime runtime) {
        session = runtime.session();
        product = session.ops().linalg.matMul(variable(1, ROWS, INNER), variable(2, INNER, COLUMNS));
        for (int i = 0; i < 3; i++) {
            multiply();
        }
    }

    /** Random values that stay on the device: fed ones would make a GPU's rate that of the bus. */
    private Operand<TFloat32> variable(long seed, int rows, int columns) {
        Ops tf = session.ops();
        Shape shape = Shape.of(rows, columns);
        Operand<? extends TType> handle =
                tf.varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName("yardstick" + seed));
        Placeholder<TFloat32> value = tf.placeholder(TFloat32.class, Placeholder.shape(shape));
        try (FloatTensor values = random(seed, rows, columns)) {
            session.runner()
                    .feed(value, values.tensor())
                    .addTarget(tf.assignVariableOp(handle, value))
                    .run()
                    .close();
        }
        return tf.readVariableOp(handle, TFloat32.class);
    }

    private static FloatTensor random(long seed, int rows, int columns) {
        Random random = new Random(seed);
        FloatTensor tensor = FloatTensor.allocate(rows, columns);
        FloatBuffer values = tensor.buffer();
        while (values.hasRemaining()) {
            values.put(random.nextFloat() - 0.5f);
        }
        return tensor;
    }

    /** Multiplies once; the rate in floating point operations per second. */
    public double measure() {
        long start = System.nanoTime();
        multiply();
        double rate = 2.0 * ROWS * COLUMNS * INNER / (System.nanoTime() - start) * 1e9;
        rates.add(rate);
        return rate;
    }

    /** The median of all measurements, in floating point operations per second. */
    public double median() {
        return median(rates);
    }

    /** How many measurements there are. */
    public int measurements() {
        return rates.size();
    }

    /** The middle value, or the mean of the two middle ones. */
    static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private void multiply() {
        session.runner().addTarget(product).run().close();
    }

    @Override
    public void close() {
        session.close();
    }
}
