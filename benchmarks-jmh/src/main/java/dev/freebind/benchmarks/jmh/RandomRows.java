package dev.freebind.benchmarks.jmh;

import dev.freebind.api.Embeddings;
import dev.freebind.api.EmbeddingsSink;
import java.nio.FloatBuffer;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * Unit rows made from a seed; row i is the same whoever reads it, and whenever.
 *
 * @param seed what to make them from
 * @param rows how many
 * @param dimension values per row
 */
record RandomRows(long seed, long rows, int dimension) implements Embeddings {

    @Override
    public void read(long firstRow, int count, FloatBuffer target) {
        Objects.checkFromIndexSize(firstRow, count, rows);
        float[] row = new float[dimension];
        for (long i = firstRow; i < firstRow + count; i++) {
            SplittableRandom random = new SplittableRandom(seed * 1_000_003 + i);
            double squares = 0;
            for (int j = 0; j < dimension; j++) {
                row[j] = (float) (random.nextDouble() - 0.5);
                squares += row[j] * row[j];
            }
            float scale = (float) (1 / Math.sqrt(squares));
            for (int j = 0; j < dimension; j++) {
                row[j] *= scale;
            }
            target.put(row);
        }
    }

    /** Writes all rows, block by block. */
    void writeTo(EmbeddingsSink sink) {
        FloatBuffer block = FloatBuffer.allocate(1024 * dimension);
        for (long row = 0; row < rows; row += 1024) {
            block.clear();
            read(row, (int) Math.min(1024, rows - row), block);
            sink.append(block.flip());
        }
    }

    @Override
    public String origin() {
        return "random rows of seed " + seed;
    }
}
