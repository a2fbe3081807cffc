package dev.freebind.benchmarks.jmh;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.RouterTraining.Origins;
import dev.freebind.bonds.execution.RouterTraining.Result;
import dev.freebind.bonds.execution.RouterTraining.Sources;
import dev.freebind.bonds.execution.RouterTraining.Task;
import dev.freebind.bonds.graph.Routing;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.npy.NpyFile;
import dev.freebind.formats.npy.NpyWriter;
import dev.freebind.training.projector.TensorFlowRouterTraining;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
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
 * Steps of router training at the size of OmniBind Base: routers 1024 → 512 → 100 for audio and images and 3072 → 512 → 100 for
 * texts, the mean for point clouds; four, three, six and two sources of dimension 1536; six InfoNCE terms and language
 * decoupling; batches of random tuples from memory-mapped npy files.
 *
 * <p>The first step, which optimises the graph, and the checkpoint at the end of the epoch are not counted.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 10)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and runs the set-up before anything else.
public class RouterStepBenchmark {

    private static final int READ = 1024;
    private static final int OUTPUT = 1536;
    private static final int STEPS = 5;
    private static final Routing.Hidden HIDDEN = Routing.Hidden.OMNIBIND;
    private static final int TEXT_SOURCES = 6;

    /** Tuples in a step. */
    @Param("2048")
    public int batch;

    private final List<NpyFile> files = new ArrayList<>();
    private Path folder;
    private Task task;
    private @Nullable Result first;

    /** Writes the tuples: what routers read, and what they weigh. */
    @Setup(Level.Trial)
    public void writeTuples() throws IOException {
        folder = Files.createTempDirectory("freebind-benchmark");
        NavigableMap<Modality, Sources> modalities = new TreeMap<>();
        modalities.put(Modality.AUDIO, sources(1, 4));
        modalities.put(Modality.IMAGE, sources(1, 3));
        modalities.put(Modality.TEXT, sources(3, TEXT_SOURCES));
        modalities.put(new Modality("point"), sources(0, 2));
        List<Boolean> half = IntStream.range(0, TEXT_SOURCES)
                .mapToObj(source -> source < TEXT_SOURCES / 2)
                .toList();
        List<Boolean> otherHalf = half.stream().map(belongs -> !belongs).toList();
        Origins origins = new Origins(List.of(half, otherHalf), row -> (int) (row % 2));
        Routing settings = new Routing(Routing.Weights.LEARNED, Map.of(), 1, 1, batch, 1e-3, 0.02, HIDDEN, Map.of());
        task = new Task(modalities, origins, settings, 7);
    }

    private Sources sources(int read, int weighed) {
        return new Sources(
                IntStream.range(0, read).mapToObj(i -> write(READ)).toList(),
                IntStream.range(0, weighed).mapToObj(i -> write(OUTPUT)).toList());
    }

    private Embeddings write(int dimension) {
        Path path = folder.resolve(files.size() + ".npy");
        try (NpyWriter writer = NpyWriter.create(path, dimension, ElementType.F32)) {
            new RandomRows(20 + files.size(), (long) STEPS * batch, dimension).writeTo(writer);
            writer.commit();
        }
        NpyFile file = NpyFile.open(path);
        files.add(file);
        return file;
    }

    /**
     * The measured work. Products of a step: per router, a layer forward and its weight gradient, and the inner gradients of all
     * layers but the first; per pair of modalities, scores and their gradients by the sides that have a router.
     */
    @Benchmark
    public Result train(FractionOfSgemm fraction) throws IOException {
        Path checkpoint = folder.resolve("checkpoint");
        Files.deleteIfExists(checkpoint);
        List<Long> times = new ArrayList<>();
        Result result = new TensorFlowRouterTraining(fraction.runtime()).train(task, checkpoint, new Progress.Task() {
            @Override
            public void advance(long units) {
                if (units == 1) {
                    times.add(System.nanoTime());
                }
            }
        });
        fraction.done((times.size() - 1) * operations(), times.get(times.size() - 1) - times.get(0));
        verify(result);
        return result;
    }

    private double operations() {
        double sum = 0;
        for (Sources one : task.modalities().values()) {
            double read = (double) READ * one.read().size();
            sum += read == 0
                    ? 0
                    : 2.0
                            * batch
                            * (2 * read * HIDDEN.first()
                                    + 3.0 * HIDDEN.first() * HIDDEN.second()
                                    + 3.0 * HIDDEN.second() * one.weighed().size());
            // the gradients of this side's pairs with all others; without a router it has none
            sum += read == 0
                    ? 0
                    : 2.0 * batch * batch * OUTPUT * (task.modalities().size() - 1);
        }
        int pairs = task.modalities().size() * (task.modalities().size() - 1) / 2;
        return sum + pairs * 2.0 * batch * batch * OUTPUT;
    }

    /** Random rows give the losses of chance: about ln(batch) a pair and ln(2) a text; the same task gives the same. */
    private void verify(Result result) {
        Result expected = first == null ? result : first;
        first = expected;
        double pairs = result.epochs().get(0).alignment() / (6 * Math.log(batch));
        double texts = result.epochs().get(0).decoupling() / Math.log(2);
        if (!(pairs > 0.9 && pairs < 1.5 && texts > 0.5 && texts < 1.5)) {
            throw new IllegalStateException("losses of " + result.epochs().get(0) + " cannot be right for random rows");
        }
        double before = expected.epochs().get(0).alignment();
        if (Math.abs(before - result.epochs().get(0).alignment()) > 1e-5 * before) {
            throw new IllegalStateException("two runs of the same task differ");
        }
    }

    /** Deletes what was written. */
    @TearDown(Level.Trial)
    public void delete() throws IOException {
        for (NpyFile file : files) {
            file.close();
            Files.delete(file.path());
        }
        Files.delete(folder.resolve("checkpoint"));
        Files.delete(folder);
    }
}
