package dev.freebind.formats.npy;

import dev.freebind.api.DataException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What the beginning of an {@code .npy} file says about the rest.
 *
 * @param type type of the elements
 * @param order byte order of the elements
 * @param fortranOrder whether the first index runs fastest
 * @param shape lengths of the dimensions
 * @param dataOffset byte at which the elements begin
 */
public record NpyHeader(ElementType type, ByteOrder order, boolean fortranOrder, Shape shape, long dataOffset) {

    /** Longest header that is read, in bytes. NumPy writes 118 for a matrix. */
    public static final int MAX_LENGTH = 1 << 20;

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    /** NumPy aligns the elements to this many bytes. */
    private static final int ALIGNMENT = 64;

    /** Supplies the file's bytes from the beginning. */
    @FunctionalInterface
    interface Source {
        /** Fills the buffer as far as there are bytes. */
        void read(ByteBuffer target) throws IOException;
    }

    /**
     * Reads a header.
     *
     * @param source the bytes from the beginning of the file; read no further than the header's end
     * @param origin how messages name the file
     * @throws DataException if it is not an npy header of version 1 to 3, or the elements are of a type that is not read
     * @throws IOException if the bytes cannot be read
     */
    static NpyHeader read(Source source, String origin) throws IOException {
        Preamble preamble = Preamble.read(source, origin);
        return new NpyDictionaryParser(preamble.dictionary, origin).parse(preamble.dataOffset);
    }

    /**
     * A header before anything in it is understood.
     *
     * @param dictionary the Python dictionary that describes the elements
     * @param dataOffset byte at which they begin
     */
    record Preamble(String dictionary, long dataOffset) {

        /** Reads it as {@link NpyHeader#read} does. */
        static Preamble read(Source source, String origin) throws IOException {
            byte[] start = take(source, MAGIC.length + 2, origin);
            if (!Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
                throw new DataException(origin + ": not an npy file (it does not begin with \\x93NUMPY)");
            }
            int version = start[MAGIC.length] & 0xff;
            if (version < 1 || version > 3) {
                throw new DataException(origin + ": npy version " + version + "." + (start[MAGIC.length + 1] & 0xff)
                        + " is unknown; versions 1 to 3 can be read");
            }
            int lengthBytes = version == 1 ? 2 : 4;
            ByteBuffer lengthField =
                    ByteBuffer.wrap(take(source, lengthBytes, origin)).order(ByteOrder.LITTLE_ENDIAN);
            long length = version == 1 ? lengthField.getShort() & 0xffff : lengthField.getInt() & 0xffffffffL;
            if (length > MAX_LENGTH) {
                throw new DataException(origin + ": the npy header says it is " + length + " bytes long; at most "
                        + MAX_LENGTH + " are read");
            }
            Charset charset = version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
            String dictionary = new String(take(source, (int) length, origin), charset);
            return new Preamble(dictionary, start.length + lengthBytes + length);
        }
    }

    private static byte[] take(Source source, int count, String origin) throws IOException {
        byte[] bytes = new byte[count];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        source.read(buffer);
        if (buffer.hasRemaining()) {
            throw new DataException(origin + ": the npy header is cut off (" + buffer.remaining() + " of " + count
                    + " bytes are missing)");
        }
        return bytes;
    }

    /** Bytes of the whole file, header included. */
    long fileBytes() {
        long data = shape.bytes(type);
        if (data > Long.MAX_VALUE - dataOffset) {
            throw new DataException(
                    "shape " + shape + " has more elements of type " + type + " than any file can hold");
        }
        return dataOffset + data;
    }

    /**
     * Checks that the file is exactly as long as the header promises.
     *
     * @throws DataException if not, with the bytes found and expected
     */
    void checkFileBytes(long found, String origin) {
        long expected;
        try {
            expected = fileBytes();
        } catch (DataException e) {
            throw new DataException(origin + ": " + e.getMessage(), e);
        }
        if (found != expected) {
            throw new DataException(origin + ": the file has " + found + " bytes, but shape " + shape + " of type "
                    + NpyType.code(type, order) + " needs " + expected + " (" + dataOffset + " of them header); "
                    + (found < expected
                            ? (expected - found) + " bytes are missing, the file is incomplete"
                            : (found - expected) + " bytes are too many"));
        }
    }

    /** Whether elements lie in C order, which both orders are when at most one dimension is longer than 1. */
    boolean isRowByRow() {
        return !fortranOrder
                || shape.lengths().stream().filter(length -> length != 1).count() <= 1;
    }

    /**
     * The bytes of a version 1 header in C order and little-endian, as NumPy writes it.
     *
     * @param shape as it is to be written
     * @param length bytes to pad to, a multiple of 64, or 0 for the next one
     */
    static ByteBuffer encode(ElementType type, String shape, int length) {
        String dictionary = "{'descr': '" + NpyType.code(type, ByteOrder.LITTLE_ENDIAN)
                + "', 'fortran_order': False, 'shape': " + shape + ", }";
        int prefix = MAGIC.length + 4;
        int needed = prefix + dictionary.length() + 1;
        int total = length > 0 ? length : (needed + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (needed > total || total - prefix > 0xffff) {
            throw new IllegalArgumentException("a header for shape " + shape + " does not fit in " + total + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (total - prefix));
        bytes.put(dictionary.getBytes(StandardCharsets.US_ASCII));
        while (bytes.remaining() > 1) {
            bytes.put((byte) ' ');
        }
        bytes.put((byte) '\n');
        return bytes.flip();
    }
}
