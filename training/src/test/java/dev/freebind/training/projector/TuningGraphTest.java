package dev.freebind.training.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.bonds.execution.ModalityTuning.Embedded;
import dev.freebind.bonds.execution.ModalityTuning.Task;
import dev.freebind.bonds.graph.LearningRateSchedule;
import dev.freebind.bonds.graph.TuningSettings;
import dev.freebind.bonds.projector.ProjectorArchitecture;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TrainedVariable;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A step of tuning against the same formulas in double precision. */
class TuningGraphTest {

    private static final TensorFlowRuntime RUNTIME = TensorFlowRuntime.start(Device.CPU, 2);
    private static final int INPUT = 7;
    private static final int OUTPUT = 5;
    private static final int ROWS = 24;
    private static final double TEMPERATURE = 0.1;

    private final double[][] input = RandomRows.unit(1, ROWS, INPUT);
    private final double[][] frozen = RandomRows.unit(2, ROWS, OUTPUT);
    private final double[][] expert = RandomRows.unit(3, ROWS, OUTPUT);

    /** What is tuned: projectors of a kind, for a modality; audio goes through an adapter where they have one. */
    private enum Kind {
        FREEBIND(ProjectorArchitecture.FREEBIND, Modality.AUDIO),
        THROUGH_AN_ADAPTER(ProjectorArchitecture.EX_MCR, Modality.AUDIO),
        BESIDE_AN_ADAPTER(ProjectorArchitecture.EX_MCR, Modality.IMAGE);

        private final ProjectorArchitecture architecture;
        private final Modality modality;

        Kind(ProjectorArchitecture architecture, Modality modality) {
            this.architecture = architecture;
            this.modality = modality;
        }
    }

    private static NavigableMap<Subset, ProjectorWeights> projectors(ProjectorArchitecture kind) {
        NavigableMap<Subset, ProjectorWeights> projectors = new TreeMap<>();
        projectors.put(Subset.of(List.of(Modality.AUDIO)), RandomRows.projector(kind, 10, INPUT, 9, OUTPUT));
        projectors.put(
                Subset.of(List.of(Modality.AUDIO, Modality.TEXT)), RandomRows.projector(kind, 20, INPUT, 11, OUTPUT));
        return projectors;
    }

    private Task task(@Nullable Embeddings beside, double factor) {
        return task(Kind.FREEBIND, beside, factor);
    }

    private Task task(Kind kind, @Nullable Embeddings beside, double factor) {
        return new Task(
                kind.modality,
                new Embedded(RandomRows.embeddings(input, "input")),
                RandomRows.embeddings(frozen, "frozen"),
                beside,
                factor,
                projectors(kind.architecture),
                List.of(),
                new TuningSettings(1, ROWS, 1, 1e-3, LearningRateSchedule.CONSTANT, 0, TEMPERATURE, 0, 0, false, 0),
                7);
    }

    private static double[][] composed(Task task, double[][] rows, double[] @Nullable [] beside, double f) {
        double[][] sum = new double[rows.length][OUTPUT];
        task.projectors()
                .values()
                .forEach(weights -> add(
                        sum,
                        ReferenceProjector.infer(
                                weights,
                                weights.adapts(task.modality()) ? ReferenceProjector.adapt(weights, rows) : rows),
                        1));
        ReferenceProjector.unit(sum);
        if (beside != null) {
            for (double[] row : sum) {
                for (int i = 0; i < row.length; i++) {
                    row[i] *= 1 - f;
                }
            }
            add(sum, beside, f);
            ReferenceProjector.unit(sum);
        }
        return sum;
    }

    private static void add(double[][] sum, double[][] rows, double factor) {
        for (int i = 0; i < sum.length; i++) {
            for (int j = 0; j < sum[i].length; j++) {
                sum[i][j] += factor * rows[i][j];
            }
        }
    }

    private static FloatTensor tensor(double[][] rows) {
        return FloatTensor.copyOf(FloatBuffer.wrap(RandomRows.flat(rows)), rows.length, rows[0].length);
    }

    private TuningGraph.Part part(int first, int count, boolean mixed) {
        return new TuningGraph.Part(
                tensor(Arrays.copyOfRange(input, first, first + count)),
                mixed ? tensor(Arrays.copyOfRange(expert, first, first + count)) : null,
                count);
    }

    @ParameterizedTest
    @EnumSource
    void embeddingsAndLossAreThoseOfTheProduct(Kind kind) {
        for (boolean mixed : new boolean[] {false, true}) {
            embeddingsAndLossAreThoseOfTheProduct(kind, mixed);
        }
    }

    private void embeddingsAndLossAreThoseOfTheProduct(Kind kind, boolean mixed) {
        Task task = task(kind, mixed ? RandomRows.embeddings(expert, "expert") : null, mixed ? 0.3 : 0);
        double[][] expected = composed(task, input, mixed ? expert : null, 0.3);
        try (TuningGraph graph = new TuningGraph(RUNTIME, task, new TuningGraph.Size(ROWS, 1));
                TuningGraph.Part part = part(0, ROWS, mixed);
                FloatTensor target = tensor(frozen)) {
            FloatBuffer embedded = FloatBuffer.allocate(ROWS * OUTPUT);
            graph.embed(part, embedded);
            assertThat(embedded.array()).containsExactly(RandomRows.flat(expected), within(2e-6f));
            assertThat((double) graph.loss(part, target, 1))
                    .isCloseTo(ReferenceProjector.info(expected, frozen, TEMPERATURE), within(1e-5));
        }
    }

    @ParameterizedTest
    @EnumSource
    void gradientsAreTheDifferencesOfTheLossInDoublePrecision(Kind kind) {
        Task task = task(kind, RandomRows.embeddings(expert, "expert"), 0.3);
        double step = 1e-3;
        try (TuningGraph graph = new TuningGraph(RUNTIME, task, new TuningGraph.Size(ROWS, 1));
                TuningGraph.Part part = part(0, ROWS, true);
                FloatTensor target = tensor(frozen)) {
            List<float[]> gradients = graph.gradients(part, target, 1);
            int variable = 0;
            for (ProjectorWeights weights : task.projectors().values()) {
                for (ProjectorTensor tensor : ProjectorTensor.trained(weights)) {
                    if (tensor.block() == ProjectorTensor.ADAPTER && kind == Kind.BESIDE_AN_ADAPTER) {
                        continue; // it does not enter
                    }
                    float[] values = tensor.of(weights);
                    for (int i = 0; i < values.length; i += 1 + values.length / 5) {
                        float before = values[i];
                        values[i] = (float) (before + step);
                        double above = values[i];
                        double lossAbove = referenceLoss(task);
                        values[i] = (float) (before - step);
                        double difference = (lossAbove - referenceLoss(task)) / (above - values[i]);
                        values[i] = before;
                        assertThat((double) gradients.get(variable)[i])
                                .as("%s at %d", graph.variables().get(variable), i)
                                .isCloseTo(difference, within(2e-4 + 1e-3 * Math.abs(difference)));
                    }
                    variable++;
                }
            }
            assertThat(variable).isEqualTo(graph.variables().size());
        }
    }

    private double referenceLoss(Task task) {
        return ReferenceProjector.info(composed(task, input, expert, 0.3), frozen, TEMPERATURE);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8})
    void aBatchInPartsMakesTheStepOfTheWholeBatch(int parts) {
        Task task = task(RandomRows.embeddings(expert, "expert"), 0.3);
        int rows = ROWS / parts;
        List<TuningGraph.Part> inParts = new ArrayList<>();
        for (int first = 0; first < ROWS; first += rows) {
            inParts.add(part(first, rows, true));
        }
        try (TuningGraph whole = new TuningGraph(RUNTIME, task, new TuningGraph.Size(ROWS, 1));
                TuningGraph divided = new TuningGraph(RUNTIME, task, new TuningGraph.Size(rows, parts));
                TuningGraph.Part part = part(0, ROWS, true);
                FloatTensor target = tensor(frozen)) {
            begin(whole);
            begin(divided);
            for (int step = 0; step < 5; step++) {
                float expected = whole.step(List.of(part), target, 1e-2, step);
                assertThat(divided.step(inParts, target, 1e-2, step)).isCloseTo(expected, within(1e-4f));
            }
            for (int i = 0; i < whole.variables().size(); i++) {
                assertThat(divided.variables().get(i).read())
                        .as(whole.variables().get(i).name())
                        .containsExactly(whole.variables().get(i).read(), within(1e-3f));
                // moments tell gradients apart that Adam's division makes equal
                assertThat(divided.adam().firstMoments().get(i).read())
                        .containsExactly(whole.adam().firstMoments().get(i).read(), within(1e-5f));
            }
        } finally {
            inParts.forEach(TuningGraph.Part::close);
        }
    }

    private static void begin(TuningGraph graph) {
        for (List<TrainedVariable> moments :
                List.of(graph.adam().firstMoments(), graph.adam().secondMoments())) {
            moments.forEach(moment -> moment.assign(new float[moment.size()]));
        }
    }
}
