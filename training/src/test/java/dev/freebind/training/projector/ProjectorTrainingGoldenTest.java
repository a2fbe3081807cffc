package dev.freebind.training.projector;

import static dev.freebind.training.projector.Golden.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.Embeddings;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The training step against PyTorch in float64. */
class ProjectorTrainingGoldenTest {

    private static final int BATCH = 48;
    private static final TensorFlowRuntime RUNTIME = TensorFlowRuntime.start(Device.CPU, 2);

    private static final TrainingSettings SETTINGS =
            new TrainingSettings(1, BATCH, 1e-3, 0.02, 20, new Mixture.All(), 0, 0, TrainingSettings.Storage.FLOAT32);

    private enum Kind {
        DISPLACEMENT(List.of("text", "image", "audio"), List.of("text", "image")),
        COMBINATION(List.of("text", "audio"), List.of("text", "image", "audio"));

        private final List<String> sourceModalities;
        private final List<String> targetModalities;

        Kind(List<String> sourceModalities, List<String> targetModalities) {
            this.sourceModalities = sourceModalities;
            this.targetModalities = targetModalities;
        }

        String folder() {
            return "training/" + name().toLowerCase(java.util.Locale.ROOT) + "/";
        }

        List<Embeddings> sources() {
            return sourceModalities.stream()
                    .map(modality -> Golden.embeddings(folder() + "source-" + modality))
                    .toList();
        }

        List<Embeddings> targets() {
            return targetModalities.stream()
                    .map(modality -> Golden.embeddings(folder() + "target-" + modality))
                    .toList();
        }

        ProjectorTrainingGraph graph() {
            ProjectorWeights initial = Golden.weights(folder() + "initial");
            return new ProjectorTrainingGraph(
                    RUNTIME,
                    new ProjectorTrainingGraph.Plan(
                            modalities(sourceModalities),
                            modalities(targetModalities),
                            initial.outputDimension(),
                            BATCH,
                            SETTINGS,
                            20,
                            1),
                    TrainingState.before(initial));
        }

        private static List<Modality> modalities(List<String> names) {
            return names.stream().map(Modality::new).toList();
        }

        /** The rows of a step, in the golden's own order. */
        FloatTensor batch(List<Embeddings> side, int step) {
            int[] rows = Golden.array(folder() + "batches").ints();
            FloatTensor tensor =
                    FloatTensor.allocate((long) side.size() * BATCH, side.get(0).dimension());
            FloatBuffer memory = tensor.buffer();
            for (Embeddings embeddings : side) {
                for (int i = 0; i < BATCH; i++) {
                    embeddings.read(rows[step * BATCH + i], 1, memory);
                }
            }
            return tensor;
        }

        float[] step(ProjectorTrainingGraph graph, int step) {
            try (FloatTensor sources = batch(sources(), step);
                    FloatTensor targets = batch(targets(), step)) {
                return graph.step(sources, targets);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theLossTermsOfTheFirstStepArePyTorchs(Kind kind) {
        try (ProjectorTrainingGraph graph = kind.graph()) {
            float[] terms = kind.step(graph, 0);
            float[] expected = Golden.floats(kind.folder() + "loss-terms-step0");
            assertThat(terms).hasSameSizeAs(expected);
            for (int i = 0; i < expected.length; i++) {
                assertThat(terms[i]).as("term %d", i).isCloseTo(expected[i], within(expected[i] * 1e-6f));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theGradientsOfTheFirstStepArePyTorchs(Kind kind) {
        try (ProjectorTrainingGraph graph = kind.graph();
                FloatTensor sources = kind.batch(kind.sources(), 0);
                FloatTensor targets = kind.batch(kind.targets(), 0)) {
            PerTensor<float[]> gradients = graph.gradients(sources, targets).get(0);
            assertThat(gradients.tensors())
                    .containsExactlyElementsOf(ProjectorTensor.trained(Golden.weights(kind.folder() + "initial")));
            gradients.forEach((tensor, found) -> {
                float[] expected = Golden.floats(kind.folder() + "gradient-step0/" + tensor.officialName());
                assertClose(tensor.officialName(), found, expected, 1e-4 * Golden.largest(expected));
            });
            for (String held : List.of("Head2.mlps.0.bias", "Head2.mlps.3.bias")) {
                float[] expected = Golden.floats(kind.folder() + "gradient-step0/" + held);
                assertThat(Golden.largest(expected))
                        .as("what holding the bias leaves out")
                        .isLessThan(1e-4);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void twentyStepsGivePyTorchsLossesParametersAndProjections(Kind kind) {
        try (ProjectorTrainingGraph graph = kind.graph()) {
            float[] expectedLosses = Golden.floats(kind.folder() + "losses");
            for (int step = 0; step < expectedLosses.length; step++) {
                double loss = 0;
                for (float term : kind.step(graph, step)) {
                    loss += term;
                }
                assertThat(loss)
                        .as("loss of step %d", step)
                        .isCloseTo(expectedLosses[step], within(1e-6 * expectedLosses[step]));
                if (step == 0) {
                    assertWeights(graph.weights().get(0), Golden.weights(kind.folder() + "after-1"));
                }
            }
            assertWeights(graph.weights().get(0), Golden.weights(kind.folder() + "after-20"));

            Embeddings texts = Golden.embeddings(kind.folder() + "source-text");
            try (FloatTensor rows = FloatTensor.allocate(texts.rows(), texts.dimension())) {
                texts.read(0, (int) texts.rows(), rows.buffer());
                assertClose(
                        "projected texts",
                        graph.project(Modality.TEXT, rows),
                        Golden.floats(kind.folder() + "projected-after-20"),
                        1e-4);
            }
        }
    }

    private static void assertWeights(ProjectorWeights found, ProjectorWeights expected) {
        for (ProjectorTensor tensor : ProjectorTensor.all(ProjectorArchitecture.FREEBIND)) {
            assertClose(tensor.officialName(), tensor.of(found), tensor.of(expected), 1e-4);
        }
        assertThat(found.stage(0).norm().batchesTracked())
                .isEqualTo(expected.stage(0).norm().batchesTracked());
        assertThat(found.stage(1).norm().batchesTracked())
                .isEqualTo(expected.stage(1).norm().batchesTracked());
    }
}
