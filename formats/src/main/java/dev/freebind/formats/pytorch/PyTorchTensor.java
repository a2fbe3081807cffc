package dev.freebind.formats.pytorch;

import dev.freebind.api.DataException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A tensor as a view of a storage: element {@code (i, j, …)} is the storage's element
 * {@code offset + i * strides[0] + j * strides[1] + …}. Views may be transposed, overlap each other, and repeat elements
 * (stride 0).
 *
 * @param type type of the elements
 * @param shape lengths of the dimensions
 * @param strides one for each dimension, at least 0, in elements
 * @param offset of the first element, at least 0, in elements
 * @param storage key of the storage in its file
 */
public record PyTorchTensor(ElementType type, Shape shape, List<Long> strides, long offset, String storage) {

    /** Most dimensions of a tensor, as in PyTorch. */
    static final int MAX_DIMENSIONS = 64;

    /**
     * Copies and checks.
     *
     * @throws DataException if there is not one stride for each dimension, a number is negative, or the last element's place
     *     overflows
     */
    public PyTorchTensor {
        strides = List.copyOf(strides);
        if (shape.dimensions() > MAX_DIMENSIONS || strides.size() != shape.dimensions()) {
            throw new DataException("shape " + shape + " with strides " + strides + " is not that of a tensor");
        }
        if (offset < 0 || strides.stream().anyMatch(stride -> stride < 0)) {
            throw new DataException("shape " + shape + " with strides " + strides + " and offset " + offset
                    + ": a stride or the offset is negative");
        }
        if (spanned(shape, strides, offset) > Long.MAX_VALUE / type.bytes()) {
            throw overflow(shape, strides, null);
        }
    }

    /** Elements that the storage must have for this view: the place of the last one plus 1, or 0 for an empty tensor. */
    long spanned() {
        return spanned(shape, strides, offset);
    }

    private static long spanned(Shape shape, List<Long> strides, long offset) {
        if (shape.elements() == 0) {
            return 0;
        }
        try {
            long last = offset;
            for (int i = 0; i < strides.size(); i++) {
                last = Math.addExact(last, Math.multiplyExact(shape.length(i) - 1, strides.get(i)));
            }
            return Math.addExact(last, 1);
        } catch (ArithmeticException e) {
            throw overflow(shape, strides, e);
        }
    }

    private static DataException overflow(Shape shape, List<Long> strides, @Nullable ArithmeticException cause) {
        String message = "shape " + shape + " with strides " + strides + " spans more than any file can hold";
        return cause == null ? new DataException(message) : new DataException(message, cause);
    }

    /** Whether the elements lie in the storage one after the other in C order. */
    public boolean isContiguous() {
        long expected = 1;
        for (int i = shape.dimensions() - 1; i >= 0; i--) {
            if (shape.length(i) != 1) {
                if (strides.get(i) != expected && shape.elements() > 0) {
                    return false;
                }
                expected *= shape.length(i);
            }
        }
        return true;
    }

    /**
     * The part of this tensor with some of its rows: positions {@code first … first + count - 1} of the first dimension.
     *
     * @throws IndexOutOfBoundsException if there are no such rows, or no dimension
     */
    public PyTorchTensor rows(long first, long count) {
        Objects.checkIndex(0, shape.dimensions());
        Objects.checkFromIndexSize(first, count, shape.length(0));
        List<Long> lengths = new ArrayList<>(shape.lengths());
        lengths.set(0, count);
        long start = shape.elements() == 0 || count == 0 ? offset : offset + first * strides.get(0);
        return new PyTorchTensor(type, new Shape(lengths), strides, start, storage);
    }
}
