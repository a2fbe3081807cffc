package dev.freebind.api;

import java.nio.FloatBuffer;
import java.util.Objects;

/** Consecutive rows of other embeddings. */
record EmbeddingsSlice(Embeddings whole, long start, long rows) implements Embeddings {

    EmbeddingsSlice {
        Objects.checkFromIndexSize(start, rows, whole.rows());
    }

    @Override
    public int dimension() {
        return whole.dimension();
    }

    @Override
    public void read(long firstRow, int count, FloatBuffer target) {
        Objects.checkFromIndexSize(firstRow, count, rows);
        whole.read(start + firstRow, count, target);
    }

    @Override
    public String origin() {
        return start == 0 ? whole.origin() : whole.origin() + " from row " + start;
    }

    @Override
    public String origin(long row) {
        return whole.origin(start + row);
    }
}
