package dev.freebind.training.projector;

import dev.freebind.bonds.projector.BatchNormWeights;

/**
 * A linear layer and the batch normalisation behind it, for inference: with fixed statistics the normalisation is a factor and
 * an offset per feature, so both go into the linear layer.
 *
 * @param weight {@code [output, input]} row by row
 * @param bias {@code [output]}
 */
record FoldedLinear(float[] weight, float[] bias) {

    /** Folds, in double precision. */
    static FoldedLinear of(float[] linearWeight, float[] linearBias, BatchNormWeights norm) {
        float[] weight = linearWeight.clone();
        float[] bias = linearBias.clone();
        int inputs = weight.length / bias.length;
        for (int feature = 0; feature < bias.length; feature++) {
            double scale =
                    norm.weight()[feature] / Math.sqrt(norm.runningVariance()[feature] + BatchNormWeights.EPSILON);
            for (int i = feature * inputs; i < (feature + 1) * inputs; i++) {
                weight[i] = (float) (weight[i] * scale);
            }
            bias[feature] = (float) ((bias[feature] - norm.runningMean()[feature]) * scale + norm.bias()[feature]);
        }
        return new FoldedLinear(weight, bias);
    }
}
