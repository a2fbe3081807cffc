package dev.freebind.benchmarks.jmh;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.NearestItems.Neighbours;
import dev.freebind.training.retrieval.TensorFlowNearestItems;
import java.nio.FloatBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The nearest of 65,536 gallery rows of dimension 1024 for each of 8,192 queries: the single nearest, as item tuples need it
 * for every item of a corpus, and the ten nearest. Target: 0.8 of sgemm for the single nearest.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 10)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and runs the set-up before anything else.
public class NearestBenchmark {

    private static final int DIMENSION = 1024;

    /** Rows that are searched for. */
    @Param("8192")
    public int queries;

    /** Rows that are searched. */
    @Param("65536")
    public int gallery;

    /** How many to find for each query. */
    @Param({"1", "10"})
    public int k;

    private Embeddings queryRows;
    private Embeddings galleryRows;
    private Neighbours found = new Neighbours(0, new int[0], new float[0]);

    /** Makes the rows. */
    @Setup(Level.Trial)
    public void makeRows() {
        queryRows = inMemory(new RandomRows(7, queries, DIMENSION));
        galleryRows = inMemory(new RandomRows(8, gallery, DIMENSION));
    }

    private static Embeddings inMemory(RandomRows rows) {
        FloatBuffer values = FloatBuffer.allocate(Math.toIntExact(rows.rows() * DIMENSION));
        rows.read(0, (int) rows.rows(), values);
        return Embeddings.of(values.array(), DIMENSION, rows.origin());
    }

    /** The measured work: the product of every query with every gallery row. */
    @Benchmark
    public Neighbours nearest(FractionOfSgemm fraction) {
        TensorFlowNearestItems nearest = new TensorFlowNearestItems(fraction.runtime());
        fraction.time(
                2.0 * queries * gallery * DIMENSION,
                () -> found = nearest.nearest(queryRows, galleryRows, k, new Progress.Task() {}));
        return found;
    }

    /** Compares what was found for some queries with products in double precision. */
    @TearDown(Level.Trial)
    public void verify() {
        for (int query = 0; query < queries; query += Math.max(1, queries / 16 - 1)) {
            float last = found.scores()[query * k + k - 1];
            int better = 0;
            for (int row = 0; row < gallery; row++) {
                better += product(query, row) > last + 2e-6 ? 1 : 0;
            }
            double first = product(query, found.rows()[query * k]);
            if (found.k() != k || better >= k || Math.abs(first - found.scores()[query * k]) > 2e-6) {
                throw new IllegalStateException("query " + query + ": " + better + " rows are better than the last of "
                        + found.k() + ", the first of which has score " + first + ", not "
                        + found.scores()[query * k]);
            }
        }
    }

    private double product(int query, int row) {
        FloatBuffer left = FloatBuffer.allocate(DIMENSION);
        FloatBuffer right = FloatBuffer.allocate(DIMENSION);
        queryRows.read(query, 1, left);
        galleryRows.read(row, 1, right);
        double sum = 0;
        for (int j = 0; j < DIMENSION; j++) {
            sum += (double) left.get(j) * right.get(j);
        }
        return sum;
    }
}
