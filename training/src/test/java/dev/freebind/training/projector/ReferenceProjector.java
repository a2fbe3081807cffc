package dev.freebind.training.projector;

import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.LinearWeights;
import dev.freebind.bonds.projector.ProjectorWeights;

/** Projector and loss in double precision, written down as the paper has them, one number at a time. */
final class ReferenceProjector {

    private ReferenceProjector() {}

    /** The blocks of the projector, then normalise, with the running statistics. */
    static double[][] infer(ProjectorWeights weights, double[][] rows) {
        return blocks(weights, rows, false);
    }

    /** The same with the statistics of the batch. */
    static double[][] project(ProjectorWeights weights, double[][] rows) {
        return blocks(weights, rows, true);
    }

    /** What the adapter makes of rows. */
    static double[][] adapt(ProjectorWeights weights, double[][] rows) {
        LinearWeights adapter = weights.adapter().linear();
        return linear(rows, adapter.weight(), adapter.bias());
    }

    private static double[][] blocks(ProjectorWeights weights, double[][] rows, boolean byBatch) {
        double[][] values = rows;
        for (int i = 0; i < weights.stages().size(); i++) {
            LinearWeights linear = weights.stage(i).linear();
            values = linear(values, linear.weight(), linear.bias());
            normalise(values, weights.stage(i).norm(), byBatch);
            if (weights.architecture().blocks().get(i).relu()) {
                relu(values);
            }
        }
        unit(values);
        return values;
    }

    /** Symmetric InfoNCE. */
    static double info(double[][] left, double[][] right, double temperature) {
        int n = left.length;
        double[][] scores = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                for (int k = 0; k < left[i].length; k++) {
                    scores[i][j] += left[i][k] * right[j][k] / temperature;
                }
            }
        }
        double loss = 0;
        for (int i = 0; i < n; i++) {
            double[] column = new double[n];
            for (int j = 0; j < n; j++) {
                column[j] = scores[j][i];
            }
            loss += (logSumExp(scores[i]) + logSumExp(column)) / 2 - scores[i][i];
        }
        return loss / n;
    }

    /** The sum of the terms between every source and every target, each source a batch of its own. */
    static double loss(ProjectorWeights weights, double[][][] sources, double[][][] targets, double temperature) {
        double loss = 0;
        for (double[][] source : sources) {
            double[][] projected = project(weights, source);
            for (double[][] target : targets) {
                loss += info(projected, target, temperature);
            }
        }
        return loss;
    }

    private static double logSumExp(double[] values) {
        double largest = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            largest = Math.max(largest, value);
        }
        double sum = 0;
        for (double value : values) {
            sum += Math.exp(value - largest);
        }
        return largest + Math.log(sum);
    }

    private static double[][] linear(double[][] rows, float[] weight, float[] bias) {
        double[][] output = new double[rows.length][bias.length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < bias.length; j++) {
                double sum = bias[j];
                for (int k = 0; k < rows[i].length; k++) {
                    sum += rows[i][k] * weight[j * rows[i].length + k];
                }
                output[i][j] = sum;
            }
        }
        return output;
    }

    private static void normalise(double[][] rows, BatchNormWeights norm, boolean byBatch) {
        for (int j = 0; j < norm.weight().length; j++) {
            double mean = norm.runningMean()[j];
            double variance = norm.runningVariance()[j];
            if (byBatch) {
                mean = 0;
                for (double[] row : rows) {
                    mean += row[j] / rows.length;
                }
                variance = 0;
                for (double[] row : rows) {
                    variance += (row[j] - mean) * (row[j] - mean) / rows.length;
                }
            }
            for (double[] row : rows) {
                row[j] = (row[j] - mean) / Math.sqrt(variance + BatchNormWeights.EPSILON) * norm.weight()[j]
                        + norm.bias()[j];
            }
        }
    }

    private static void relu(double[][] rows) {
        for (double[] row : rows) {
            for (int j = 0; j < row.length; j++) {
                row[j] = Math.max(0, row[j]);
            }
        }
    }

    static void unit(double[][] rows) {
        for (double[] row : rows) {
            double squares = 0;
            for (double value : row) {
                squares += value * value;
            }
            for (int j = 0; j < row.length; j++) {
                row[j] /= Math.max(Math.sqrt(squares), 1e-12);
            }
        }
    }
}
