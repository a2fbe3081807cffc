package dev.freebind.training.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.ModalityTuning.Embedded;
import dev.freebind.bonds.execution.ModalityTuning.Encoded;
import dev.freebind.bonds.execution.ModalityTuning.Input;
import dev.freebind.bonds.execution.ModalityTuning.Result;
import dev.freebind.bonds.execution.ModalityTuning.Task;
import dev.freebind.bonds.execution.ProjectorTraining.RowRange;
import dev.freebind.bonds.graph.LearningRateSchedule;
import dev.freebind.bonds.graph.TuningSettings;
import dev.freebind.bonds.projector.ProjectorArchitecture;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TensorFlowModalityTuningTest {

    private static final TensorFlowModalityTuning TUNING =
            new TensorFlowModalityTuning(TensorFlowRuntime.start(Device.CPU, 2));
    private static final Progress.Task SILENT = new Progress.Task() {};
    private static final int ROWS = 200;
    private static final int INPUT = 12;
    private static final int OUTPUT = 8;

    @TempDir
    private Path folder;

    private final double[][] input = RandomRows.unit(1, ROWS, INPUT);
    private final NavigableMap<Subset, ProjectorWeights> projectors = new TreeMap<>(Map.of(
            Subset.of(List.of(Modality.AUDIO)), RandomRows.projector(10, INPUT, 16, OUTPUT),
            Subset.of(List.of(Modality.IMAGE)), RandomRows.projector(20, INPUT, 16, OUTPUT)));

    private static TuningSettings settings(int epochs, int batch, int accumulate, int earlyStop) {
        return new TuningSettings(
                epochs, batch, accumulate, 5e-3, LearningRateSchedule.COSINE, 0.1, 0.05, 0.15, earlyStop, false, 0);
    }

    private Task task(TuningSettings settings, List<RowRange> heldOut) {
        return task(new Embedded(RandomRows.embeddings(input, "input")), settings, heldOut);
    }

    private Task task(Input in, TuningSettings settings, List<RowRange> heldOut) {
        // the frozen side is another projector's view of the same items, so that there is something to learn
        double[][] frozen = ReferenceProjector.infer(RandomRows.projector(30, INPUT, 16, OUTPUT), input);
        return new Task(
                Modality.AUDIO, in, RandomRows.embeddings(frozen, "frozen"), null, 0, projectors, heldOut, settings, 7);
    }

    private Result tune(Task task, String checkpoint) {
        return TUNING.tune(task, folder.resolve(checkpoint), SILENT);
    }

    private static void assertSameBits(Result found, Result expected) {
        assertThat(found.projectors().keySet()).isEqualTo(expected.projectors().keySet());
        found.projectors().forEach((subset, weights) -> {
            for (ProjectorTensor tensor : ProjectorTensor.all(ProjectorArchitecture.FREEBIND)) {
                assertThat(tensor.of(weights))
                        .as("%s %s", subset, tensor)
                        .isEqualTo(tensor.of(expected.projectors().get(subset)));
            }
        });
        assertThat(found.epochs()).isEqualTo(expected.epochs());
        assertThat(found.kept()).isEqualTo(expected.kept());
    }

    @Test
    void tuningLowersTheLossAndFindsHeldOutPairs() {
        Result result = tune(task(settings(30, 40, 1, 0), List.of(new RowRange(170, 30))), "a");
        assertThat(result.epochs()).hasSize(30);
        assertThat(result.epochs().get(29).meanLoss())
                .isLessThan(0.5 * result.epochs().get(0).meanLoss());
        assertThat(result.epochs().get(29).heldOutRecall())
                .as("chance is 1/30")
                .isGreaterThan(0.3)
                .isGreaterThan(result.epochs().get(0).heldOutRecall());
    }

    @Test
    void whatIsNotTrainedStaysAsItWas() {
        Result result = tune(task(settings(2, 40, 1, 0), List.of()), "a");
        result.projectors().forEach((subset, weights) -> {
            ProjectorWeights before = projectors.get(subset);
            for (ProjectorTensor tensor : ProjectorTensor.all(ProjectorArchitecture.FREEBIND)) {
                boolean same = Arrays.equals(tensor.of(weights), tensor.of(before));
                assertThat(same)
                        .as("%s %s", subset, tensor)
                        .isEqualTo(!ProjectorTensor.trained(weights).contains(tensor));
            }
            assertThat(weights.stage(0).norm().batchesTracked())
                    .isEqualTo(before.stage(0).norm().batchesTracked());
        });
    }

    @Test
    void projectorsWithAnAdapterAreTunedWithIt() {
        Subset all = Subset.of(List.of(Modality.AUDIO, Modality.IMAGE));
        ProjectorWeights start = RandomRows.projector(ProjectorArchitecture.EX_MCR, 40, INPUT, 16, OUTPUT);
        Task like = task(settings(20, 40, 2, 0), List.of());
        for (Modality modality : List.of(Modality.AUDIO, Modality.IMAGE)) {
            Result result = tune(
                    new Task(
                            modality,
                            like.input(),
                            like.frozen(),
                            null,
                            0,
                            new TreeMap<>(Map.of(all, start)),
                            List.of(),
                            like.settings(),
                            7),
                    modality.name());
            assertThat(result.epochs().get(19).meanLoss())
                    .isLessThan(0.9 * result.epochs().get(0).meanLoss());
            boolean same = Arrays.equals(
                    result.projectors().get(all).adapter().linear().weight(),
                    start.adapter().linear().weight());
            assertThat(same)
                    .as("only audio goes through the adapter: %s", modality)
                    .isEqualTo(modality.equals(Modality.IMAGE));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void tuningThatWasInterruptedInAnyEpochEndsInTheSameBits(int finishedEpochs) throws IOException {
        Task task = task(settings(3, 20, 2, 0), List.of(new RowRange(160, 40)));
        Result whole = tune(task, "whole");
        int stepsPerEpoch = 160 / 40;
        AtomicInteger steps = new AtomicInteger();
        Progress.Task interrupting = new Progress.Task() {
            @Override
            public void advance(long units) {
                if (units == 1 && steps.incrementAndGet() == finishedEpochs * stepsPerEpoch + 1) {
                    throw new IllegalStateException("stop here");
                }
            }
        };
        Path resumed = folder.resolve("resumed");
        if (finishedEpochs < 3) {
            assertThatThrownBy(() -> TUNING.tune(task, resumed, interrupting)).hasMessage("stop here");
        } else {
            TUNING.tune(task, resumed, interrupting);
        }
        assertSameBits(TUNING.tune(task, resumed, SILENT), whole);
        assertThat(Files.readAllBytes(resumed)).isEqualTo(Files.readAllBytes(folder.resolve("whole")));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 6, 23})
    void tuningThatWasInterruptedWithinAnEpochGoesOnFromThereToTheSameBits(int stepsMade) throws IOException {
        List<RowRange> heldOut = List.of(new RowRange(160, 40));
        Task task = task(settings(6, 20, 2, 100), heldOut);
        Result whole = tune(task, "whole");
        TensorFlowModalityTuning storing =
                new TensorFlowModalityTuning(TensorFlowRuntime.start(Device.CPU, 2), Duration.ZERO);
        Path resumed = folder.resolve("resumed");
        AtomicLong steps = new AtomicLong();
        Progress.Task interrupting = new Progress.Task() {
            @Override
            public void advance(long units) {
                if (steps.addAndGet(units) == stepsMade) {
                    throw new IllegalStateException("stop here");
                }
            }
        };
        AtomicLong found = new AtomicLong(-1);
        Progress.Task first = new Progress.Task() {
            @Override
            public void advance(long units) {
                found.compareAndSet(-1, units);
            }
        };

        assertThatThrownBy(() -> storing.tune(task, resumed, interrupting)).hasMessage("stop here");
        assertSameBits(storing.tune(task, resumed, first), whole);
        assertThat(found).as("steps that were not made again").hasValue(stepsMade);
    }

    @Test
    void earlyStopKeepsTheBestEpoch() {
        List<RowRange> heldOut = List.of(new RowRange(150, 50));
        Task stopping = task(settings(60, 50, 1, 3), heldOut);
        Result result = tune(stopping, "whole");
        assertThat(result.epochs()).hasSize(result.kept() + 3);
        double best = result.epochs().get(result.kept() - 1).heldOutRecall();
        assertThat(result.epochs())
                .allSatisfy(epoch -> assertThat(epoch.heldOutRecall()).isLessThanOrEqualTo(best));
        // the kept weights give the kept epoch's recall, which a resume finds in the file
        assertSameBits(tune(stopping, "whole"), result);
    }

    @Test
    void fewerPairsThanABatchAreOneBatch() {
        Result result = tune(task(settings(1, 64, 8, 0), List.of(new RowRange(0, 150))), "few");
        assertThat(result.epochs().get(0).meanLoss()).isFinite();
        assertThatThrownBy(() -> tune(task(settings(1, 64, 1, 0), List.of(new RowRange(0, 199))), "one"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("at least two pairs")
                .hasMessageContaining("there are 1");
    }

    @Test
    void anEncoderThatShowsNoNetworkIsNamed() {
        Encoder closed = new Encoder() {
            @Override
            public EmbeddingSpace space() {
                return new EmbeddingSpace("unified", INPUT, List.of(Modality.AUDIO));
            }

            @Override
            public float[][] encode(Modality modality, List<? extends Item> items) {
                throw new AssertionError("not called");
            }

            @Override
            public void close() {}
        };
        List<Item> items = java.util.Collections.nCopies(ROWS, new Item.Text("x"));
        Input in = new Encoded(closed, items, folder.resolve("encoder"), Map.of());
        assertThatThrownBy(() -> tune(task(in, settings(1, 64, 1, 0), List.of()), "a"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("the encoder of space 'unified' cannot be tuned for audio")
                .hasMessageContaining("encoder: false");
    }

    @Test
    void aDamagedCheckpointIsAnErrorThatNamesTheFile() throws IOException {
        Task task = task(settings(2, 64, 1, 0), List.of());
        tune(task, "whole");
        byte[] bytes = Files.readAllBytes(folder.resolve("whole"));
        Files.write(folder.resolve("cut"), Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> tune(task, "cut"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("cut");
    }
}
