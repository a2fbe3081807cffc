package dev.freebind.training.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.Modality;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.projector.Mixture;
import dev.freebind.bonds.projector.ProjectorArchitecture;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The training step against a reference in double precision, on random small shapes. */
class ProjectorTrainingGraphTest {

    private static final TensorFlowRuntime RUNTIME = TensorFlowRuntime.start(Device.CPU, 2);
    private static final List<Modality> MODALITIES =
            List.of(Modality.TEXT, Modality.IMAGE, Modality.AUDIO, Modality.POINT);

    private static ProjectorTrainingGraph graph(
            int sources, int targets, int batch, double temperature, ProjectorWeights weights) {
        return new ProjectorTrainingGraph(
                RUNTIME,
                plan(sources, targets, batch, temperature, weights.outputDimension()),
                TrainingState.before(weights));
    }

    private static ProjectorTrainingGraph.Plan plan(
            int sources, int targets, int batch, double temperature, int targetDimension) {
        TrainingSettings settings = new TrainingSettings(
                1, batch, 1e-3, temperature, 6, new Mixture.All(), 0, 0, TrainingSettings.Storage.FLOAT32);
        return new ProjectorTrainingGraph.Plan(
                MODALITIES.subList(0, sources),
                MODALITIES.subList(0, targets),
                targetDimension,
                batch,
                settings,
                10,
                1);
    }

    @ParameterizedTest(name = "τ = {0}, {1} × {2} modalities, batch {3}")
    @CsvSource({"0.02, 3, 2, 24", "0.5, 1, 1, 2", "0.01, 2, 2, 17", "0.002, 2, 1, 9", "0.05, 1, 4, 33"})
    void lossAndGradientsAreThoseOfTheReference(double temperature, int sourceCount, int targetCount, int batch) {
        int input = 7;
        int hidden = 11;
        int output = 5;
        ProjectorWeights weights = RandomRows.projector(batch, input, hidden, output);
        double[][][] sources = new double[sourceCount][][];
        double[][][] targets = new double[targetCount][][];
        for (int i = 0; i < sourceCount; i++) {
            sources[i] = RandomRows.unit(100 + i, batch, input);
        }
        for (int i = 0; i < targetCount; i++) {
            targets[i] = RandomRows.unit(200 + i, batch, output);
        }
        try (ProjectorTrainingGraph graph = graph(sourceCount, targetCount, batch, temperature, weights);
                FloatTensor sourceRows = FloatTensor.copyOf(
                        FloatBuffer.wrap(RandomRows.flat(sources)), (long) sourceCount * batch, input);
                FloatTensor targetRows = FloatTensor.copyOf(
                        FloatBuffer.wrap(RandomRows.flat(targets)), (long) targetCount * batch, output)) {
            PerTensor<float[]> gradients =
                    graph.gradients(sourceRows, targetRows).get(0);
            float[] terms = graph.step(sourceRows, targetRows);

            for (int target = 0; target < targetCount; target++) {
                for (int source = 0; source < sourceCount; source++) {
                    double expected = ReferenceProjector.info(
                            ReferenceProjector.project(weights, sources[source]), targets[target], temperature);
                    assertThat((double) terms[target * sourceCount + source])
                            .as("term %d, %d", target, source)
                            .isCloseTo(expected, within(1e-5 * Math.max(1, expected)));
                }
            }
            SplittableRandom random = new SplittableRandom(9);
            gradients.forEach((tensor, found) -> {
                double largest = Golden.largest(found);
                for (int probe = 0; probe < 6; probe++) {
                    int at = random.nextInt(found.length);
                    double expected = slope(weights, tensor, at, sources, targets, temperature);
                    assertThat((double) found[at])
                            .as("gradient of %s at %d", tensor.officialName(), at)
                            .isCloseTo(expected, within(2e-3 * Math.max(largest, 1e-3)));
                }
            });
        }
    }

    /** Central difference of the reference loss; the steps are what float32 makes of them. */
    private static double slope(
            ProjectorWeights weights,
            ProjectorTensor tensor,
            int at,
            double[][][] sources,
            double[][][] targets,
            double temperature) {
        float[] values = tensor.of(weights);
        float before = values[at];
        float step = (float) (temperature < 0.02 ? 2e-5 : 1e-4);
        values[at] = before + step;
        double reached = values[at];
        double above = ReferenceProjector.loss(weights, sources, targets, temperature);
        values[at] = before - step;
        double width = reached - values[at];
        double below = ReferenceProjector.loss(weights, sources, targets, temperature);
        values[at] = before;
        return (above - below) / width;
    }

    @Test
    void identicalRowsGiveTheLossOfChance() {
        int batch = 8;
        double[][] sources = RandomRows.unit(1, batch, 4);
        double[][] same = new double[batch][];
        java.util.Arrays.fill(same, RandomRows.unit(2, 1, 3)[0]);
        try (ProjectorTrainingGraph graph = graph(1, 1, batch, 0.02, RandomRows.projector(3, 4, 6, 3));
                FloatTensor sourceRows = FloatTensor.copyOf(FloatBuffer.wrap(RandomRows.flat(sources)), batch, 4);
                FloatTensor targetRows = FloatTensor.copyOf(FloatBuffer.wrap(RandomRows.flat(same)), batch, 3)) {
            double[][] projected = ReferenceProjector.project(RandomRows.projector(3, 4, 6, 3), sources);
            double expected = ReferenceProjector.info(projected, same, 0.02);
            // Row-wise every target is as likely: that half of the loss is ln 8.
            assertThat(expected).isGreaterThan(Math.log(batch) / 2);
            assertThat((double) graph.step(sourceRows, targetRows)[0]).isCloseTo(expected, within(1e-4));
        }
    }

    @Test
    void theHeldBiasesCountInTheRunningMeansButDoNotMove() {
        int batch = 6;
        ProjectorWeights weights = RandomRows.projector(3, 4, 6, 3);
        double[][] sources = RandomRows.unit(1, batch, 4);
        try (ProjectorTrainingGraph graph = graph(1, 1, batch, 0.02, RandomRows.projector(3, 4, 6, 3));
                FloatTensor sourceRows = FloatTensor.copyOf(FloatBuffer.wrap(RandomRows.flat(sources)), batch, 4);
                FloatTensor targetRows =
                        FloatTensor.copyOf(FloatBuffer.wrap(RandomRows.flat(RandomRows.unit(2, batch, 3))), batch, 3)) {
            graph.step(sourceRows, targetRows);
            ProjectorWeights after = graph.weights().get(0);
            assertThat(after.stage(0).linear().bias())
                    .isEqualTo(weights.stage(0).linear().bias());
            assertThat(after.stage(1).linear().bias())
                    .isEqualTo(weights.stage(1).linear().bias());
            assertThat(after.stage(0).norm().batchesTracked()).isEqualTo(18);
            for (int feature = 0; feature < 6; feature++) {
                double mean = 0;
                double[] values = new double[batch];
                for (int row = 0; row < batch; row++) {
                    values[row] = weights.stage(0).linear().bias()[feature];
                    for (int i = 0; i < 4; i++) {
                        values[row] +=
                                sources[row][i] * weights.stage(0).linear().weight()[feature * 4 + i];
                    }
                    mean += values[row] / batch;
                }
                double unbiased = 0;
                for (double value : values) {
                    unbiased += (value - mean) * (value - mean) / (batch - 1);
                }
                assertThat((double) after.stage(0).norm().runningMean()[feature])
                        .isCloseTo(0.9 * weights.stage(0).norm().runningMean()[feature] + 0.1 * mean, within(1e-6));
                assertThat((double) after.stage(0).norm().runningVariance()[feature])
                        .isCloseTo(
                                0.9 * weights.stage(0).norm().runningVariance()[feature] + 0.1 * unbiased,
                                within(1e-6));
            }
        }
    }

    @Test
    void aStateThatIsLoadedIsReadBackAndTrainsOnAsBefore() {
        int batch = 6;
        try (ProjectorTrainingGraph first = graph(1, 1, batch, 0.02, RandomRows.projector(3, 4, 6, 3));
                FloatTensor sourceRows =
                        FloatTensor.copyOf(FloatBuffer.wrap(RandomRows.flat(RandomRows.unit(1, batch, 4))), batch, 4);
                FloatTensor targetRows =
                        FloatTensor.copyOf(FloatBuffer.wrap(RandomRows.flat(RandomRows.unit(2, batch, 3))), batch, 3)) {
            first.step(sourceRows, targetRows);
            first.step(sourceRows, targetRows);
            TrainingState halfway = first.state();
            assertThat(halfway.steps()).isEqualTo(2);
            try (ProjectorTrainingGraph second =
                    new ProjectorTrainingGraph(RUNTIME, plan(1, 1, batch, 0.02, 3), halfway)) {
                assertSameBits(second.weights().get(0), halfway.weights().get(0));
                assertThat(second.step(sourceRows, targetRows)).isEqualTo(first.step(sourceRows, targetRows));
                assertSameBits(second.weights().get(0), first.weights().get(0));
            }
        }
    }

    private static void assertSameBits(ProjectorWeights found, ProjectorWeights expected) {
        for (ProjectorTensor tensor : ProjectorTensor.all(ProjectorArchitecture.FREEBIND)) {
            assertThat(tensor.of(found)).as(tensor.officialName()).isEqualTo(tensor.of(expected));
        }
    }
}
