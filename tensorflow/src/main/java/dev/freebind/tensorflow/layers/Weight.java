package dev.freebind.tensorflow.layers;

import dev.freebind.formats.Shape;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/** One tensor of a network's weights: a variable of the graph, empty until {@link NetworkWeights#load()}. */
public final class Weight {

    private final Ops tf;
    private final String name;
    private final Shape shape;
    private final WeightPrecision precision;
    private final Operand<? extends TFloating> stored;

    /**
     * Wraps what is read of a variable.
     *
     * @param shape of what is read, which is not the shape in the checkpoint if the tensor is rearranged
     * @param stored the values, in the precision's type
     */
    Weight(Ops tf, String name, Shape shape, WeightPrecision precision, Operand<? extends TFloating> stored) {
        this.tf = tf;
        this.name = name;
        this.shape = shape;
        this.precision = precision;
        this.stored = stored;
    }

    /** Its name in the checkpoint. */
    public String name() {
        return name;
    }

    /** Its shape in the graph. */
    public Shape shape() {
        return shape;
    }

    /**
     * The values in float32.
     *
     * @param after an operand that the layer needs anyway: a weight in half precision is widened only once this is computed,
     *     since otherwise all weights of the network would be widened at the start of a run and fill the memory
     */
    public Operand<TFloat32> values(Operand<?> after) {
        if (precision == WeightPrecision.FLOAT32) {
            return float32(stored);
        }
        return tf.withControlDependencies(after).dtypes.cast(stored, TFloat32.class);
    }

    /**
     * Some rows in float32; only these are widened.
     *
     * @param indices of any shape, each 0 to {@code shape[0] - 1}
     * @return {@code [shape of the indices…, shape[1…]] float32}
     */
    public Operand<TFloat32> rows(Operand<TInt32> indices) {
        Operand<? extends TFloating> rows = tf.gather(stored, indices, tf.constant(0));
        return precision == WeightPrecision.FLOAT32 ? float32(rows) : tf.dtypes.cast(rows, TFloat32.class);
    }

    /** The class of the type says what it is; generics have lost it. */
    @SuppressWarnings("unchecked")
    static Operand<TFloat32> float32(Operand<? extends TFloating> operand) {
        return (Operand<TFloat32>) operand;
    }

    @Override
    public String toString() {
        return name + " " + shape;
    }
}
