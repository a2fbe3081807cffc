package dev.freebind.api;

import java.nio.FloatBuffer;
import java.util.Objects;

/** Rows in one array. */
record InMemoryEmbeddings(float[] values, int dimension, String origin) implements Embeddings {

    InMemoryEmbeddings {
        if (dimension < 1 || values.length % dimension != 0) {
            throw new InvalidRequestException(
                    origin + ": " + values.length + " values are not whole rows of dimension " + dimension);
        }
    }

    @Override
    public long rows() {
        return values.length / dimension;
    }

    @Override
    public void read(long firstRow, int count, FloatBuffer target) {
        Objects.checkFromIndexSize(firstRow, count, rows());
        target.put(values, Math.toIntExact(firstRow * dimension), count * dimension);
    }
}
