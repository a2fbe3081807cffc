package dev.freebind.benchmarks.jmh;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.NearestItems.RelevantRanks;
import dev.freebind.bonds.execution.Relevance;
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
 * Ranks of 40,000 row-aligned queries in a gallery of 40,000 at dimension 1024, as every recall needs them, without ever
 * holding the score matrix. Target: 0.7 of sgemm.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 10)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and runs the set-up before anything else.
public class RankBenchmark {

    private static final int DIMENSION = 1024;

    /** Queries, and as many gallery rows. */
    @Param("40000")
    public int rows;

    private Embeddings queries;
    private Embeddings gallery;
    private RelevantRanks ranks = new RelevantRanks(new int[0], new int[0], new int[0]);

    /** Makes a gallery, and queries that resemble their row a little. */
    @Setup(Level.Trial)
    public void makeRows() {
        FloatBuffer items = FloatBuffer.allocate(rows * DIMENSION);
        new RandomRows(3, rows, DIMENSION).read(0, rows, items);
        FloatBuffer noise = FloatBuffer.allocate(rows * DIMENSION);
        new RandomRows(4, rows, DIMENSION).read(0, rows, noise);
        float[] mixed = noise.array();
        for (int i = 0; i < mixed.length; i++) {
            mixed[i] += 0.08f * items.get(i);
        }
        gallery = Embeddings.of(items.array(), DIMENSION, "gallery");
        queries = Embeddings.of(mixed, DIMENSION, "queries").normalised();
    }

    /** The measured work: the product of every query with every gallery row. */
    @Benchmark
    public RelevantRanks rank(FractionOfSgemm fraction) {
        TensorFlowNearestItems nearest = new TensorFlowNearestItems(fraction.runtime());
        fraction.time(
                2.0 * rows * rows * DIMENSION,
                () -> ranks = nearest.ranks(queries, gallery, Relevance.rowAligned(rows), new Progress.Task() {}));
        return ranks;
    }

    /** Compares some ranks with those of products in double precision. */
    @TearDown(Level.Trial)
    public void verify() {
        for (int query = 0; query < rows; query += Math.max(1, rows / 16 - 1)) {
            double own = product(query, query);
            int surelyBetter = 0;
            int perhapsBetter = 0;
            for (int item = 0; item < rows; item++) {
                double score = product(query, item);
                surelyBetter += score > own + 2e-6 ? 1 : 0;
                perhapsBetter += score > own ? 1 : 0;
            }
            int found = ranks.better()[query];
            if (found < surelyBetter || found > perhapsBetter || ranks.relevantTied()[query] != 1) {
                throw new IllegalStateException("query " + query + ": " + found + " better items instead of "
                        + surelyBetter + " to " + perhapsBetter);
            }
        }
    }

    private double product(int query, int item) {
        FloatBuffer left = FloatBuffer.allocate(DIMENSION);
        FloatBuffer right = FloatBuffer.allocate(DIMENSION);
        queries.read(query, 1, left);
        gallery.read(item, 1, right);
        double sum = 0;
        for (int j = 0; j < DIMENSION; j++) {
            sum += (double) left.get(j) * right.get(j);
        }
        return sum;
    }
}
