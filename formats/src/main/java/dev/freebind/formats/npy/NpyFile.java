package dev.freebind.formats.npy;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.FileErrors;
import dev.freebind.formats.Float16;
import java.io.IOException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a two-dimensional {@code .npy} file of half, single or double precision, read through a memory map as
 * {@code [rows, dimension] float32}.
 *
 * <p>Opening reads the header alone. The file is mapped in windows when rows in them are first read, so its size is limited by
 * the address space only and the heap it takes does not grow with it. Doubles are rounded to the nearest float.
 *
 * <p>Safe for use from several threads. Whoever opened it closes it; the operating system takes a window back when the
 * garbage collector has found it unused.
 */
public final class NpyFile implements Embeddings, AutoCloseable {

    /** Half of what JDK 17 can map at once. */
    private static final long WINDOW_BYTES = 1L << 30;

    /** Longest row, in bytes: one window must hold it. */
    private static final long MAX_ROW_BYTES = 1L << 28;

    /** Doubles converted at once. */
    private static final int CHUNK = 2048;

    private final Path path;
    private final FileChannel channel;
    private final NpyHeader header;
    private final int dimension;
    private final long rowsPerWindow;
    private final AtomicReferenceArray<@Nullable ByteBuffer> windows;

    private NpyFile(Path path, FileChannel channel, NpyHeader header) {
        this.path = path;
        this.channel = channel;
        this.header = header;
        this.dimension = (int) header.shape().length(1);
        this.rowsPerWindow = WINDOW_BYTES / rowBytes();
        long count = rows() == 0 ? 0 : (rows() - 1) / rowsPerWindow + 1;
        this.windows = new AtomicReferenceArray<>(Math.toIntExact(count));
    }

    /**
     * Opens a file.
     *
     * @return to be closed by the caller
     * @throws DataException if the file is missing or damaged, its size is not what its shape needs, or it is not a C-order
     *     matrix of f2, f4 or f8, naming the file
     */
    public static NpyFile open(Path path) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            NpyFile file = new NpyFile(path, channel, checkedHeader(channel, path.toString()));
            channel = null;
            return file;
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        } finally {
            closeQuietly(channel);
        }
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // The error that led here says more, and nothing was written.
            }
        }
    }

    private static NpyHeader checkedHeader(FileChannel channel, String origin) throws IOException {
        NpyHeader header = NpyHeader.read(target -> readFully(channel, target), origin);
        if (header.shape().dimensions() != 2) {
            throw new DataException(origin + ": shape " + header.shape() + " has "
                    + header.shape().dimensions() + " dimensions; embeddings have two, items and values");
        }
        if (!header.type().isFloating()) {
            throw new DataException(origin + ": holds " + NpyType.code(header.type(), header.order())
                    + "; embeddings are f2, f4 or f8");
        }
        if (!header.isRowByRow()) {
            throw new DataException(origin + ": is stored column by column (Fortran order); save"
                    + " np.ascontiguousarray(array) instead");
        }
        header.checkFileBytes(channel.size(), origin);
        long dimension = header.shape().length(1);
        if (dimension < 1 || dimension > MAX_ROW_BYTES / header.type().bytes()) {
            throw new DataException(
                    origin + ": shape " + header.shape() + " has rows of " + dimension + " values; allowed are 1 to "
                            + MAX_ROW_BYTES / header.type().bytes());
        }
        return header;
    }

    /** Fills the target as far as the file goes. */
    static void readFully(FileChannel channel, ByteBuffer target) throws IOException {
        int read = 0;
        while (target.hasRemaining() && read >= 0) {
            read = channel.read(target);
        }
    }

    /** The file. */
    public Path path() {
        return path;
    }

    /** The type of the stored values: F16, F32 or F64. */
    public ElementType storedType() {
        return header.type();
    }

    @Override
    public long rows() {
        return header.shape().length(0);
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public String origin() {
        return path.toString();
    }

    /**
     * {@inheritDoc}
     *
     * @throws DataException if the file was truncated or damaged since it was opened
     * @throws IllegalStateException after {@link #close()}
     */
    @Override
    public void read(long firstRow, int count, FloatBuffer target) {
        Objects.checkFromIndexSize(firstRow, count, rows());
        if (target.remaining() < (long) count * dimension) {
            throw new BufferOverflowException();
        }
        checkStillWhole();
        long row = firstRow;
        long end = firstRow + count;
        try {
            while (row < end) {
                int window = (int) (row / rowsPerWindow);
                long inWindow = row % rowsPerWindow;
                int here = (int) Math.min(end - row, rowsPerWindow - inWindow);
                ByteBuffer bytes = window(window)
                        .slice((int) (inWindow * rowBytes()), (int) (here * rowBytes()))
                        .order(header.order());
                convert(bytes, target);
                row += here;
            }
        } catch (InternalError e) {
            // How the virtual machine reports a mapped page that the file no longer has, or that the disk cannot
            // deliver.
            throw new DataException(
                    path + ": rows " + firstRow + " to " + (end - 1)
                            + " cannot be read; the file was shortened while in use, or the disk failed",
                    e);
        }
    }

    private void convert(ByteBuffer bytes, FloatBuffer target) {
        switch (header.type()) {
            case F16 -> Float16.toFloats(bytes.asShortBuffer(), target);
            case F32 -> target.put(bytes.asFloatBuffer());
            default -> toFloats(bytes.asDoubleBuffer(), target);
        }
    }

    private static void toFloats(DoubleBuffer doubles, FloatBuffer target) {
        double[] from = new double[Math.min(CHUNK, doubles.remaining())];
        float[] to = new float[from.length];
        while (doubles.hasRemaining()) {
            int count = Math.min(from.length, doubles.remaining());
            doubles.get(from, 0, count);
            for (int i = 0; i < count; i++) {
                to[i] = (float) from[i];
            }
            target.put(to, 0, count);
        }
    }

    private long rowBytes() {
        return (long) dimension * header.type().bytes();
    }

    private void checkStillWhole() {
        long size;
        try {
            size = channel.size();
        } catch (ClosedByInterruptException e) {
            throw FileErrors.cannotRead(path, e);
        } catch (ClosedChannelException e) {
            throw new IllegalStateException(path + " is closed", e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
        if (size < header.fileBytes()) {
            throw new DataException(path + ": the file was shortened while in use, from " + header.fileBytes() + " to "
                    + size + " bytes");
        }
    }

    private ByteBuffer window(int index) {
        ByteBuffer window = windows.get(index);
        if (window != null) {
            return window;
        }
        synchronized (windows) {
            window = windows.get(index);
            if (window == null) {
                long firstRow = index * rowsPerWindow;
                long rows = Math.min(rowsPerWindow, rows() - firstRow);
                try {
                    window = channel.map(
                            FileChannel.MapMode.READ_ONLY,
                            header.dataOffset() + firstRow * rowBytes(),
                            rows * rowBytes());
                } catch (ClosedByInterruptException e) {
                    throw FileErrors.cannotRead(path, e);
                } catch (ClosedChannelException e) {
                    throw new IllegalStateException(path + " is closed", e);
                } catch (IOException e) {
                    throw FileErrors.cannotRead(path, e);
                }
                windows.set(index, window);
            }
            return window;
        }
    }

    /** Lets go of the file and its windows. Closing twice is harmless. */
    @Override
    public void close() {
        closeQuietly(channel);
        for (int i = 0; i < windows.length(); i++) {
            windows.set(i, null);
        }
    }
}
