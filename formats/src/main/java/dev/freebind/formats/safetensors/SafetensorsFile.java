package dev.freebind.formats.safetensors;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.ElementDecoder;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.FileErrors;
import java.io.IOException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;

/**
 * The tensors of a {@code .safetensors} file, each read when asked for.
 *
 * <p>Opening reads and checks the header alone. Safe for use from several threads. Whoever opened it closes it.
 */
public final class SafetensorsFile implements AutoCloseable {

    /** Longest header that is read, in bytes, as in the format's own library. */
    public static final long MAX_HEADER_BYTES = 100_000_000;

    private static final int LENGTH_BYTES = 8;
    private static final int CHUNK_BYTES = 1 << 17;

    private final Path path;
    private final FileChannel channel;
    private final long dataOffset;
    private final SafetensorsHeader header;

    private SafetensorsFile(Path path, FileChannel channel, long dataOffset, SafetensorsHeader header) {
        this.path = path;
        this.channel = channel;
        this.dataOffset = dataOffset;
        this.header = header;
    }

    /**
     * Opens a file.
     *
     * @return to be closed by the caller
     * @throws DataException if it is missing or damaged, or has a tensor of a type that is not read
     */
    public static SafetensorsFile open(Path path) {
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            boolean good = false;
            try {
                SafetensorsFile file = open(path, channel);
                good = true;
                return file;
            } finally {
                if (!good) {
                    channel.close();
                }
            }
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
    }

    private static SafetensorsFile open(Path path, FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < LENGTH_BYTES) {
            throw new DataException(path + ": not a safetensors file (it has only " + size + " bytes)");
        }
        ByteBuffer lengthField = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        fill(channel, lengthField, 0, path);
        long length = lengthField.getLong(0);
        if (length < 0 || length > MAX_HEADER_BYTES || length > size - LENGTH_BYTES) {
            throw new DataException(path + ": the safetensors header says it is " + Long.toUnsignedString(length)
                    + " bytes long; the file has " + (size - LENGTH_BYTES) + ", and at most " + MAX_HEADER_BYTES
                    + " are read");
        }
        ByteBuffer json = ByteBuffer.allocate((int) length);
        fill(channel, json, LENGTH_BYTES, path);
        long dataOffset = LENGTH_BYTES + length;
        return new SafetensorsFile(
                path, channel, dataOffset, SafetensorsHeader.parse(json.array(), size - dataOffset, path.toString()));
    }

    private static void fill(FileChannel channel, ByteBuffer target, long position, Path path) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int read = channel.read(target, at);
            if (read < 0) {
                throw new DataException(path + ": the file was shortened while in use; byte " + at + " is missing");
            }
            at += read;
        }
    }

    /** The file. */
    public Path path() {
        return path;
    }

    /** All tensors by name, in the header's order. */
    public Map<String, TensorInfo> tensors() {
        return header.tensors();
    }

    /** The texts under {@code __metadata__}; empty if there are none. */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    /**
     * One tensor's type, shape and place.
     *
     * @throws DataException if there is none of this name, listing some that there are
     */
    public TensorInfo tensor(String name) {
        TensorInfo tensor = header.tensors().get(name);
        if (tensor == null) {
            throw new DataException(path + ": has no tensor '" + name + "'; there are "
                    + header.tensors().keySet().stream().limit(20).toList()
                    + (header.tensors().size() > 20
                            ? " and " + (header.tensors().size() - 20) + " more"
                            : ""));
        }
        return tensor;
    }

    /**
     * All elements of a floating-point tensor, doubles rounded to the nearest float.
     *
     * @return a new array
     * @throws DataException if there is no such tensor, it holds whole numbers, or it cannot be read
     */
    public float[] floats(String name) {
        float[] values = new float[arrayLength(tensor(name))];
        read(name, FloatBuffer.wrap(values));
        return values;
    }

    /**
     * Copies all elements of a floating-point tensor into the buffer from its position on; otherwise as
     * {@link #floats(String)}.
     *
     * @throws BufferOverflowException if the buffer has too little room
     */
    public void read(String name, FloatBuffer target) {
        TensorInfo tensor = tensor(name);
        check(tensor, true, "floating-point numbers");
        if (target.remaining() < tensor.shape().elements()) {
            throw new BufferOverflowException();
        }
        forEachChunk(tensor, 0, tensor.bytes(), bytes -> ElementDecoder.toFloats(tensor.type(), bytes, target));
    }

    /**
     * Copies some rows of a floating-point tensor, positions {@code first … first + count - 1} of its first dimension; otherwise
     * as {@link #read(String, FloatBuffer)}.
     *
     * @throws IndexOutOfBoundsException if there are no such rows, or no dimension
     */
    public void readRows(String name, long first, long count, FloatBuffer target) {
        TensorInfo tensor = tensor(name);
        check(tensor, true, "floating-point numbers");
        Objects.checkIndex(0, tensor.shape().dimensions());
        Objects.checkFromIndexSize(first, count, tensor.shape().length(0));
        long row = count == 0 ? 0 : tensor.bytes() / tensor.shape().length(0);
        if (target.remaining() < count * row / tensor.type().bytes()) {
            throw new BufferOverflowException();
        }
        forEachChunk(tensor, first * row, count * row, bytes -> ElementDecoder.toFloats(tensor.type(), bytes, target));
    }

    /**
     * Copies a tensor's bytes as they are stored, little-endian, into the buffer from its position on.
     *
     * @throws BufferOverflowException if the buffer has too little room
     * @throws DataException if there is no such tensor, or it cannot be read
     */
    public void readBytes(String name, ByteBuffer target) {
        TensorInfo tensor = tensor(name);
        if (target.remaining() < tensor.bytes()) {
            throw new BufferOverflowException();
        }
        forEachChunk(tensor, 0, tensor.bytes(), target::put);
    }

    /**
     * All elements of a tensor of whole numbers (of truth values: 0 and 1).
     *
     * @return a new array
     * @throws DataException if there is no such tensor, it holds floating-point numbers, one does not fit, or it cannot be
     *     read
     */
    public long[] longs(String name) {
        TensorInfo tensor = tensor(name);
        check(tensor, false, "whole numbers");
        long[] values = new long[arrayLength(tensor)];
        int[] next = {0};
        int size = tensor.type().bytes();
        forEachChunk(tensor, 0, tensor.bytes(), bytes -> {
            for (int at = 0; at < bytes.limit(); at += size) {
                long value = ElementDecoder.longAt(tensor.type(), bytes, at);
                if (tensor.type() == ElementType.U64 && value < 0) {
                    throw new DataException(path + ": tensor '" + name + "', element " + next[0]
                            + " is too large for a signed 64-bit number");
                }
                values[next[0]++] = value;
            }
        });
        return values;
    }

    /**
     * A read-only memory map of a whole tensor, little-endian; for tensors of less than 2 GiB.
     *
     * @throws DataException if there is no such tensor or it cannot be mapped
     * @throws InvalidRequestException if it is larger; use {@link #bytes(String, long, int)}
     */
    public ByteBuffer bytes(String name) {
        TensorInfo tensor = tensor(name);
        if (tensor.bytes() > Integer.MAX_VALUE) {
            throw new InvalidRequestException(path + ": tensor '" + name + "' has " + tensor.bytes()
                    + " bytes, too many for one buffer; read it in windows");
        }
        return bytes(name, 0, (int) tensor.bytes());
    }

    /**
     * A read-only memory map of a part of a tensor, little-endian.
     *
     * @param offset first byte, counted from the tensor's beginning
     * @throws IndexOutOfBoundsException if the tensor does not have these bytes
     * @throws DataException if there is no such tensor or it cannot be mapped
     */
    public ByteBuffer bytes(String name, long offset, int length) {
        TensorInfo tensor = tensor(name);
        Objects.checkFromIndexSize(offset, length, tensor.bytes());
        try {
            return channel.map(FileChannel.MapMode.READ_ONLY, dataOffset + tensor.begin() + offset, length)
                    .order(ByteOrder.LITTLE_ENDIAN);
        } catch (ClosedByInterruptException e) {
            throw FileErrors.cannotRead(path, e);
        } catch (ClosedChannelException e) {
            throw new IllegalStateException(path + " is closed", e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
    }

    /** Receives a tensor's bytes piece by piece, each a whole number of elements. */
    @FunctionalInterface
    private interface Chunk {
        void accept(ByteBuffer bytes);
    }

    private void forEachChunk(TensorInfo tensor, long offset, long length, Chunk chunk) {
        long begin = tensor.begin() + offset;
        long end = begin + length;
        ByteBuffer buffer =
                ByteBuffer.allocateDirect((int) Math.min(CHUNK_BYTES, length)).order(ByteOrder.LITTLE_ENDIAN);
        try {
            for (long at = begin; at < end; at += buffer.limit()) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
                fill(channel, buffer, dataOffset + at, path);
                chunk.accept(buffer.flip());
            }
        } catch (ClosedByInterruptException e) {
            throw FileErrors.cannotRead(path, e);
        } catch (ClosedChannelException e) {
            throw new IllegalStateException(path + " is closed", e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
    }

    private int arrayLength(TensorInfo tensor) {
        long elements = tensor.shape().elements();
        if (elements > Integer.MAX_VALUE - 8) {
            throw new DataException(
                    path + ": tensor '" + tensor.name() + "' has " + elements + " elements, too many for one array");
        }
        return (int) elements;
    }

    private void check(TensorInfo tensor, boolean floating, String wanted) {
        if (tensor.type().isFloating() != floating) {
            throw new DataException(
                    path + ": tensor '" + tensor.name() + "' holds " + tensor.type() + ", not " + wanted);
        }
    }

    /** Lets go of the file. Closing twice is harmless. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
    }
}
