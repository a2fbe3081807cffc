package dev.freebind.bonds.projector;

import dev.freebind.api.DataException;

/**
 * The tensors of one projector ψ (FreeBind section 4.1): Linear – BatchNorm – ReLU – Linear – BatchNorm – L2-normalise.
 *
 * <p>The arrays are not copied and not to be changed.
 *
 * @param inputDimension length of the embeddings it takes
 * @param hidden width of the hidden layer
 * @param outputDimension length of the embeddings it gives
 * @param firstWeight {@code mlps.0.weight}, {@code [hidden, input]} row by row
 * @param firstBias {@code mlps.0.bias}, {@code [hidden]}
 * @param firstNorm {@code mlps.1}
 * @param secondWeight {@code mlps.3.weight}, {@code [output, hidden]} row by row
 * @param secondBias {@code mlps.3.bias}, {@code [output]}
 * @param secondNorm {@code mlps.4}
 */
public record ProjectorWeights(
        int inputDimension,
        int hidden,
        int outputDimension,
        float[] firstWeight,
        float[] firstBias,
        BatchNormWeights firstNorm,
        float[] secondWeight,
        float[] secondBias,
        BatchNormWeights secondNorm) {

    /**
     * Checks that the shapes fit together.
     *
     * @throws DataException if not, naming the tensor
     */
    public ProjectorWeights {
        check("mlps.0.weight", firstWeight.length, (long) hidden * inputDimension);
        check("mlps.0.bias", firstBias.length, hidden);
        check("mlps.1", firstNorm.weight().length, hidden);
        check("mlps.3.weight", secondWeight.length, (long) outputDimension * hidden);
        check("mlps.3.bias", secondBias.length, outputDimension);
        check("mlps.4", secondNorm.weight().length, outputDimension);
    }

    private static void check(String tensor, long found, long expected) {
        if (found != expected) {
            throw new DataException("projector tensor " + tensor + " has " + found + " values, expected " + expected);
        }
    }
}
