package dev.freebind.formats.checkpoint;

import dev.freebind.api.DataException;
import dev.freebind.formats.ElementType;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Map;

/** Named tensors, each read when asked for. Reading is safe from several threads. */
public interface TensorSource {

    /** Where the tensors come from, for error messages: a file or folder name. */
    String origin();

    /** Type and shape of every tensor, by name, in the source's order. */
    Map<String, TensorSummary> tensors();

    /**
     * One tensor's type and shape.
     *
     * @throws DataException if there is none of this name, listing some that there are
     */
    default TensorSummary tensor(String name) {
        TensorSummary tensor = tensors().get(name);
        if (tensor == null) {
            throw new DataException(origin() + ": has no tensor '" + name + "'; there are "
                    + tensors().keySet().stream().limit(20).toList()
                    + (tensors().size() > 20 ? " and " + (tensors().size() - 20) + " more" : ""));
        }
        return tensor;
    }

    /**
     * Copies all elements of a floating-point tensor in C order into the buffer from its position on and advances the
     * position; doubles are rounded to the nearest float.
     *
     * @throws BufferOverflowException if the buffer has too little room
     * @throws DataException if there is no such tensor, it holds whole numbers, or it cannot be read
     */
    void read(String name, FloatBuffer target);

    /**
     * Copies some rows of a floating-point tensor, positions {@code first … first + count - 1} of its first dimension; otherwise
     * as {@link #read(String, FloatBuffer)}.
     *
     * @throws IndexOutOfBoundsException if there are no such rows, or no dimension
     */
    void readRows(String name, long first, long count, FloatBuffer target);

    /**
     * Copies a tensor's elements of any type in C order, as they are stored, little-endian, into the buffer from its position
     * on: for bfloat16 and float16 weights that stay what they are.
     *
     * @throws BufferOverflowException if the buffer has too little room
     * @throws DataException if there is no such tensor, or it cannot be read
     */
    void readBytes(String name, ByteBuffer target);

    /**
     * All elements of a floating-point tensor in C order, doubles rounded to the nearest float.
     *
     * @return a new array
     * @throws DataException if there is no such tensor, it holds whole numbers, it has too many elements for an array, or it
     *     cannot be read
     */
    float[] floats(String name);

    /**
     * All elements of a tensor of whole numbers (of {@link ElementType#BOOL}: 0 and 1) in C order.
     *
     * @return a new array
     * @throws DataException if there is no such tensor, it holds floating-point numbers, one does not fit, it has too many
     *     elements for an array, or it cannot be read
     */
    long[] longs(String name);
}
