package dev.freebind.api;

import java.nio.FloatBuffer;

/**
 * Embeddings of many items in one space: {@code [rows, dimension] float32}, read in blocks into the caller's buffer.
 *
 * <p>Where the rows live (memory map, heap, computed when asked) is the implementation's affair; nobody may assume that all
 * of them fit in memory. Reading is safe from several threads at once.
 */
public interface Embeddings {

    /** Number of rows, at least 0. */
    long rows();

    /** Length of every row, at least 1. */
    int dimension();

    /**
     * Copies rows {@code firstRow … firstRow + count - 1}, row by row, into the buffer from its position on and advances the
     * position by {@code count * dimension()}.
     *
     * @throws IndexOutOfBoundsException if the rows do not exist
     * @throws java.nio.BufferOverflowException if the buffer has too little room
     * @throws DataException if the rows cannot be read or are not valid embeddings, naming file and row
     */
    void read(long firstRow, int count, FloatBuffer target);

    /** Where these rows come from, for error messages: a file name, or what computes them. */
    String origin();

    /**
     * Where one row comes from, for error messages: the file that holds it and its number there, counted from 0.
     *
     * @param row one of the rows here
     */
    default String origin(long row) {
        return origin() + ", row " + row;
    }

    /** These rows from {@code firstRow} on, {@code count} of them; row 0 of the result is row {@code firstRow} here. */
    default Embeddings slice(long firstRow, long count) {
        return firstRow == 0 && count == rows() ? this : new EmbeddingsSlice(this, firstRow, count);
    }

    /**
     * These rows scaled to unit length when read.
     *
     * <p>Reading a row that has a value that is not finite, or whose norm is zero, throws {@link DataException} with its
     * {@link #origin(long)}.
     */
    default Embeddings normalised() {
        return this instanceof NormalisedEmbeddings ? this : new NormalisedEmbeddings(this);
    }

    /** Rows held in memory, {@code values.length = rows * dimension}; the array is not copied. */
    static Embeddings of(float[] values, int dimension, String origin) {
        return new InMemoryEmbeddings(values, dimension, origin);
    }

    /**
     * All parts one after the other.
     *
     * @throws InvalidRequestException if there is no part, or the dimensions differ
     */
    static Embeddings concatenation(java.util.List<? extends Embeddings> parts) {
        return parts.size() == 1 ? parts.get(0) : new ConcatenatedEmbeddings(parts);
    }
}
