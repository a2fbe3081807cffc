package dev.freebind.training.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.Modality;
import dev.freebind.bonds.graph.LearningRateSchedule;
import dev.freebind.bonds.graph.Recipe;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.projector.Mixture;
import dev.freebind.bonds.projector.ProjectorArchitecture;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TensorMemory;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.stat.StatUtils;
import org.apache.commons.math3.stat.descriptive.moment.Variance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** The training step of C-MCR and Ex-MCR against the papers' formulas in double precision. */
class RecipeStepTest {

    private static final TensorFlowRuntime RUNTIME = TensorFlowRuntime.start(Device.CPU, 2);
    private static final int BATCH = 13;
    private static final int INPUT = 7;
    private static final int TARGET = 5;
    private static final double LAMBDA = 0.3;

    private static final Modality A = Modality.AUDIO;
    private static final Modality V = Modality.IMAGE;
    private static final Modality T = Modality.TEXT;

    /** A step: what is projected against what, and the loss written down term by term. */
    private record Case(
            String name,
            Recipe.Kind kind,
            ProjectorArchitecture projector,
            List<Modality> sources,
            List<Modality> targets,
            boolean bothProjected,
            Loss loss) {

        double temperature() {
            return kind == Recipe.Kind.C_MCR ? 0.01 : 0.05;
        }

        TrainingSettings settings(Recipe recipe) {
            return new TrainingSettings(
                    1,
                    BATCH,
                    1e-3,
                    temperature(),
                    6,
                    new Mixture.Joint(),
                    0,
                    0,
                    TrainingSettings.Storage.FLOAT32,
                    recipe);
        }

        /** Without noise and decay: what the formulas say about one step. */
        Recipe plain() {
            return new Recipe(kind, projector, 0, LAMBDA, 0, LearningRateSchedule.CONSTANT);
        }

        List<ProjectorWeights> projectors() {
            ProjectorWeights source = RandomRows.projector(projector, 3, INPUT, 6, TARGET);
            return bothProjected
                    ? List.of(source, RandomRows.projector(projector.counterpart(), 4, TARGET, 6, TARGET))
                    : List.of(source);
        }

        double[][][] rows(List<Modality> side, int dimension) {
            return side.stream()
                    .map(modality -> RandomRows.unit(modality.hashCode() + dimension, BATCH, dimension))
                    .toArray(double[][][]::new);
        }

        double loss(List<ProjectorWeights> projectors) {
            Terms terms = new Terms(temperature());
            double[][][] sourceRows = rows(sources, INPUT);
            double[][][] targetRows = rows(targets, TARGET);
            for (int i = 0; i < sources.size(); i++) {
                double[][] entering = projectors.get(0).adapts(sources.get(i))
                        ? ReferenceProjector.adapt(projectors.get(0), sourceRows[i])
                        : sourceRows[i];
                terms.entering.put(sources.get(i), entering);
                terms.source.put(sources.get(i), ReferenceProjector.project(projectors.get(0), entering));
            }
            for (int i = 0; i < targets.size(); i++) {
                terms.target.put(
                        targets.get(i),
                        bothProjected ? ReferenceProjector.project(projectors.get(1), targetRows[i]) : targetRows[i]);
            }
            return loss.of(terms);
        }

        ProjectorTrainingGraph graph(Recipe recipe, long totalSteps, long seed) {
            return new ProjectorTrainingGraph(
                    RUNTIME,
                    new ProjectorTrainingGraph.Plan(
                            sources, targets, TARGET, BATCH, settings(recipe), totalSteps, seed),
                    TrainingState.before(projectors().toArray(ProjectorWeights[]::new)));
        }

        FloatTensor tensor(List<Modality> side, int dimension) {
            return FloatTensor.copyOf(
                    FloatBuffer.wrap(RandomRows.flat(rows(side, dimension))), (long) side.size() * BATCH, dimension);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private interface Loss {
        double of(Terms terms);
    }

    /** Rows of both sides by modality, and the pieces of the losses. */
    private static final class Terms {
        final Map<Modality, double[][]> entering = new java.util.HashMap<>();
        final Map<Modality, double[][]> source = new java.util.HashMap<>();
        final Map<Modality, double[][]> target = new java.util.HashMap<>();
        private final double temperature;

        Terms(double temperature) {
            this.temperature = temperature;
        }

        double info(Modality projected, Modality other) {
            return ReferenceProjector.info(source.get(projected), target.get(other), temperature);
        }

        static double distance(double[][] left, double[][] right) {
            double sum = 0;
            for (int i = 0; i < left.length; i++) {
                sum += MatrixUtils.createRealVector(left[i]).getDistance(MatrixUtils.createRealVector(right[i]));
            }
            return sum / left.length;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case(
                        "C-MCR, one more modality on each side (its paper's terms)",
                        Recipe.Kind.C_MCR,
                        ProjectorArchitecture.C_MCR,
                        List.of(T, A),
                        List.of(T, V),
                        false,
                        terms -> terms.info(T, T)
                                + terms.info(A, V)
                                + LAMBDA / 2 * Terms.distance(terms.source.get(T), terms.source.get(A))),
                new Case(
                        "C-MCR, both spaces projected",
                        Recipe.Kind.C_MCR,
                        ProjectorArchitecture.C_MCR,
                        List.of(T, A),
                        List.of(T, V),
                        true,
                        terms -> terms.info(T, T)
                                + terms.info(A, V)
                                + LAMBDA / 2 * Terms.distance(terms.source.get(T), terms.source.get(A))
                                + LAMBDA / 2 * Terms.distance(terms.target.get(T), terms.target.get(V))),
                new Case(
                        "C-MCR, both spaces projected into the positive orthant",
                        Recipe.Kind.C_MCR,
                        ProjectorArchitecture.C_MCR_ULIP,
                        List.of(V, A),
                        List.of(V, T),
                        true,
                        terms -> terms.info(V, V)
                                + terms.info(A, T)
                                + LAMBDA / 2 * Terms.distance(terms.source.get(V), terms.source.get(A))
                                + LAMBDA / 2 * Terms.distance(terms.target.get(V), terms.target.get(T))),
                new Case(
                        "C-MCR, displacement: the source alone knows audio",
                        Recipe.Kind.C_MCR,
                        ProjectorArchitecture.C_MCR,
                        List.of(T, V, A),
                        List.of(T, V),
                        false,
                        terms -> terms.info(T, T)
                                + terms.info(V, V)
                                + terms.info(A, T)
                                + terms.info(A, V)
                                + LAMBDA / 2 * Terms.distance(terms.source.get(T), terms.source.get(V))
                                + LAMBDA / 2 * Terms.distance(terms.source.get(T), terms.source.get(A))
                                + LAMBDA / 2 * Terms.distance(terms.source.get(V), terms.source.get(A))),
                new Case(
                        "C-MCR, combination: the target alone knows image",
                        Recipe.Kind.C_MCR,
                        ProjectorArchitecture.FREEBIND,
                        List.of(T, A),
                        List.of(T, V, A),
                        false,
                        terms -> terms.info(T, T)
                                + terms.info(A, A)
                                + terms.info(T, V)
                                + terms.info(A, V)
                                + LAMBDA / 2 * Terms.distance(terms.source.get(T), terms.source.get(A))),
                new Case(
                        "Ex-MCR, one more modality on each side (its paper's terms)",
                        Recipe.Kind.EX_MCR,
                        ProjectorArchitecture.EX_MCR,
                        List.of(T, A),
                        List.of(T, V),
                        false,
                        terms -> (terms.info(A, T) + terms.info(A, V) + terms.info(T, T) + terms.info(T, V)) / 4
                                + LAMBDA * Terms.distance(terms.entering.get(A), terms.entering.get(T))),
                new Case(
                        "Ex-MCR, two shared modalities",
                        Recipe.Kind.EX_MCR,
                        ProjectorArchitecture.EX_MCR,
                        List.of(T, V, A),
                        List.of(V, T),
                        false,
                        terms -> (terms.info(A, T)
                                                + terms.info(A, V)
                                                + terms.info(T, T)
                                                + terms.info(T, V)
                                                + terms.info(V, T)
                                                + terms.info(V, V))
                                        / 6
                                + LAMBDA / 2 * Terms.distance(terms.entering.get(A), terms.entering.get(T))
                                + LAMBDA / 2 * Terms.distance(terms.entering.get(A), terms.entering.get(V))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void lossAndGradientsAreThoseOfTheFormulas(Case step) {
        List<ProjectorWeights> projectors = step.projectors();
        try (ProjectorTrainingGraph graph = step.graph(step.plain(), 10, 1);
                FloatTensor sources = step.tensor(step.sources, INPUT);
                FloatTensor targets = step.tensor(step.targets, TARGET)) {
            List<PerTensor<float[]>> gradients = graph.gradients(sources, targets);
            double loss = 0;
            for (float term : graph.step(sources, targets)) {
                loss += term;
            }
            double expected = step.loss(projectors);
            assertThat(loss).isCloseTo(expected, within(2e-5 * expected));

            SplittableRandom random = new SplittableRandom(9);
            assertThat(gradients).hasSameSizeAs(projectors);
            for (int head = 0; head < projectors.size(); head++) {
                ProjectorWeights weights = projectors.get(head);
                gradients.get(head).forEach((tensor, found) -> {
                    for (int probe = 0; probe < 5; probe++) {
                        int at = random.nextInt(found.length);
                        assertThat((double) found[at])
                                .as("gradient of %s at %d", tensor.officialName(), at)
                                .isCloseTo(
                                        slope(step, projectors, tensor.of(weights), at),
                                        within(3e-3 * Math.max(Golden.largest(found), 1e-3)));
                    }
                });
            }
        }
    }

    /** Central difference of the reference loss; the steps are what float32 makes of them. */
    private static double slope(Case step, List<ProjectorWeights> projectors, float[] values, int at) {
        float before = values[at];
        values[at] = before + 2e-5f;
        double reached = values[at];
        double above = step.loss(projectors);
        values[at] = before - 2e-5f;
        double width = reached - values[at];
        double below = step.loss(projectors);
        values[at] = before;
        return (above - below) / width;
    }

    @Test
    void onlyWhatTheTargetLacksGoesThroughTheAdapter() {
        Case step = cases().filter(one -> one.kind == Recipe.Kind.EX_MCR)
                .findFirst()
                .orElseThrow();
        ProjectorWeights weights = step.projectors().get(0);
        double[][] rows = RandomRows.unit(5, 4, INPUT);
        try (ProjectorTrainingGraph graph = step.graph(step.plain(), 10, 1);
                FloatTensor tensor = FloatTensor.copyOf(FloatBuffer.wrap(RandomRows.flat(rows)), 4, INPUT)) {
            Golden.assertClose(
                    "text", graph.project(T, tensor), RandomRows.flat(ReferenceProjector.infer(weights, rows)), 1e-5);
            Golden.assertClose(
                    "audio",
                    graph.project(A, tensor),
                    RandomRows.flat(ReferenceProjector.infer(weights, ReferenceProjector.adapt(weights, rows))),
                    1e-5);
        }
    }

    @Test
    void decayAndCosineAreThoseOfPyTorchsAdamW() {
        Case step = cases().findFirst().orElseThrow();
        double decay = 0.05;
        int steps = 4;
        Recipe recipe = new Recipe(step.kind, step.projector, 0, LAMBDA, decay, LearningRateSchedule.COSINE);
        try (ProjectorTrainingGraph graph = step.graph(recipe, steps, 1);
                FloatTensor sources = step.tensor(step.sources, INPUT);
                FloatTensor targets = step.tensor(step.targets, TARGET)) {
            ProjectorWeights initial = graph.weights().get(0);
            List<ProjectorTensor> trained = ProjectorTensor.trained(initial);
            List<double[]> values = new ArrayList<>();
            List<double[]> first = new ArrayList<>();
            List<double[]> second = new ArrayList<>();
            for (ProjectorTensor tensor : trained) {
                values.add(doubles(tensor.of(initial)));
                first.add(new double[tensor.of(initial).length]);
                second.add(new double[tensor.of(initial).length]);
            }
            for (int t = 1; t <= steps; t++) {
                double rate = 1e-3 * (1 + Math.cos(Math.PI * (t - 1) / steps)) / 2;
                PerTensor<float[]> gradients = graph.gradients(sources, targets).get(0);
                graph.step(sources, targets);
                for (int i = 0; i < trained.size(); i++) {
                    float[] gradient = gradients.of(trained.get(i));
                    for (int j = 0; j < gradient.length; j++) {
                        double[] m = first.get(i);
                        double[] v = second.get(i);
                        double[] x = values.get(i);
                        x[j] -= rate * decay * x[j];
                        m[j] = 0.9 * m[j] + 0.1 * gradient[j];
                        v[j] = 0.999 * v[j] + 0.001 * gradient[j] * gradient[j];
                        x[j] -= rate
                                * (m[j] / (1 - Math.pow(0.9, t)))
                                / (Math.sqrt(v[j] / (1 - Math.pow(0.999, t))) + 1e-8);
                    }
                }
            }
            for (int i = 0; i < trained.size(); i++) {
                float[] found = trained.get(i).of(graph.weights().get(0));
                for (int j = 0; j < found.length; j++) {
                    assertThat((double) found[j])
                            .as("%s at %d", trained.get(i).officialName(), j)
                            .isCloseTo(values.get(i)[j], within(2e-6));
                }
            }
        }
    }

    @Test
    void noiseIsDecidedBySeedAndStepAlone() {
        Case step = cases().findFirst().orElseThrow();
        Recipe noisy = new Recipe(step.kind, step.projector, 0.004, LAMBDA, 0, LearningRateSchedule.CONSTANT);
        try (ProjectorTrainingGraph first = step.graph(noisy, 10, 1);
                ProjectorTrainingGraph same = step.graph(noisy, 10, 1);
                ProjectorTrainingGraph other = step.graph(noisy, 10, 2);
                ProjectorTrainingGraph without = step.graph(step.plain(), 10, 1);
                FloatTensor sources = step.tensor(step.sources, INPUT);
                FloatTensor targets = step.tensor(step.targets, TARGET)) {
            float[] terms = first.step(sources, targets);
            assertThat(same.step(sources, targets)).isEqualTo(terms);
            assertThat(other.step(sources, targets)).isNotEqualTo(terms);
            assertThat(without.step(sources, targets)).isNotEqualTo(terms);
            assertThat(same.step(sources, targets)).isEqualTo(first.step(sources, targets));
        }
    }

    @Test
    void noiseHasTheVarianceThatIsAskedFor() {
        int rows = 400;
        int dimension = 64;
        double variance = 0.004;
        double[][] clean = RandomRows.unit(1, rows, dimension);
        try (GraphSession session = RUNTIME.session()) {
            Ops tf = session.ops();
            Operand<TFloat32> input =
                    tf.reshape(tf.constant(RandomRows.flat(clean)), tf.constant(new int[] {rows, dimension}));
            Operand<TFloat32> noisy = Noise.on(tf, input, variance, tf.constant(new long[] {3, 4}));
            float[] values = new float[rows * dimension];
            try (Result result = session.runner().fetch(noisy).run()) {
                TensorMemory.floats((TFloat32) result.get(0)).get(values);
            }
            double[] cosines = new double[rows];
            double[] errors = new double[rows * dimension];
            for (int i = 0; i < rows; i++) {
                double squares = 0;
                for (int j = 0; j < dimension; j++) {
                    double value = values[i * dimension + j];
                    squares += value * value;
                    cosines[i] += value * clean[i][j];
                }
                assertThat(squares).isCloseTo(1, within(1e-5));
                // x + θ is the normalised row times 1 / cosine, up to noise along the row
                for (int j = 0; j < dimension; j++) {
                    errors[i * dimension + j] = values[i * dimension + j] / cosines[i] - clean[i][j];
                }
            }
            assertThat(StatUtils.mean(cosines)).isCloseTo(1 / Math.sqrt(1 + variance * dimension), within(0.01));
            assertThat(new Variance().evaluate(errors)).isCloseTo(variance, within(0.05 * variance));
        }
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        Arrays.setAll(doubles, i -> values[i]);
        return doubles;
    }
}
