package dev.freebind.training.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.ProjectorTraining.Result;
import dev.freebind.bonds.execution.ProjectorTraining.RowRange;
import dev.freebind.bonds.execution.ProjectorTraining.Task;
import dev.freebind.bonds.graph.Recipe;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.projector.Mixture;
import dev.freebind.bonds.projector.ProjectorArchitecture;
import dev.freebind.bonds.projector.ProjectorFile;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole trainings by the baselines' recipes: they learn, and an interrupted one ends in the same bits. */
class RecipeTrainingTest {

    private static final int ROWS = 300;
    private static final TensorFlowProjectorTraining TRAINING =
            new TensorFlowProjectorTraining(TensorFlowRuntime.start(Device.CPU, 2));

    @TempDir
    private Path folder;

    private enum Setting {
        C_MCR(Recipe.C_MCR, 0.01, 0),
        CONNECTION(Recipe.C_MCR, 0.01, 9),
        EX_MCR(Recipe.EX_MCR, 0.05, 0);

        private final Recipe recipe;
        private final double temperature;
        private final int newDimension;

        Setting(Recipe recipe, double temperature, int newDimension) {
            this.recipe = recipe;
            this.temperature = temperature;
            this.newDimension = newDimension;
        }

        Task task(int epochs) {
            double[][] concepts = RandomRows.unit(1, ROWS, 6);
            NavigableMap<Modality, Embeddings> sources = new TreeMap<>();
            sources.put(Modality.AUDIO, view(concepts, 11, 1, 10));
            sources.put(Modality.TEXT, view(concepts, 11, 3, 10));
            NavigableMap<Modality, Embeddings> targets = new TreeMap<>();
            targets.put(Modality.IMAGE, view(concepts, 14, 4, 8));
            targets.put(Modality.TEXT, view(concepts, 14, 5, 8));
            TrainingSettings settings = new TrainingSettings(
                    epochs,
                    64,
                    5e-3,
                    temperature,
                    16,
                    new Mixture.Joint(),
                    0.1,
                    0,
                    TrainingSettings.Storage.FLOAT32,
                    recipe);
            return new Task(sources, targets, newDimension, List.of(new RowRange(0, 60)), settings, 7);
        }
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

    @ParameterizedTest
    @EnumSource
    void theProjectedRowsFindEachOther(Setting setting) {
        Result result = TRAINING.train(setting.task(25), folder.resolve("checkpoint"), new Progress.Task() {});
        double first = result.epochs().get(0).meanLoss();
        assertThat(result.epochs().get(24).meanLoss()).isLessThan(0.6 * first);
        assertThat(result.epochs().get(24).heldOutRecall())
                .as("chance is 1/60")
                .isGreaterThan(0.2)
                .isGreaterThan(result.epochs().get(0).heldOutRecall());
        assertThat(result.projectors()).hasSize(setting.newDimension == 0 ? 1 : 2);
        assertThat(result.weights().outputDimension()).isEqualTo(setting.newDimension == 0 ? 8 : 9);
        if (setting == Setting.CONNECTION) {
            assertThat(result.projectors().get(1).architecture()).isEqualTo(ProjectorArchitecture.C_MCR.counterpart());
            assertThat(result.projectors().get(1).inputDimension()).isEqualTo(8);
        }
        if (setting == Setting.EX_MCR) {
            assertThat(result.weights().adapter().modalities()).containsExactly(Modality.AUDIO);
        }
        for (ProjectorWeights projector : result.projectors()) {
            Path file = folder.resolve("projector");
            ProjectorFile.write(file, projector, Map.of());
            assertSameBits(ProjectorFile.read(file), projector);
        }
    }

    @ParameterizedTest
    @EnumSource
    void trainingThatWasInterruptedEndsInTheSameBits(Setting setting) throws IOException {
        Task task = setting.task(3);
        Result whole = TRAINING.train(task, folder.resolve("whole"), new Progress.Task() {});
        AtomicInteger steps = new AtomicInteger();
        assertThatThrownBy(() -> TRAINING.train(task, folder.resolve("resumed"), new Progress.Task() {
                    @Override
                    public void advance(long units) {
                        if (units == 1 && steps.incrementAndGet() == 5) {
                            throw new IllegalStateException("stop here");
                        }
                    }
                }))
                .hasMessage("stop here");
        Result resumed = TRAINING.train(task, folder.resolve("resumed"), new Progress.Task() {});
        assertThat(resumed.epochs()).isEqualTo(whole.epochs());
        for (int i = 0; i < whole.projectors().size(); i++) {
            assertSameBits(resumed.projectors().get(i), whole.projectors().get(i));
        }
        assertThat(Files.readAllBytes(folder.resolve("resumed")))
                .isEqualTo(Files.readAllBytes(folder.resolve("whole")));
    }

    private static void assertSameBits(ProjectorWeights found, ProjectorWeights expected) {
        assertThat(found.architecture()).isEqualTo(expected.architecture());
        for (ProjectorTensor tensor : ProjectorTensor.all(expected.architecture())) {
            assertThat(tensor.of(found)).as(tensor.officialName()).isEqualTo(tensor.of(expected));
        }
    }
}
