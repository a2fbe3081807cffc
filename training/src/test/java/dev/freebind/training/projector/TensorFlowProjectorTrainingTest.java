package dev.freebind.training.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.ProjectorTraining.Result;
import dev.freebind.bonds.execution.ProjectorTraining.RowRange;
import dev.freebind.bonds.execution.ProjectorTraining.Task;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.projector.Mixture;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsFile;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TensorFlowProjectorTrainingTest {

    private static final int ROWS = 300;
    private static final TensorFlowProjectorTraining TRAINING =
            new TensorFlowProjectorTraining(TensorFlowRuntime.start(Device.CPU, 2));
    private static final Progress.Task SILENT = new Progress.Task() {};

    @TempDir
    private Path folder;

    private final NavigableMap<Modality, Embeddings> sources = new TreeMap<>();
    private final NavigableMap<Modality, Embeddings> targets = new TreeMap<>();

    /** One concept per row, seen by both spaces through a random map, and by every modality with some noise of its own. */
    TensorFlowProjectorTrainingTest() {
        double[][] concepts = RandomRows.unit(1, ROWS, 6);
        sources.put(Modality.AUDIO, view(concepts, 11, 1, 10));
        sources.put(Modality.IMAGE, view(concepts, 11, 2, 10));
        sources.put(Modality.TEXT, view(concepts, 11, 3, 10));
        targets.put(Modality.IMAGE, view(concepts, 14, 4, 8));
        targets.put(Modality.TEXT, view(concepts, 14, 5, 8));
    }

    private static Embeddings view(double[][] concepts, long mapSeed, long noiseSeed, int dimension) {
        SplittableRandom random = new SplittableRandom(mapSeed);
        double[][] map = new double[dimension][concepts[0].length];
        for (double[] row : map) {
            for (int i = 0; i < row.length; i++) {
                row[i] = random.nextDouble(-1, 1);
            }
        }
        SplittableRandom noise = new SplittableRandom(noiseSeed);
        double[][] rows = new double[concepts.length][dimension];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < dimension; j++) {
                for (int k = 0; k < map[j].length; k++) {
                    rows[i][j] += map[j][k] * concepts[i][k];
                }
                rows[i][j] += noise.nextDouble(-0.05, 0.05);
            }
        }
        ReferenceProjector.unit(rows);
        return RandomRows.embeddings(rows, "view " + noiseSeed);
    }

    private static TrainingSettings settings(int epochs, int batch, int earlyStop) {
        return new TrainingSettings(
                epochs, batch, 5e-3, 0.05, 16, new Mixture.All(), 0.1, earlyStop, TrainingSettings.Storage.FLOAT32);
    }

    private Task task(List<RowRange> heldOut, TrainingSettings settings) {
        return new Task(sources, targets, heldOut, settings, 7);
    }

    private Result train(Task task, String checkpoint) {
        return TRAINING.train(task, folder.resolve(checkpoint), SILENT);
    }

    private static void assertSameBits(Result found, Result expected) {
        assertSameBits(found.weights(), expected.weights());
        assertThat(found.epochs()).isEqualTo(expected.epochs());
        assertThat(found.kept()).isEqualTo(expected.kept());
    }

    private static void assertSameBits(ProjectorWeights found, ProjectorWeights expected) {
        for (ProjectorTensor tensor : ProjectorTensor.all(found.architecture())) {
            assertThat(tensor.of(found)).as(tensor.officialName()).isEqualTo(tensor.of(expected));
        }
        assertThat(found.stage(0).norm().batchesTracked())
                .isEqualTo(expected.stage(0).norm().batchesTracked());
        assertThat(found.stage(1).norm().batchesTracked())
                .isEqualTo(expected.stage(1).norm().batchesTracked());
    }

    @Test
    void trainingLowersTheLossAndFindsHeldOutRows() {
        Result result = train(task(List.of(new RowRange(100, 60)), settings(40, 64, 0)), "a");
        assertThat(result.epochs()).hasSize(40);
        assertThat(result.kept()).isEqualTo(40);
        assertThat(result.epochs().get(39).meanLoss())
                .isLessThan(0.5 * result.epochs().get(0).meanLoss());
        assertThat(result.epochs().get(39).heldOutRecall())
                .as("chance is 1/60")
                .isGreaterThan(0.4)
                .isGreaterThan(result.epochs().get(0).heldOutRecall());
        assertThat(result.weights().stage(0).norm().batchesTracked()).isEqualTo(40 * (240 / 64) * 3);
    }

    @Test
    void twoRunsGiveTheSameBits() throws IOException {
        Task task = task(List.of(new RowRange(0, 30)), settings(3, 64, 0));
        Result first = train(task, "first");
        Result second = train(task, "second");
        assertSameBits(second, first);
        assertThat(Files.readAllBytes(folder.resolve("second"))).isEqualTo(Files.readAllBytes(folder.resolve("first")));
        Result other = TRAINING.train(
                new Task(sources, targets, task.heldOut(), task.settings(), 8), folder.resolve("other"), SILENT);
        assertThat(other.weights().stage(0).linear().weight())
                .isNotEqualTo(first.weights().stage(0).linear().weight());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void trainingThatWasInterruptedInAnyEpochEndsInTheSameBits(int finishedEpochs) throws IOException {
        Task task = task(List.of(new RowRange(0, 30)), settings(4, 64, 0));
        Result whole = train(task, "whole");
        int stepsPerEpoch = 270 / 64;
        int stopAfter = finishedEpochs * stepsPerEpoch + 1;
        AtomicInteger steps = new AtomicInteger();
        Progress.Task interrupting = new Progress.Task() {
            @Override
            public void advance(long units) {
                if (units == 1 && steps.incrementAndGet() == stopAfter) {
                    throw new IllegalStateException("stop here");
                }
            }
        };
        Path resumed = folder.resolve("resumed");
        if (finishedEpochs < 4) {
            assertThatThrownBy(() -> TRAINING.train(task, resumed, interrupting))
                    .hasMessage("stop here");
        } else {
            TRAINING.train(task, resumed, interrupting);
        }
        AtomicLong advanced = new AtomicLong();
        Result result = TRAINING.train(task, resumed, new Progress.Task() {
            @Override
            public void advance(long units) {
                advanced.addAndGet(units);
            }
        });
        assertSameBits(result, whole);
        assertThat(advanced).hasValue(4L * stepsPerEpoch);
        assertThat(Files.readAllBytes(resumed)).isEqualTo(Files.readAllBytes(folder.resolve("whole")));
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("whole", "resumed");
        }
    }

    @Test
    void earlyStopKeepsTheBestEpochAlsoAfterAResume() throws IOException {
        Task task = task(List.of(new RowRange(0, 60)), settings(200, 60, 3));
        Result result = train(task, "whole");
        assertThat(result.epochs()).hasSizeLessThan(200).hasSize(result.kept() + 3);
        double best = result.epochs().get(result.kept() - 1).heldOutRecall();
        assertThat(result.epochs())
                .allSatisfy(epoch -> assertThat(epoch.heldOutRecall()).isLessThanOrEqualTo(best));

        Result shorter = train(task(List.of(new RowRange(0, 60)), settings(result.kept(), 60, 0)), "until the best");
        assertSameBits(shorter.weights(), result.weights());

        // Stop behind the best epoch, where the checkpoint carries two projectors.
        AtomicInteger steps = new AtomicInteger();
        int stopAfter = (result.kept() + 1) * 4 + 1;
        assertThatThrownBy(() -> TRAINING.train(task, folder.resolve("resumed"), new Progress.Task() {
                    @Override
                    public void advance(long units) {
                        if (units == 1 && steps.incrementAndGet() == stopAfter) {
                            throw new IllegalStateException("stop here");
                        }
                    }
                }))
                .hasMessage("stop here");
        assertSameBits(train(task, "resumed"), result);
        assertThat(Files.readAllBytes(folder.resolve("resumed")))
                .isEqualTo(Files.readAllBytes(folder.resolve("whole")));
    }

    @Test
    void aFinishedTaskIsNotTrainedAgain() {
        Task task = task(List.of(), settings(2, 64, 0));
        Result first = train(task, "done");
        AtomicInteger calls = new AtomicInteger();
        Result second = TRAINING.train(task, folder.resolve("done"), new Progress.Task() {
            @Override
            public void advance(long units) {
                calls.incrementAndGet();
            }
        });
        assertSameBits(second, first);
        assertThat(calls).hasValue(1);
    }

    @Test
    void withoutHeldOutRowsTheRecallIsUnknownAndTheLastEpochIsKept() {
        Result result = train(task(List.of(), settings(2, 64, 1)), "a");
        assertThat(result.epochs())
                .hasSize(2)
                .allSatisfy(epoch -> assertThat(epoch.heldOutRecall()).isNaN());
        assertThat(result.kept()).isEqualTo(2);
    }

    @Test
    void aBatchLargerThanTheRowsIsAllRows() {
        Result result = train(task(List.of(new RowRange(0, 250)), settings(3, 4096, 0)), "a");
        assertThat(result.weights().stage(0).norm().batchesTracked())
                .as("one step of three modalities in each epoch")
                .isEqualTo(9);
    }

    @Test
    void twoRowsAreTheLeastThatCanBeTrainedOn() {
        Result result = train(task(List.of(new RowRange(0, 298)), settings(1, 4096, 0)), "two");
        assertThat(result.epochs().get(0).meanLoss()).isFinite();
        assertThatThrownBy(() -> train(task(List.of(new RowRange(0, 299)), settings(1, 4096, 0)), "one"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("at least two rows")
                .hasMessageContaining("there are 1");
        assertThat(folder.resolve("one")).doesNotExist();
    }

    @Test
    void heldOutRowsAreNeverTrainedOn() {
        ConcurrentSkipListSet<Long> read = new ConcurrentSkipListSet<>();
        sources.replaceAll((modality, rows) -> new Watched(rows, read));
        Task task = task(List.of(new RowRange(10, 5), new RowRange(290, 10)), settings(1, 64, 0));
        TaskFingerprint.of(task);
        read.clear();
        TrainingRows rows = new TrainingRows(ROWS, task.heldOut());
        try (BatchReader reader =
                new BatchReader(List.copyOf(sources.values()), List.copyOf(targets.values()), rows.count())) {
            reader.begin(rows.batch(rows.order(7, 1), 0, rows.count()));
            reader.take();
        }
        assertThat(read).hasSize(285).doesNotContain(10L, 14L, 290L, 299L).contains(9L, 15L, 289L);
    }

    @Test
    void anUnreadableRowStopsTrainingWithItsOwnMessage() {
        Embeddings images = sources.get(Modality.IMAGE);
        sources.put(Modality.IMAGE, new Embeddings() {
            @Override
            public long rows() {
                return images.rows();
            }

            @Override
            public int dimension() {
                return images.dimension();
            }

            @Override
            public void read(long firstRow, int count, FloatBuffer target) {
                if (firstRow <= 101 && 101 < firstRow + count) {
                    throw new DataException("image.npy, row 101: all values are zero");
                }
                images.read(firstRow, count, target);
            }

            @Override
            public String origin() {
                return "image.npy";
            }
        });
        assertThatThrownBy(() -> train(task(List.of(), settings(1, 300, 0)), "a"))
                .isInstanceOf(DataException.class)
                .hasMessage("image.npy, row 101: all values are zero");
    }

    @Test
    void aDamagedCheckpointIsAnErrorThatNamesTheFile() throws IOException {
        Task task = task(List.of(), settings(2, 64, 0));
        train(task, "whole");
        byte[] bytes = Files.readAllBytes(folder.resolve("whole"));
        Files.write(folder.resolve("cut"), java.util.Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> train(task, "cut"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("cut");
        Files.writeString(folder.resolve("text"), "this is not a checkpoint at all");
        assertThatThrownBy(() -> train(task, "text"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("text");
        assertThat(Files.readString(folder.resolve("text"))).isEqualTo("this is not a checkpoint at all");
    }

    @Test
    void aCheckpointWithMomentsOfAnotherLengthNamesTheTensor() {
        Task task = task(List.of(), settings(2, 64, 0));
        train(task, "whole");
        List<NamedTensor> tensors = new ArrayList<>();
        Map<String, String> metadata;
        try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("whole"))) {
            metadata = file.metadata();
            for (String name : file.tensors().keySet()) {
                if (name.endsWith("num_batches_tracked")) {
                    tensors.add(NamedTensor.of(name, file.longs(name)));
                } else if (name.equals("adam.second.Head2.mlps.4.bias")) {
                    tensors.add(NamedTensor.of(name, new float[3], 3));
                } else {
                    long[] shape = new long[file.tensor(name).shape().dimensions()];
                    for (int i = 0; i < shape.length; i++) {
                        shape[i] = file.tensor(name).shape().length(i);
                    }
                    tensors.add(NamedTensor.of(name, file.floats(name), shape));
                }
            }
        }
        SafetensorsWriter.write(folder.resolve("changed"), tensors, metadata);
        assertThatThrownBy(() -> train(task, "changed"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("changed")
                .hasMessageContaining("'adam.second.Head2.mlps.4.bias' has 3 values, expected 8");
    }

    @Test
    void theCheckpointOfAnotherTaskIsNotTakenUp() {
        Result expected = train(task(List.of(), settings(2, 64, 0)), "fresh");
        train(task(List.of(), settings(1, 32, 0)), "reused");
        assertSameBits(train(task(List.of(), settings(2, 64, 0)), "reused"), expected);

        Embeddings texts = sources.get(Modality.TEXT);
        float[] changed = new float[ROWS * texts.dimension()];
        texts.read(0, ROWS, FloatBuffer.wrap(changed));
        for (int i = 0; i < changed.length; i++) {
            changed[i] = -changed[i];
        }
        String before = TaskFingerprint.of(task(List.of(), settings(2, 64, 0)));
        sources.put(Modality.TEXT, Embeddings.of(changed, texts.dimension(), texts.origin()));
        assertThat(TaskFingerprint.of(task(List.of(), settings(2, 64, 0)))).isNotEqualTo(before);
    }

    @Test
    void anInterruptedThreadStopsBetweenStepsAndKeepsItsFlag() {
        Task task = task(List.of(), settings(2, 64, 0));
        try {
            assertThatThrownBy(() -> TRAINING.train(task, folder.resolve("a"), new Progress.Task() {
                        @Override
                        public void remark(String remark) {
                            Thread.currentThread().interrupt();
                        }
                    }))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("interrupted in epoch 1");
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(folder.resolve("a")).doesNotExist();
    }

    @Test
    void embeddingsThatDoNotFitTogetherAreRefusedByName() {
        targets.put(Modality.AUDIO, RandomRows.embeddings(RandomRows.unit(1, 299, 8), "short.npy"));
        assertThatThrownBy(() -> train(task(List.of(), settings(1, 64, 0)), "a"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("target audio (short.npy) is 299 × 8, expected 300 × 8");
        assertThatThrownBy(() -> TRAINING.train(
                        new Task(new TreeMap<>(), targets, List.of(), settings(1, 64, 0), 7),
                        folder.resolve("a"),
                        SILENT))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("at least one source");
    }

    @Test
    void aLossThatIsNotFiniteIsReportedWithItsStep() {
        float[] huge = new float[ROWS * 8];
        java.util.Arrays.fill(huge, 1e30f);
        targets.put(Modality.TEXT, Embeddings.of(huge, 8, "not unit"));
        assertThatThrownBy(() -> train(task(List.of(), settings(1, 64, 0)), "a"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("epoch 1, step 1")
                .hasMessageContaining("smaller learning rate");
        assertThat(folder.resolve("a")).doesNotExist();
    }

    @Test
    void theRunningStatisticsFollowTextThenImageThenAudioThenTheOthers() {
        // With one step, the running mean weighs the modalities by when they came: 0.1, 0.09, 0.081 counted from the
        // last.
        Modality point = Modality.POINT;
        sources.put(point, view(RandomRows.unit(1, ROWS, 6), 11, 6, 10));
        Result result = train(task(List.of(), settings(1, ROWS, 0)), "a");
        float[] initial = ProjectorInitialisation.xavierUniform(10, 16, 8, 7)
                .stage(0)
                .linear()
                .weight();
        Map<Modality, Double> shares =
                Map.of(Modality.TEXT, 0.0729, Modality.IMAGE, 0.081, Modality.AUDIO, 0.09, point, 0.1);
        for (int feature = 0; feature < 16; feature++) {
            double expected = 0;
            for (var entry : shares.entrySet()) {
                float[] rows = new float[ROWS * 10];
                sources.get(entry.getKey()).read(0, ROWS, FloatBuffer.wrap(rows));
                double mean = 0;
                for (int i = 0; i < rows.length; i++) {
                    mean += rows[i] * initial[feature * 10 + i % 10] / ROWS;
                }
                expected += entry.getValue() * mean;
            }
            assertThat((double) result.weights().stage(0).norm().runningMean()[feature])
                    .isCloseTo(expected, within(1e-6));
        }
    }

    /** Remembers which rows were read. */
    private record Watched(Embeddings rowsRead, ConcurrentSkipListSet<Long> read) implements Embeddings {
        @Override
        public long rows() {
            return rowsRead.rows();
        }

        @Override
        public int dimension() {
            return rowsRead.dimension();
        }

        @Override
        public void read(long firstRow, int count, FloatBuffer target) {
            for (long row = firstRow; row < firstRow + count; row++) {
                read.add(row);
            }
            rowsRead.read(firstRow, count, target);
        }

        @Override
        public String origin() {
            return rowsRead.origin();
        }
    }
}
