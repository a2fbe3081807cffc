package dev.freebind.tensorflow;

import java.nio.FloatBuffer;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/**
 * A float32 tensor in native memory that is filled through a buffer and fed to a session any number of times; whoever made it
 * closes it. Do not write to it while a run that was fed with it is under way.
 */
public final class FloatTensor implements AutoCloseable {

    private final TFloat32 tensor;
    private final FloatBuffer memory;

    private FloatTensor(TFloat32 tensor) {
        this.tensor = tensor;
        this.memory = TensorMemory.floats(tensor);
    }

    /** Reserves memory for a tensor; the values are undefined until written. At most 2 GiB. */
    public static FloatTensor allocate(long... shape) {
        return new FloatTensor(TFloat32.tensorOf(Shape.of(shape)));
    }

    /**
     * How many rows one tensor holds.
     *
     * @param values of a row, at least 1
     * @return as many as 2 GiB take, at least 1
     */
    public static int mostRows(long values) {
        return (int) Math.max(1, Integer.MAX_VALUE / Float.BYTES / values);
    }

    /** A tensor with the buffer's values from position to limit, as many as the shape has; the position stays. */
    public static FloatTensor copyOf(FloatBuffer values, long... shape) {
        FloatTensor tensor = allocate(shape);
        if (tensor.memory.capacity() != values.remaining()) {
            tensor.close();
            throw new IllegalArgumentException(
                    values.remaining() + " values do not fill a tensor of shape " + Shape.of(shape));
        }
        tensor.buffer().put(values.duplicate());
        return tensor;
    }

    /** What to feed; valid until {@link #close()}. */
    public TFloat32 tensor() {
        return tensor;
    }

    /** The whole memory in row order, position 0, limit at the end; every call gives a buffer of its own. */
    public FloatBuffer buffer() {
        return memory.duplicate();
    }

    /** Frees the memory; buffers from here must not be used afterwards. */
    @Override
    public void close() {
        tensor.close();
    }
}
