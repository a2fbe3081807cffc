package dev.freebind.formats.npy;

import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingsSink;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.FileErrors;
import dev.freebind.formats.Float16;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;

/**
 * Writes rows to an {@code .npy} file as they come, without knowing how many there will be.
 *
 * <p>The file appears under its name at {@link #commit()}, whole; closing without a commit leaves nothing. The same rows give
 * the same bytes, in whatever blocks they come. For one thread.
 */
public final class NpyWriter implements EmbeddingsSink, AutoCloseable {

    /** Room for any row count, so that it can be filled in at the end. */
    private static final int HEADER_BYTES = 128;

    /** Bytes gathered before they go to the file. */
    private static final int BUFFER_BYTES = 1 << 18;

    private final Path target;
    private final int dimension;
    private final ElementType type;
    private final AtomicFile file;
    private final ByteBuffer buffer;
    private long rows;

    private NpyWriter(Path target, int dimension, ElementType type, AtomicFile file) {
        this.target = target;
        this.dimension = dimension;
        this.type = type;
        this.file = file;
        // Direct, because the channel would otherwise copy every block through one.
        this.buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Begins a file.
     *
     * @param target the name it gets at {@link #commit()}
     * @param dimension length of every row, at least 1
     * @param type F32, or F16 to round every value to the nearest half
     * @return to be closed by the caller
     * @throws InvalidRequestException if the dimension or the type is not as described
     * @throws DataException if the folder cannot be written
     */
    public static NpyWriter create(Path target, int dimension, ElementType type) {
        if (dimension < 1) {
            throw new InvalidRequestException(target + ": dimension " + dimension + " is not positive");
        }
        if (type != ElementType.F32 && type != ElementType.F16) {
            throw new InvalidRequestException(target + ": embeddings are written as F32 or F16, not as " + type);
        }
        AtomicFile file = AtomicFile.create(target);
        NpyWriter writer = new NpyWriter(target, dimension, type, file);
        boolean begun = false;
        try {
            file.write(writer.header());
            begun = true;
            return writer;
        } finally {
            if (!begun) {
                file.close();
            }
        }
    }

    private ByteBuffer header() {
        return NpyHeader.encode(type, "(" + rows + ", " + dimension + ")", HEADER_BYTES);
    }

    /** Rows taken so far. */
    public long rows() {
        return rows;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if these are not whole rows
     */
    @Override
    public void append(FloatBuffer values) {
        int count = values.remaining();
        if (count % dimension != 0) {
            throw new IllegalArgumentException(
                    target + ": " + count + " values are not whole rows of dimension " + dimension);
        }
        while (values.hasRemaining()) {
            if (buffer.remaining() < type.bytes()) {
                flush();
            }
            int here = Math.min(values.remaining(), buffer.remaining() / type.bytes());
            if (type == ElementType.F32) {
                buffer.asFloatBuffer().put(values.slice().limit(here));
                buffer.position(buffer.position() + here * type.bytes());
                values.position(values.position() + here);
            } else {
                for (int i = 0; i < here; i++) {
                    buffer.putShort(Float16.fromFloat(values.get()));
                }
            }
        }
        rows += count / dimension;
    }

    private void flush() {
        file.write(buffer.flip());
        buffer.clear();
    }

    /**
     * Makes the file appear under its name, on the disk for good.
     *
     * @throws DataException if that fails, naming file and cause
     */
    public void commit() {
        flush();
        ByteBuffer header = header();
        try {
            while (header.hasRemaining()) {
                file.channel().write(header, header.position());
            }
        } catch (IOException e) {
            throw FileErrors.cannotWrite(target, e);
        }
        file.commit();
    }

    /** Removes what was written unless it was committed. Closing twice is harmless. */
    @Override
    public void close() {
        file.close();
    }
}
