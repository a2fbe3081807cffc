package dev.freebind.formats.npy;

import dev.freebind.api.DataException;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.FileErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Row numbers in an {@code .npy} file, one-dimensional and of type i4: which row of something else belongs to row i. Read through
 * a memory map, which lives until the garbage collector finds it unused.
 *
 * <p>Safe for use from several threads.
 */
public final class RowIndex {

    /** What JDK 17 can map at once, in rows. */
    private static final long MOST_ROWS = (Integer.MAX_VALUE - 1024) / Integer.BYTES;

    private final Path path;
    private final IntBuffer rows;

    private RowIndex(Path path, IntBuffer rows) {
        this.path = path;
        this.rows = rows;
    }

    /**
     * Writes a file, whole or not at all.
     *
     * @throws DataException if it cannot be written
     */
    public static void write(Path target, int[] rows) {
        try (AtomicFile file = AtomicFile.create(target)) {
            file.write(NpyHeader.encode(ElementType.I32, "(" + rows.length + ",)", 0));
            int chunk = 1 << 16;
            ByteBuffer bytes = ByteBuffer.allocate(chunk * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (int first = 0; first < rows.length; first += chunk) {
                bytes.clear();
                int count = Math.min(chunk, rows.length - first);
                bytes.asIntBuffer().put(rows, first, count);
                file.write(bytes.limit(count * Integer.BYTES));
            }
            file.commit();
        }
    }

    /**
     * Opens a file.
     *
     * @param most every row number must be below this
     * @throws DataException if the file is missing or damaged, is no list of i4, or holds a number that is no row
     */
    public static RowIndex open(Path path, long most) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            NpyHeader header = NpyHeader.read(target -> NpyFile.readFully(channel, target), path.toString());
            if (header.shape().dimensions() != 1
                    || header.type() != ElementType.I32
                    || header.shape().elements() > MOST_ROWS) {
                throw new DataException(path + ": is no list of at most " + MOST_ROWS + " row numbers of type i4");
            }
            header.checkFileBytes(channel.size(), path.toString());
            long bytes = header.shape().elements() * Integer.BYTES;
            IntBuffer rows = channel.map(FileChannel.MapMode.READ_ONLY, header.dataOffset(), bytes)
                    .order(header.order())
                    .asIntBuffer();
            for (int i = 0; i < rows.capacity(); i++) {
                if (rows.get(i) < 0 || rows.get(i) >= most) {
                    throw new DataException(path + ": row " + i + " holds " + rows.get(i)
                            + ", which is no row number below " + most + "; delete the file to have it made again");
                }
            }
            return new RowIndex(path, rows);
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
    }

    /** How many there are. */
    public int rows() {
        return rows.capacity();
    }

    /** The row that belongs to a row. */
    public int get(int row) {
        return rows.get(row);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
