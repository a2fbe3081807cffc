package dev.freebind.training.retrieval;

import dev.freebind.api.Embeddings;
import dev.freebind.formats.npy.NpyFile;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/** Embeddings for tests. */
final class Rows {

    private Rows() {}

    /** Random unit rows. */
    static Embeddings unit(long seed, int rows, int dimension) {
        Random random = new Random(seed);
        float[] values = new float[rows * dimension];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Embeddings.of(
                array(Embeddings.of(values, dimension, "seed " + seed).normalised()), dimension, "seed " + seed);
    }

    /** All values in one array. */
    static float[] array(Embeddings rows) {
        FloatBuffer all = FloatBuffer.allocate(Math.toIntExact(rows.rows() * rows.dimension()));
        rows.read(0, Math.toIntExact(rows.rows()), all);
        return all.array();
    }

    /** One value in double precision. */
    static double[][] matrix(Embeddings rows) {
        float[] values = array(rows);
        double[][] matrix = new double[(int) rows.rows()][rows.dimension()];
        for (int i = 0; i < values.length; i++) {
            matrix[i / rows.dimension()][i % rows.dimension()] = values[i];
        }
        return matrix;
    }

    /** A file of the goldens that are kept as test resources. */
    static Path golden(String name) {
        URL resource = Objects.requireNonNull(Rows.class.getResource("/goldens/" + name), name);
        try {
            return Path.of(resource.toURI());
        } catch (URISyntaxException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** The rows of a golden file, in memory. */
    static Embeddings goldenRows(String name) {
        return copy(golden(name));
    }

    /** The rows of a file, in memory. */
    static Embeddings copy(Path path) {
        try (NpyFile file = NpyFile.open(path)) {
            return Embeddings.of(array(file), file.dimension(), path.toString());
        }
    }

    /** Counts the rows that are read. */
    static class Counting implements Embeddings {
        private final Embeddings rows;
        final AtomicLong read = new AtomicLong();

        Counting(Embeddings rows) {
            this.rows = rows;
        }

        @Override
        public long rows() {
            return rows.rows();
        }

        @Override
        public int dimension() {
            return rows.dimension();
        }

        @Override
        public void read(long firstRow, int count, FloatBuffer target) {
            read.addAndGet(count);
            rows.read(firstRow, count, target);
        }

        @Override
        public String origin() {
            return rows.origin();
        }
    }
}
