package dev.freebind.benchmarks.jmh;

import dev.freebind.api.Progress;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.npy.NpyFile;
import dev.freebind.formats.npy.NpyWriter;
import dev.freebind.training.retrieval.TensorFlowSoftRetrieval;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
 * Soft retrieval of 2,048 queries over 262,144 keys of dimension 768 that are also the values, from a memory-mapped npy file.
 * Target: 0.85 of sgemm.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 10)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and runs the set-up before anything else.
public class SoftRetrievalBenchmark {

    private static final int DIMENSION = 768;
    private static final double TEMPERATURE = 0.01;

    /** Rows that are looked up; on a GPU, 16,384 go together. */
    @Param("2048")
    public int queries;

    /** Rows of the file. */
    @Param("262144")
    public int keys;

    /** How the file stores its numbers. */
    @Param({"F32", "F16"})
    public ElementType storage;

    private RandomRows queryRows;
    private FloatBuffer result;
    private Path folder;
    private NpyFile file;

    /** Makes the queries and writes the file of keys. */
    @Setup(Level.Trial)
    public void writeKeys() throws IOException {
        queryRows = new RandomRows(1, queries, DIMENSION);
        result = FloatBuffer.allocate(queries * DIMENSION);
        folder = Files.createTempDirectory("freebind-benchmark");
        Path path = folder.resolve("keys.npy");
        try (NpyWriter writer = NpyWriter.create(path, DIMENSION, storage)) {
            new RandomRows(2, keys, DIMENSION).writeTo(writer);
            writer.commit();
        }
        file = NpyFile.open(path);
    }

    /** The measured work: the four products of each query with each key and value. */
    @Benchmark
    public FloatBuffer retrieve(FractionOfSgemm fraction) {
        result.clear();
        TensorFlowSoftRetrieval retrieval = new TensorFlowSoftRetrieval(fraction.runtime());
        fraction.time(
                4.0 * queries * keys * DIMENSION,
                () -> retrieval.retrieve(
                        queryRows, file, List.of(file), TEMPERATURE, List.of(result::put), new Progress.Task() {}));
        return result;
    }

    /** Compares some rows of the last result with the definition in double precision. */
    @TearDown(Level.Trial)
    public void verifyAndDelete() throws IOException {
        try {
            for (int query = 0; query < queries; query += queries / 4 - 1) {
                verify(query);
            }
        } finally {
            file.close();
            Files.delete(folder.resolve("keys.npy"));
            Files.delete(folder);
        }
    }

    private void verify(int query) {
        FloatBuffer row = FloatBuffer.allocate(DIMENSION);
        queryRows.read(query, 1, row);
        double[] sum = new double[DIMENSION];
        double weights = 0;
        FloatBuffer key = FloatBuffer.allocate(DIMENSION);
        for (int i = 0; i < keys; i++) {
            file.read(i, 1, key.clear());
            double score = 0;
            for (int j = 0; j < DIMENSION; j++) {
                score += (double) row.get(j) * key.get(j);
            }
            // Cosines of random rows are small, so no shift is needed in double precision.
            double weight = Math.exp(score / TEMPERATURE);
            weights += weight;
            for (int j = 0; j < DIMENSION; j++) {
                sum[j] += weight * key.get(j);
            }
        }
        for (int j = 0; j < DIMENSION; j++) {
            double expected = sum[j] / weights;
            double actual = result.get(query * DIMENSION + j);
            if (!(Math.abs(actual - expected) <= 1e-5)) {
                throw new IllegalStateException(
                        "query " + query + ", value " + j + ": " + actual + " instead of " + expected);
            }
        }
    }
}
