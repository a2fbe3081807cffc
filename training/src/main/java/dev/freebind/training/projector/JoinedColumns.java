package dev.freebind.training.projector;

import dev.freebind.api.Embeddings;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Embeddings of the same items side by side: row i is row i of the first, then row i of the second, and so on.
 *
 * @param parts at least one, all with the same number of rows
 */
record JoinedColumns(List<Embeddings> parts) implements Embeddings {

    JoinedColumns {
        parts = List.copyOf(parts);
    }

    @Override
    public long rows() {
        return parts.get(0).rows();
    }

    @Override
    public int dimension() {
        return parts.stream().mapToInt(Embeddings::dimension).sum();
    }

    @Override
    public void read(long firstRow, int count, FloatBuffer target) {
        int width = dimension();
        int start = target.position();
        int column = 0;
        for (Embeddings part : parts) {
            int length = part.dimension();
            FloatBuffer rows = FloatBuffer.allocate(Math.multiplyExact(count, length));
            part.read(firstRow, count, rows);
            rows.flip();
            for (int row = 0; row < count; row++) {
                target.put(start + row * width + column, rows, row * length, length);
            }
            column += length;
        }
        target.position(start + count * width);
    }

    @Override
    public String origin() {
        return String.join(" beside ", parts.stream().map(Embeddings::origin).toList());
    }
}
