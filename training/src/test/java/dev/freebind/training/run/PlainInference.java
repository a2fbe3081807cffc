package dev.freebind.training.run;

import dev.freebind.api.Embeddings;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.WeightStore;
import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.Subset;
import java.util.Map;

/** Evaluates expressions as the formulas say, in float64. */
final class PlainInference implements Inference {

    private final WeightStore projectors;

    PlainInference(WeightStore projectors) {
        this.projectors = projectors;
    }

    @Override
    public Embeddings evaluate(EmbeddingExpression expression, Map<String, Embeddings> leaves) {
        double[][] rows = rows(expression, leaves);
        int dimension = rows[0].length;
        float[] values = new float[rows.length * dimension];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) rows[i / dimension][i % dimension];
        }
        return Embeddings.of(values, dimension, expression.toString());
    }

    private double[][] rows(EmbeddingExpression expression, Map<String, Embeddings> leaves) {
        if (expression instanceof EmbeddingExpression.Leaf leaf) {
            float[][] stored = PlainRetrieval.rows(leaves.get(leaf.space()).normalised());
            double[][] rows = new double[stored.length][];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = new double[stored[i].length];
                for (int j = 0; j < rows[i].length; j++) {
                    rows[i][j] = stored[i][j];
                }
            }
            return rows;
        }
        if (expression instanceof EmbeddingExpression.Mix mix) {
            double[][] base = rows(mix.base(), leaves);
            double[][] other = rows(mix.other(), leaves);
            for (int i = 0; i < base.length; i++) {
                for (int j = 0; j < base[i].length; j++) {
                    base[i][j] = (1 - mix.factor()) * base[i][j] + mix.factor() * other[i][j];
                }
                normalise(base[i]);
            }
            return base;
        }
        EmbeddingExpression.ProjectorMixture mixture = (EmbeddingExpression.ProjectorMixture) expression;
        double[][] sum = null;
        for (EmbeddingExpression.Source source : mixture.sources()) {
            double[][] input = rows(source.input(), leaves);
            sum = sum == null ? new double[input.length][] : sum;
            for (Subset subset : source.subsets()) {
                ProjectorWeights weights =
                        projectors.projector(new ProjectorKey(mixture.bond(), source.space(), subset));
                for (int i = 0; i < input.length; i++) {
                    double[] projected = project(weights, input[i]);
                    sum[i] = sum[i] == null ? new double[projected.length] : sum[i];
                    for (int j = 0; j < projected.length; j++) {
                        sum[i][j] += source.weight()
                                * projected[j]
                                / source.subsets().size();
                    }
                }
            }
        }
        for (double[] row : sum) {
            normalise(row);
        }
        return sum;
    }

    static double[] project(ProjectorWeights weights, double[] input) {
        double[] hidden = norm(
                weights.stage(0).norm(),
                linear(
                        weights.stage(0).linear().weight(),
                        weights.stage(0).linear().bias(),
                        input));
        for (int i = 0; i < hidden.length; i++) {
            hidden[i] = Math.max(0, hidden[i]);
        }
        double[] output = norm(
                weights.stage(1).norm(),
                linear(
                        weights.stage(1).linear().weight(),
                        weights.stage(1).linear().bias(),
                        hidden));
        normalise(output);
        return output;
    }

    private static double[] linear(float[] weight, float[] bias, double[] input) {
        double[] output = new double[bias.length];
        for (int i = 0; i < output.length; i++) {
            output[i] = bias[i];
            for (int j = 0; j < input.length; j++) {
                output[i] += weight[i * input.length + j] * input[j];
            }
        }
        return output;
    }

    private static double[] norm(BatchNormWeights norm, double[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = (values[i] - norm.runningMean()[i])
                            / Math.sqrt(norm.runningVariance()[i] + BatchNormWeights.EPSILON)
                            * norm.weight()[i]
                    + norm.bias()[i];
        }
        return values;
    }

    private static void normalise(double[] row) {
        double squares = 0;
        for (double value : row) {
            squares += value * value;
        }
        for (int i = 0; i < row.length; i++) {
            row[i] /= Math.sqrt(squares);
        }
    }

    @Override
    public Embeddings weights(EmbeddingExpression.Routed expression, Map<String, Embeddings> leaves) {
        throw new UnsupportedOperationException("no test with this inference routes");
    }

    @Override
    public void close() {}
}
