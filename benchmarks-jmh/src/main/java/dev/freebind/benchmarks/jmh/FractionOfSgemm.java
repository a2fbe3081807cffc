package dev.freebind.benchmarks.jmh;

import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.runner.IterationType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Relates the time of each invocation to the yardstick, measured right before and right after it. The log gives the
 * machine at the start, the fraction of every invocation, and the median of the measured ones at the end.
 */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and runs the set-up before anything else.
public class FractionOfSgemm {

    /** Yardsticks on each side of an invocation. */
    private static final int AROUND = 5;

    /** Where to measure: {@code cpu} unless the JVM option {@code -Dfreebind.benchmark.device=gpu} says otherwise. */
    private static final String DEVICE = "freebind.benchmark.device";

    private static final Logger LOG = LoggerFactory.getLogger(FractionOfSgemm.class);

    private final List<Double> fractions = new ArrayList<>();
    private TensorFlowRuntime runtime;
    private SgemmYardstick yardstick;
    private List<Double> around = new ArrayList<>();
    private double workRate;
    private boolean measured;

    /** Starts TensorFlow, on the CPU with all cores. */
    @Setup(Level.Trial)
    public void start() {
        runtime = TensorFlowRuntime.start(Device.parse(System.getProperty(DEVICE, "cpu")), 0);
        yardstick = new SgemmYardstick(runtime);
        LOG.info("{}", Machine.description(runtime));
    }

    /** Where the work is to run. */
    public TensorFlowRuntime runtime() {
        return runtime;
    }

    /** Learns whether this is a warm-up. */
    @Setup(Level.Iteration)
    public void iteration(IterationParams iteration) {
        measured = iteration.getType() == IterationType.MEASUREMENT;
    }

    /** Measures the yardstick. */
    @Setup(Level.Invocation)
    public void before() {
        around = new ArrayList<>();
        measure();
    }

    /**
     * Runs the work, timed.
     *
     * @param operations how many floating point operations its matrix products take; nothing else counts
     */
    public void time(double operations, Runnable work) {
        long start = System.nanoTime();
        work.run();
        done(operations, System.nanoTime() - start);
    }

    /** Notes work that timed itself, because only a part of the invocation counts. */
    void done(double operations, long nanoseconds) {
        workRate = operations / nanoseconds * 1e9;
    }

    /** Measures the yardstick again and notes the fraction. */
    @TearDown(Level.Invocation)
    public void after() {
        measure();
        double rate = SgemmYardstick.median(around);
        double fraction = workRate / rate;
        if (measured) {
            fractions.add(fraction);
        }
        LOG.info(String.format(
                Locale.ROOT,
                "%s: work %.0f GFLOP/s, sgemm %.0f GFLOP/s, fraction %.3f",
                measured ? "measured" : "warm-up",
                workRate / 1e9,
                rate / 1e9,
                fraction));
    }

    private void measure() {
        for (int i = 0; i < AROUND; i++) {
            around.add(yardstick.measure());
        }
    }

    /** Reports the medians. */
    @TearDown(Level.Trial)
    public void finish() {
        if (!fractions.isEmpty()) {
            LOG.info(String.format(
                    Locale.ROOT,
                    "median fraction of sgemm %.3f over %d invocations (sgemm: median %.0f GFLOP/s of %d)",
                    SgemmYardstick.median(fractions),
                    fractions.size(),
                    yardstick.median() / 1e9,
                    yardstick.measurements()));
        }
        yardstick.close();
    }
}
