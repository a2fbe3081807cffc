package dev.freebind.api;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** Several embeddings of one dimension, one after the other. */
final class ConcatenatedEmbeddings implements Embeddings {

    private final List<Embeddings> parts;
    /** {@code starts[i]} is the row at which part i begins; the last entry is the number of rows. */
    private final long[] starts;

    ConcatenatedEmbeddings(List<? extends Embeddings> parts) {
        if (parts.isEmpty()) {
            throw new InvalidRequestException("no embeddings to put together");
        }
        this.parts = List.copyOf(parts);
        starts = new long[parts.size() + 1];
        for (int i = 0; i < parts.size(); i++) {
            Embeddings part = parts.get(i);
            if (part.dimension() != parts.get(0).dimension()) {
                throw new InvalidRequestException(part.origin() + " has dimension " + part.dimension() + ", but "
                        + parts.get(0).origin() + " has " + parts.get(0).dimension() + ": they cannot be put together");
            }
            starts[i + 1] = starts[i] + part.rows();
        }
    }

    @Override
    public long rows() {
        return starts[parts.size()];
    }

    @Override
    public int dimension() {
        return parts.get(0).dimension();
    }

    @Override
    public void read(long firstRow, int count, FloatBuffer target) {
        Objects.checkFromIndexSize(firstRow, count, rows());
        long row = firstRow;
        long end = firstRow + count;
        for (int i = 0; i < parts.size() && row < end; i++) {
            if (row < starts[i + 1]) {
                int here = (int) (Math.min(end, starts[i + 1]) - row);
                parts.get(i).read(row - starts[i], here, target);
                row += here;
            }
        }
    }

    @Override
    public String origin() {
        return parts.stream().map(Embeddings::origin).collect(Collectors.joining(" + "));
    }

    @Override
    public String origin(long row) {
        Objects.checkIndex(row, rows());
        int part = 0;
        while (row >= starts[part + 1]) {
            part++;
        }
        return parts.get(part).origin(row - starts[part]);
    }
}
