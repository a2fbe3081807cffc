package dev.freebind.formats.npy;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.ElementDecoder;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.FileErrors;
import dev.freebind.formats.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A small array of any shape, held in memory in C order. Immutable.
 *
 * <p>For rows by the million use {@link NpyFile}.
 */
public final class NpyArray {

    /** Most bytes of elements that are read into memory. */
    public static final long MAX_BYTES = 1L << 30;

    private static final int CHUNK_BYTES = 1 << 16;

    private final ElementType type;
    private final Shape shape;
    private final ByteBuffer elements;
    private final String origin;

    /** Elements in C order, from the first byte of the buffer to its end, in the buffer's byte order; not copied. */
    NpyArray(ElementType type, Shape shape, ByteBuffer elements, String origin) {
        this.type = type;
        this.shape = shape;
        this.elements = elements;
        this.origin = origin;
    }

    /**
     * An array of single-precision numbers; they are copied.
     *
     * @param shape its product is the number of values
     * @throws InvalidRequestException if it is not
     */
    public static NpyArray of(float[] values, long... shape) {
        ByteBuffer elements = room(ElementType.F32, values.length, shape);
        elements.asFloatBuffer().put(values);
        return new NpyArray(ElementType.F32, Shape.of(shape), elements, "array");
    }

    /** An array of 64-bit integers; otherwise as {@link #of(float[], long...)}. */
    public static NpyArray of(long[] values, long... shape) {
        ByteBuffer elements = room(ElementType.I64, values.length, shape);
        elements.asLongBuffer().put(values);
        return new NpyArray(ElementType.I64, Shape.of(shape), elements, "array");
    }

    /** An array of double-precision numbers; otherwise as {@link #of(float[], long...)}. */
    public static NpyArray of(double[] values, long... shape) {
        ByteBuffer elements = room(ElementType.F64, values.length, shape);
        elements.asDoubleBuffer().put(values);
        return new NpyArray(ElementType.F64, Shape.of(shape), elements, "array");
    }

    private static ByteBuffer room(ElementType type, int values, long... shape) {
        if (Shape.of(shape).elements() != values) {
            throw new InvalidRequestException(values + " values do not fill shape " + Shape.of(shape));
        }
        if ((long) values * type.bytes() > MAX_BYTES) {
            throw new InvalidRequestException(
                    "shape " + Shape.of(shape) + " takes more than " + MAX_BYTES + " bytes; write such arrays by rows");
        }
        return ByteBuffer.allocate(values * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Reads a whole file.
     *
     * @throws DataException if it is missing, damaged, in Fortran order, of a type that is not read, or larger than
     *     {@link #MAX_BYTES}
     */
    public static NpyArray read(Path path) {
        String origin = path.toString();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            NpyHeader header = NpyHeader.read(target -> NpyFile.readFully(channel, target), origin);
            header.checkFileBytes(channel.size(), origin);
            ByteBuffer elements = room(header, origin);
            NpyFile.readFully(channel, elements);
            return complete(header, elements, origin);
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
    }

    /**
     * Reads an array that is part of something else, such as a zip archive.
     *
     * @param input read to the array's end, where it must end; not closed
     * @param bytes how many bytes the input says it has, header included
     * @param origin how messages name it
     * @throws DataException as {@link #read(Path)}
     * @throws IOException if the input cannot be read
     */
    public static NpyArray read(InputStream input, long bytes, String origin) throws IOException {
        NpyHeader header = NpyHeader.read(target -> readFully(input, target), origin);
        header.checkFileBytes(bytes, origin);
        ByteBuffer elements = room(header, origin);
        readFully(input, elements);
        if (input.read() >= 0) {
            throw new DataException(origin + ": has more than the " + bytes + " bytes it says it has");
        }
        return complete(header, elements, origin);
    }

    private static void readFully(InputStream input, ByteBuffer target) throws IOException {
        byte[] chunk = new byte[Math.min(CHUNK_BYTES, target.remaining())];
        int read = chunk.length;
        while (target.hasRemaining() && read > 0) {
            read = input.readNBytes(chunk, 0, Math.min(chunk.length, target.remaining()));
            target.put(chunk, 0, read);
        }
    }

    private static ByteBuffer room(NpyHeader header, String origin) {
        if (!header.isRowByRow()) {
            throw new DataException(origin + ": is stored column by column (Fortran order); save"
                    + " np.ascontiguousarray(array) instead");
        }
        long bytes = header.shape().bytes(header.type());
        if (bytes > MAX_BYTES) {
            throw new DataException(origin + ": shape " + header.shape() + " takes " + bytes + " bytes; at most "
                    + MAX_BYTES + " are read into memory at once");
        }
        return ByteBuffer.allocate((int) bytes).order(header.order());
    }

    private static NpyArray complete(NpyHeader header, ByteBuffer elements, String origin) {
        if (elements.hasRemaining()) {
            throw new DataException(origin + ": the last " + elements.remaining() + " bytes are missing");
        }
        return new NpyArray(header.type(), header.shape(), elements.flip(), origin);
    }

    /** Type of the elements. */
    public ElementType type() {
        return type;
    }

    /** Lengths of the dimensions. */
    public Shape shape() {
        return shape;
    }

    /**
     * All elements of a floating-point array in C order, doubles rounded to the nearest float.
     *
     * @return a new array
     * @throws DataException if these are whole numbers
     */
    public float[] floats() {
        check(true, "floating-point numbers");
        float[] values = new float[count()];
        for (int i = 0; i < values.length; i++) {
            values[i] = ElementDecoder.floatAt(type, elements, type.bytes() * i);
        }
        return values;
    }

    /** All elements of a floating-point array as doubles; otherwise as {@link #floats()}. */
    public double[] doubles() {
        if (type != ElementType.F64) {
            float[] floats = floats();
            double[] values = new double[floats.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = floats[i];
            }
            return values;
        }
        double[] values = new double[count()];
        elements.duplicate().order(elements.order()).rewind().asDoubleBuffer().get(values);
        return values;
    }

    /**
     * All elements of an array of whole numbers in C order (of truth values: 0 and 1).
     *
     * @return a new array
     * @throws DataException if these are floating-point numbers, or one does not fit
     */
    public long[] longs() {
        check(false, "whole numbers");
        long[] values = new long[count()];
        for (int i = 0; i < values.length; i++) {
            values[i] = ElementDecoder.longAt(type, elements, type.bytes() * i);
            if (type == ElementType.U64 && values[i] < 0) {
                throw new DataException(origin + ": element " + i + " is too large for a signed 64-bit number");
            }
        }
        return values;
    }

    /** As {@link #longs()}, for values that fit in an {@code int}. */
    public int[] ints() {
        long[] longs = longs();
        int[] values = new int[longs.length];
        for (int i = 0; i < values.length; i++) {
            if ((int) longs[i] != longs[i]) {
                throw new DataException(origin + ": element " + i + " is " + longs[i] + ", too large for 32 bits");
            }
            values[i] = (int) longs[i];
        }
        return values;
    }

    private int count() {
        return (int) shape.elements();
    }

    private void check(boolean floating, String wanted) {
        if (type.isFloating() != floating) {
            throw new DataException(
                    origin + ": holds " + NpyType.code(type, ByteOrder.LITTLE_ENDIAN) + ", not " + wanted);
        }
    }

    /**
     * The bytes of an {@code .npy} file with this array, little-endian.
     *
     * @return at position 0, read-only
     */
    public ByteBuffer encoded() {
        ByteBuffer header = NpyHeader.encode(type, shape.toString(), 0);
        ByteBuffer file = ByteBuffer.allocate(header.remaining() + elements.capacity());
        file.put(header);
        ByteBuffer from = elements.duplicate().rewind();
        file.put(elements.order() == ByteOrder.LITTLE_ENDIAN ? from : swapped(from));
        return file.flip().asReadOnlyBuffer();
    }

    private ByteBuffer swapped(ByteBuffer bigEndian) {
        ByteBuffer swapped = ByteBuffer.allocate(bigEndian.remaining());
        int size = type.bytes();
        for (int i = 0; i < swapped.capacity(); i++) {
            swapped.put(bigEndian.get(i / size * size + size - 1 - i % size));
        }
        return swapped.flip();
    }

    /**
     * Writes the array to a file, atomically.
     *
     * @throws DataException if that fails, naming file and cause
     */
    public void write(Path target) {
        try (AtomicFile file = AtomicFile.create(target)) {
            file.write(encoded());
            file.commit();
        }
    }
}
