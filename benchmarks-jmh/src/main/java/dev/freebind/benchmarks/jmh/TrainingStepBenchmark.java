package dev.freebind.benchmarks.jmh;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.ProjectorTraining.Result;
import dev.freebind.bonds.execution.ProjectorTraining.Task;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.projector.Mixture;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.npy.NpyFile;
import dev.freebind.formats.npy.NpyWriter;
import dev.freebind.training.projector.TensorFlowProjectorTraining;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
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
 * Training steps at the paper's size: a projector 1024 → 2048 → 768, three source and two target modalities (six InfoNCE
 * terms), batches of random rows from memory-mapped npy files. Target: 0.75 of sgemm.
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
public class TrainingStepBenchmark {

    private static final int INPUT = 1024;
    private static final int HIDDEN = 2048;
    private static final int OUTPUT = 768;
    private static final int STEPS = 5;
    private static final List<Modality> SOURCES = List.of(Modality.TEXT, Modality.IMAGE, Modality.AUDIO);
    private static final List<Modality> TARGETS = List.of(Modality.TEXT, Modality.IMAGE);

    /** Rows in a step. */
    @Param("2048")
    public int batch;

    private Path folder;
    private final List<NpyFile> files = new ArrayList<>();
    private Task task;
    private @Nullable Result first;

    /** Writes the pseudo pairs. */
    @Setup(Level.Trial)
    public void writePairs() throws IOException {
        folder = Files.createTempDirectory("freebind-benchmark");
        TrainingSettings settings = new TrainingSettings(
                1, batch, 1e-3, 0.02, HIDDEN, new Mixture.All(), 0, 0, TrainingSettings.Storage.FLOAT32);
        task = new Task(write("source", SOURCES, INPUT), write("target", TARGETS, OUTPUT), List.of(), settings, 7);
    }

    private NavigableMap<Modality, Embeddings> write(String side, List<Modality> modalities, int dimension) {
        NavigableMap<Modality, Embeddings> written = new TreeMap<>();
        for (Modality modality : modalities) {
            Path path = folder.resolve(side + "-" + modality + ".npy");
            try (NpyWriter writer = NpyWriter.create(path, dimension, ElementType.F32)) {
                new RandomRows(10 + files.size(), (long) STEPS * batch, dimension).writeTo(writer);
                writer.commit();
            }
            NpyFile file = NpyFile.open(path);
            files.add(file);
            written.put(modality, file);
        }
        return written;
    }

    /**
     * The measured work. Products of a step: per source modality, two forward, two weight gradients and one inner gradient;
     * per term, scores and their gradient.
     */
    @Benchmark
    public Result train(FractionOfSgemm fraction) throws IOException {
        Path checkpoint = folder.resolve("checkpoint");
        Files.deleteIfExists(checkpoint);
        List<Long> times = new ArrayList<>();
        Result result = new TensorFlowProjectorTraining(fraction.runtime())
                .train(task, checkpoint, new Progress.Task() {
                    @Override
                    public void advance(long units) {
                        if (units == 1) {
                            times.add(System.nanoTime());
                        }
                    }
                });
        double projector = 2.0 * batch * (2.0 * INPUT * HIDDEN + 3.0 * HIDDEN * OUTPUT);
        double term = 4.0 * batch * batch * OUTPUT;
        double step = SOURCES.size() * (projector + TARGETS.size() * term);
        fraction.done((times.size() - 1) * step, times.get(times.size() - 1) - times.get(0));
        verify(result);
        return result;
    }

    /** The same task gives the same bits, and random rows the loss of chance: about ln(batch) a term, and 1/τ-scaled noise. */
    private void verify(Result result) {
        Result expected = first == null ? result : first;
        first = expected;
        double loss = result.epochs().get(0).meanLoss();
        int terms = SOURCES.size() * TARGETS.size();
        if (!(loss > 0.9 * terms * Math.log(batch) && loss < 1.5 * terms * Math.log(batch))) {
            throw new IllegalStateException("a loss of " + loss + " cannot be right for random rows");
        }
        if (!Arrays.equals(
                        expected.weights().stage(0).linear().weight(),
                        result.weights().stage(0).linear().weight())
                || !expected.epochs().equals(result.epochs())) {
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
