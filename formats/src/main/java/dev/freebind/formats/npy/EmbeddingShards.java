package dev.freebind.formats.npy;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * The rows of several {@code .npy} files, one after the other.
 *
 * <p>Safe for use from several threads. Closing it closes the files.
 */
public final class EmbeddingShards implements Embeddings, AutoCloseable {

    private final List<NpyFile> files;
    /** Row at which each file begins; the last entry is the number of rows. */
    private final long[] starts;

    /**
     * Takes over the files.
     *
     * @param files at least one, in order; closed with the new object, but not if this throws
     * @throws DataException if two differ in dimension, naming both
     */
    EmbeddingShards(List<NpyFile> files) {
        if (files.isEmpty()) {
            throw new InvalidRequestException("no embedding file is named");
        }
        this.files = List.copyOf(files);
        starts = new long[files.size() + 1];
        NpyFile first = files.get(0);
        for (int i = 0; i < files.size(); i++) {
            NpyFile file = files.get(i);
            if (file.dimension() != first.dimension()) {
                throw new DataException(file.origin() + " has rows of " + file.dimension() + " values, but "
                        + first.origin() + " has rows of " + first.dimension()
                        + ": parts of one corpus must have one dimension");
            }
            starts[i + 1] = starts[i] + file.rows();
        }
    }

    /** The files in order. */
    public List<Path> paths() {
        return files.stream().map(NpyFile::path).toList();
    }

    @Override
    public long rows() {
        return starts[files.size()];
    }

    @Override
    public int dimension() {
        return files.get(0).dimension();
    }

    @Override
    public void read(long firstRow, int count, FloatBuffer target) {
        Objects.checkFromIndexSize(firstRow, count, rows());
        long row = firstRow;
        long end = firstRow + count;
        for (int i = count == 0 ? files.size() : fileOf(row); row < end; i++) {
            int here = (int) (Math.min(end, starts[i + 1]) - row);
            files.get(i).read(row - starts[i], here, target);
            row += here;
        }
    }

    /** Index of the file that has the row. */
    private int fileOf(long row) {
        int low = 0;
        int high = files.size() - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (row < starts[middle + 1]) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    @Override
    public String origin() {
        return files.size() == 1
                ? files.get(0).origin()
                : files.get(0).origin() + " … " + files.get(files.size() - 1).origin() + " (" + files.size()
                        + " files)";
    }

    @Override
    public String origin(long row) {
        Objects.checkIndex(row, rows());
        int file = fileOf(row);
        return files.get(file).origin(row - starts[file]);
    }

    /** Closes the files. Closing twice is harmless. */
    @Override
    public void close() {
        files.forEach(NpyFile::close);
    }
}
