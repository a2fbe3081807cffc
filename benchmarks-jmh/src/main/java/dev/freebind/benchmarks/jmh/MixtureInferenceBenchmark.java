package dev.freebind.benchmarks.jmh;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.bonds.product.EmbeddingExpression.Leaf;
import dev.freebind.bonds.product.EmbeddingExpression.ProjectorMixture;
import dev.freebind.bonds.product.EmbeddingExpression.Source;
import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.LinearWeights;
import dev.freebind.bonds.projector.Mixture;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.training.projector.TensorFlowInference;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
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
 * The mixture of seven projectors 1024 → 2048 → 768 over blocks of 4,096 rows, reading and normalising the rows included.
 * Target: 0.7 of sgemm.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 10)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and runs the set-up before anything else.
public class MixtureInferenceBenchmark {

    private static final int INPUT = 1024;
    private static final int HIDDEN = 2048;
    private static final int OUTPUT = 768;
    private static final String SPACE = "source";
    private static final String BOND = "bond";
    private static final List<Modality> MODALITIES = List.of(Modality.TEXT, Modality.IMAGE, Modality.AUDIO);
    private static final List<Subset> SUBSETS = new Mixture.All().subsets(MODALITIES, MODALITIES);

    /** Rows to embed. */
    @Param("8192")
    public int rows;

    private final Map<ProjectorKey, ProjectorWeights> projectors = new HashMap<>();
    private float[] input;
    private FloatBuffer result;

    /** Makes rows and projectors. */
    @Setup(Level.Trial)
    public void make() {
        input = new float[rows * INPUT];
        new RandomRows(5, rows, INPUT).read(0, rows, FloatBuffer.wrap(input));
        result = FloatBuffer.allocate(rows * OUTPUT);
        SplittableRandom random = new SplittableRandom(6);
        for (Subset subset : SUBSETS) {
            projectors.put(new ProjectorKey(BOND, SPACE, subset), projector(random));
        }
    }

    /** The measured work. The projectors are read and loaded before the time starts, as once for a whole evaluation. */
    @Benchmark
    public FloatBuffer embed(FractionOfSgemm fraction) {
        ProjectorMixture mixture =
                new ProjectorMixture(BOND, List.of(new Source(SPACE, 1, SUBSETS, new Leaf(SPACE, Modality.TEXT))));
        try (TensorFlowInference inference = new TensorFlowInference(fraction.runtime(), this::projector)) {
            Embeddings output = inference.evaluate(mixture, Map.of(SPACE, Embeddings.of(input, INPUT, "random rows")));
            output.read(0, 1, result.clear());
            result.clear();
            fraction.time(2.0 * rows * SUBSETS.size() * (INPUT + OUTPUT) * HIDDEN, () -> output.read(0, rows, result));
        }
        return result;
    }

    private ProjectorWeights projector(ProjectorKey key) {
        ProjectorWeights weights = projectors.get(key);
        if (weights == null) {
            throw new IllegalStateException("no projector " + key);
        }
        return weights;
    }

    /** Compares some rows of the last result with the projectors in double precision. */
    @TearDown(Level.Trial)
    public void verify() {
        for (int row = 0; row < rows; row += rows / 3 - 1) {
            double[] x = new double[INPUT];
            for (int i = 0; i < INPUT; i++) {
                x[i] = input[row * INPUT + i];
            }
            double[] sum = new double[OUTPUT];
            for (ProjectorWeights weights : projectors.values()) {
                double[] hidden = layer(
                        x,
                        weights.stage(0).linear().weight(),
                        weights.stage(0).linear().bias(),
                        weights.stage(0).norm());
                for (int i = 0; i < HIDDEN; i++) {
                    hidden[i] = Math.max(0, hidden[i]);
                }
                double[] projected = layer(
                        hidden,
                        weights.stage(1).linear().weight(),
                        weights.stage(1).linear().bias(),
                        weights.stage(1).norm());
                double norm = norm(projected);
                for (int i = 0; i < OUTPUT; i++) {
                    sum[i] += projected[i] / norm;
                }
            }
            double norm = norm(sum);
            for (int i = 0; i < OUTPUT; i++) {
                double actual = result.get(row * OUTPUT + i);
                if (!(Math.abs(actual - sum[i] / norm) <= 1e-5)) {
                    throw new IllegalStateException(
                            "row " + row + ", value " + i + ": " + actual + " instead of " + sum[i] / norm);
                }
            }
        }
    }

    private static double[] layer(double[] input, float[] weight, float[] bias, BatchNormWeights norm) {
        double[] output = new double[bias.length];
        for (int j = 0; j < output.length; j++) {
            double sum = bias[j];
            for (int i = 0; i < input.length; i++) {
                sum += input[i] * weight[j * input.length + i];
            }
            output[j] = (sum - norm.runningMean()[j])
                            / Math.sqrt(norm.runningVariance()[j] + BatchNormWeights.EPSILON)
                            * norm.weight()[j]
                    + norm.bias()[j];
        }
        return output;
    }

    private static double norm(double[] values) {
        double squares = 0;
        for (double value : values) {
            squares += value * value;
        }
        return Math.sqrt(squares);
    }

    private static ProjectorWeights projector(SplittableRandom random) {
        return ProjectorWeights.freeBind(
                new ProjectorWeights.Stage(
                        new LinearWeights(
                                INPUT,
                                HIDDEN,
                                values(random, HIDDEN * INPUT, -0.04, 0.04),
                                values(random, HIDDEN, -0.01, 0.01)),
                        norm(random, HIDDEN)),
                new ProjectorWeights.Stage(
                        new LinearWeights(
                                HIDDEN,
                                OUTPUT,
                                values(random, OUTPUT * HIDDEN, -0.04, 0.04),
                                values(random, OUTPUT, -0.01, 0.01)),
                        norm(random, OUTPUT)));
    }

    private static BatchNormWeights norm(SplittableRandom random, int features) {
        return new BatchNormWeights(
                values(random, features, 0.5, 1.5),
                values(random, features, -0.1, 0.1),
                values(random, features, -0.01, 0.01),
                values(random, features, 0.001, 0.01),
                100);
    }

    private static float[] values(SplittableRandom random, int count, double low, double high) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(low, high);
        }
        return values;
    }
}
