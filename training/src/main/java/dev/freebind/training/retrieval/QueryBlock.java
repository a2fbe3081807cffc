package dev.freebind.training.retrieval;

import dev.freebind.api.Embeddings;
import dev.freebind.tensorflow.FloatTensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The queries for which the gallery is read once, in native memory, split into the parts that enter one product each. Whoever
 * made it closes it.
 */
final class QueryBlock implements AutoCloseable {

    private final int rows;
    private final List<Part> parts = new ArrayList<>();

    QueryBlock(Embeddings queries, int first, int rows, int productRows) {
        this.rows = rows;
        try {
            for (int start = 0; start < rows; start += productRows) {
                parts.add(new Part(queries, first + start, Math.min(productRows, rows - start)));
            }
        } catch (RuntimeException | Error failure) {
            close();
            throw failure;
        }
    }

    /** How many queries. */
    int rows() {
        return rows;
    }

    /** The queries in their order. */
    List<Part> parts() {
        return parts;
    }

    @Override
    public void close() {
        parts.forEach(Part::close);
    }

    /** Queries in native memory that enter one product. */
    static final class Part implements AutoCloseable {

        private final int first;
        private final int rows;
        private final FloatTensor tensor;

        Part(Embeddings queries, int first, int rows) {
            this.first = first;
            this.rows = rows;
            this.tensor = FloatTensor.allocate(rows, queries.dimension());
            try {
                queries.read(first, rows, tensor.buffer());
            } catch (RuntimeException | Error failure) {
                tensor.close();
                throw failure;
            }
        }

        /** The first query's row among all queries. */
        int first() {
            return first;
        }

        /** How many queries. */
        int rows() {
            return rows;
        }

        /** {@code [rows, dimension]}, valid until this is closed. */
        FloatTensor tensor() {
            return tensor;
        }

        @Override
        public void close() {
            tensor.close();
        }
    }
}
