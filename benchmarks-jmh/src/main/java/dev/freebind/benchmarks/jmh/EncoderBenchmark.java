package dev.freebind.benchmarks.jmh;

import dev.freebind.api.Item;
import dev.freebind.api.PreparingEncoder;
import dev.freebind.api.PreparingEncoder.Prepared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encoding with each family: a batch is prepared on all cores, then goes through the network. The log gives items per second
 * over both, the network's share of the time, and the rate of the network's matrix products as a fraction of sgemm. Target:
 * 0.7 of sgemm.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2)
@Measurement(iterations = 5)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and runs the set-up before anything else.
public class EncoderBenchmark {

    private static final Logger LOG = LoggerFactory.getLogger(EncoderBenchmark.class);

    /** Which tower. */
    @Param
    public SampleEncoder tower;

    /** Items that go through the network together. */
    @Param("32")
    public int batch;

    private final List<Double> rates = new ArrayList<>();
    private final List<Double> shares = new ArrayList<>();
    private Path folder;
    private PreparingEncoder encoder;
    private List<Item> items;
    private float[][] expected;

    /** Writes a checkpoint and opens it. */
    @Setup(Level.Trial)
    public void open() throws IOException {
        folder = Files.createTempDirectory("freebind-benchmark");
        encoder = tower.open(tower.write(folder), folder);
        items = tower.items(batch);
        expected = encoder.encode(tower.modality(), items);
    }

    /** The measured work. */
    @Benchmark
    public float[][] encode(FractionOfSgemm fraction) {
        long start = System.nanoTime();
        List<Prepared> prepared = items.parallelStream()
                .map(item -> encoder.prepare(tower.modality(), item))
                .toList();
        long between = System.nanoTime();
        float[][] rows = encoder.encodePrepared(tower.modality(), prepared);
        long end = System.nanoTime();
        fraction.done(batch * tower.operations(), end - between);
        rates.add(batch * 1e9 / (end - start));
        shares.add((double) (end - between) / (end - start));
        verify(rows);
        return rows;
    }

    /** The same items give the same rows, which differ from each other and have unit length. */
    private void verify(float[][] rows) {
        for (int i = 0; i < rows.length; i++) {
            double squares = 0;
            double product = 0;
            for (int j = 0; j < rows[i].length; j++) {
                squares += (double) rows[i][j] * rows[i][j];
                product += (double) rows[i][j] * expected[i][j];
            }
            if (!(Math.abs(squares - 1) < 1e-4 && Math.abs(product - 1) < 1e-4)) {
                throw new IllegalStateException("row " + i + " has squared length " + squares + " and cosine " + product
                        + " with what it was before");
            }
        }
    }

    /** Reports the medians and deletes the checkpoint. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        LOG.info(String.format(
                Locale.ROOT,
                "%s: median %.2f items per second, %.0f %% of the time in the network, %.1f GFLOP an item",
                tower,
                SgemmYardstick.median(rates),
                100 * SgemmYardstick.median(shares),
                tower.operations() / 1e9));
        encoder.close();
        SampleEncoder.delete(folder);
    }
}
