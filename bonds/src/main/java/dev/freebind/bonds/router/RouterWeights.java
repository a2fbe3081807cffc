package dev.freebind.bonds.router;

import dev.freebind.api.DataException;
import dev.freebind.bonds.projector.BatchNormWeights;

/**
 * The tensors of one router (OmniBind, class {@code MOE_Router_Sig}): Linear – BatchNorm – ReLU – Linear – BatchNorm – tanh –
 * Linear – sigmoid; the scores of the sources are what comes out.
 *
 * <p>The arrays are not copied and not to be changed.
 *
 * @param inputDimension length of the rows it reads
 * @param firstHidden width of the first hidden layer
 * @param secondHidden width of the second hidden layer
 * @param sources how many scores it gives
 * @param firstWeight {@code router.0.weight}, {@code [firstHidden, input]} row by row
 * @param firstBias {@code router.0.bias}, {@code [firstHidden]}
 * @param firstNorm {@code router.1}
 * @param secondWeight {@code router.3.weight}, {@code [secondHidden, firstHidden]} row by row
 * @param secondBias {@code router.3.bias}, {@code [secondHidden]}
 * @param secondNorm {@code router.4}
 * @param thirdWeight {@code router.6.weight}, {@code [sources, secondHidden]} row by row
 * @param thirdBias {@code router.6.bias}, {@code [sources]}
 */
public record RouterWeights(
        int inputDimension,
        int firstHidden,
        int secondHidden,
        int sources,
        float[] firstWeight,
        float[] firstBias,
        BatchNormWeights firstNorm,
        float[] secondWeight,
        float[] secondBias,
        BatchNormWeights secondNorm,
        float[] thirdWeight,
        float[] thirdBias) {

    /**
     * Checks that the shapes fit together.
     *
     * @throws DataException if not, naming the tensor
     */
    public RouterWeights {
        check("router.0.weight", firstWeight.length, (long) firstHidden * inputDimension);
        check("router.0.bias", firstBias.length, firstHidden);
        check("router.1", firstNorm.weight().length, firstHidden);
        check("router.3.weight", secondWeight.length, (long) secondHidden * firstHidden);
        check("router.3.bias", secondBias.length, secondHidden);
        check("router.4", secondNorm.weight().length, secondHidden);
        check("router.6.weight", thirdWeight.length, (long) sources * secondHidden);
        check("router.6.bias", thirdBias.length, sources);
    }

    private static void check(String tensor, long found, long expected) {
        if (found != expected) {
            throw new DataException("router tensor " + tensor + " has " + found + " values, expected " + expected);
        }
    }
}
