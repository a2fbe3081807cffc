package dev.freebind.search;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Progress;
import java.nio.FloatBuffer;

/**
 * Other embeddings, whose reading is reported.
 *
 * @param rowsToRead read here
 * @param task advanced by every row that is read
 */
record CountedEmbeddings(Embeddings rowsToRead, Progress.Task task) implements Embeddings {

    @Override
    public long rows() {
        return rowsToRead.rows();
    }

    @Override
    public int dimension() {
        return rowsToRead.dimension();
    }

    @Override
    public void read(long firstRow, int count, FloatBuffer target) {
        rowsToRead.read(firstRow, count, target);
        task.advance(count);
    }

    @Override
    public String origin() {
        return rowsToRead.origin();
    }

    @Override
    public String origin(long row) {
        return rowsToRead.origin(row);
    }
}
