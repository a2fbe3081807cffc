package dev.freebind.training.projector;

import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.ProjectorWeights;

/**
 * A projector for inference: with fixed statistics a batch normalisation is a factor and an offset per feature, so each goes
 * into the linear layer before it. What is left is Linear – ReLU – Linear – L2-normalise.
 *
 * @param firstWeight {@code [hidden, input]} row by row
 * @param firstBias {@code [hidden]}
 * @param secondWeight {@code [output, hidden]} row by row
 * @param secondBias {@code [output]}
 */
record FoldedProjector(float[] firstWeight, float[] firstBias, float[] secondWeight, float[] secondBias) {

    /** Folds, in double precision. */
    static FoldedProjector of(ProjectorWeights weights) {
        float[] firstWeight = weights.firstWeight().clone();
        float[] firstBias = weights.firstBias().clone();
        fold(firstWeight, firstBias, weights.firstNorm());
        float[] secondWeight = weights.secondWeight().clone();
        float[] secondBias = weights.secondBias().clone();
        fold(secondWeight, secondBias, weights.secondNorm());
        return new FoldedProjector(firstWeight, firstBias, secondWeight, secondBias);
    }

    private static void fold(float[] weight, float[] bias, BatchNormWeights norm) {
        int inputs = weight.length / bias.length;
        for (int feature = 0; feature < bias.length; feature++) {
            double scale =
                    norm.weight()[feature] / Math.sqrt(norm.runningVariance()[feature] + BatchNormWeights.EPSILON);
            for (int i = feature * inputs; i < (feature + 1) * inputs; i++) {
                weight[i] = (float) (weight[i] * scale);
            }
            bias[feature] = (float) ((bias[feature] - norm.runningMean()[feature]) * scale + norm.bias()[feature]);
        }
    }
}
