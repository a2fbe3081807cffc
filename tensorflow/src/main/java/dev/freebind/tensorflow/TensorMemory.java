package dev.freebind.tensorflow;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import org.bytedeco.javacpp.Pointer;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.buffer.DataStorageVisitor;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * The memory of a tensor as a direct buffer, row by row in native byte order: reading and writing are bulk copies at memory
 * speed, and handing over the buffer copies nothing.
 *
 * <p>A view is valid only while its tensor is open. Touching it afterwards reads freed memory, so never let one outlive the
 * {@code try} of its tensor. Only tensors of at most 2 GiB have a view.
 */
public final class TensorMemory {

    private TensorMemory() {}

    /** The values of a tensor, {@code [elements] float32}. */
    public static FloatBuffer floats(TFloat32 tensor) {
        return bytes(tensor).asFloatBuffer();
    }

    /** The values of a tensor, {@code [elements] int32}. */
    public static IntBuffer ints(TInt32 tensor) {
        return bytes(tensor).asIntBuffer();
    }

    /** The values of a tensor, {@code [elements] int64}. */
    public static LongBuffer longs(TInt64 tensor) {
        return bytes(tensor).asLongBuffer();
    }

    /**
     * The memory of a tensor of any type with elements of fixed size.
     *
     * @throws IllegalArgumentException if the tensor has more than 2 GiB
     */
    public static ByteBuffer bytes(Tensor tensor) {
        long size = tensor.numBytes();
        if (size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a tensor of shape " + tensor.shape() + " has " + size
                    + " bytes; only 2 GiB can be seen as one buffer");
        }
        if (size == 0) {
            return ByteBuffer.allocateDirect(0).order(ByteOrder.nativeOrder());
        }
        ByteBuffer memory = tensor.asRawTensor().data().accept(new Storage(size));
        return memory.order(ByteOrder.nativeOrder());
    }

    /** Turns either of the two ways in which TensorFlow's Java layer holds native memory into a direct buffer. */
    private record Storage(long size) implements DataStorageVisitor<ByteBuffer> {

        @Override
        public ByteBuffer visit(ByteBuffer buffer) {
            return buffer.duplicate();
        }

        @Override
        public ByteBuffer visit(long address, long length, long scale) {
            try (Address memory = new Address(address, size)) {
                return memory.asByteBuffer();
            }
        }

        @Override
        public ByteBuffer fallback() {
            throw new IllegalStateException("the tensor's memory is not native");
        }
    }

    /** A pointer to memory that somebody else owns. */
    private static final class Address extends Pointer {
        Address(long address, long size) {
            this.address = address;
            this.limit = size;
            this.capacity = size;
        }

        /** Counts in bytes; JavaCPP would take the size of a pointer. */
        @Override
        public int sizeof() {
            return 1;
        }
    }
}
