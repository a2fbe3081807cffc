package dev.freebind.formats;

import dev.freebind.api.DataException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The lengths of an array's dimensions, outermost first; none at all for a single number.
 *
 * @param lengths each at least 0; their product fits in a {@code long}
 */
public record Shape(List<Long> lengths) {

    /**
     * Copies and checks.
     *
     * @throws DataException if a length is negative or the number of elements overflows
     */
    public Shape {
        lengths = List.copyOf(lengths);
        product(lengths);
    }

    /** The shape with these lengths. */
    public static Shape of(long... lengths) {
        return new Shape(Arrays.stream(lengths).boxed().toList());
    }

    /** Number of dimensions. */
    public int dimensions() {
        return lengths.size();
    }

    /** Length of one dimension, counted from 0. */
    public long length(int dimension) {
        return lengths.get(dimension);
    }

    /** Number of elements: the product of all lengths, 1 if there is none. */
    public long elements() {
        return product(lengths);
    }

    /**
     * Bytes that the elements take.
     *
     * @throws DataException if that overflows a {@code long}
     */
    public long bytes(ElementType type) {
        long elements = elements();
        if (elements > Long.MAX_VALUE / type.bytes()) {
            throw new DataException("shape " + this + " has more elements of type " + type + " than any file can hold");
        }
        return elements * type.bytes();
    }

    private static long product(List<Long> lengths) {
        // A zero makes the product zero whatever the rest is, but a negative or huge length beside it is still a lie.
        long product = 1;
        long productWithoutZeros = 1;
        for (long length : lengths) {
            if (length < 0) {
                throw new DataException("shape " + text(lengths) + " has a negative length");
            }
            product *= length == 0 ? 0 : 1;
            if (length > 0) {
                if (productWithoutZeros > Long.MAX_VALUE / length) {
                    throw new DataException("shape " + text(lengths) + " has more elements than any file can hold");
                }
                productWithoutZeros *= length;
            }
        }
        return product * productWithoutZeros;
    }

    private static String text(List<Long> lengths) {
        return lengths.stream().map(String::valueOf).collect(Collectors.joining(", ", "(", ")"));
    }

    /** As in Python, for example {@code (1203, 512)}. */
    @Override
    public String toString() {
        return lengths.size() == 1 ? "(" + lengths.get(0) + ",)" : text(lengths);
    }
}
