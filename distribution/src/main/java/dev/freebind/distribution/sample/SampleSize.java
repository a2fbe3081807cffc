package dev.freebind.distribution.sample;

import dev.freebind.api.InvalidRequestException;

/**
 * How large a sample world is, and how long its bonds are trained.
 *
 * @param corpusItems items of each unpaired corpus, at least 2
 * @param testItems row-aligned test items, at least 2
 * @param classItems sounds of the classification task, at least 1
 * @param hidden width of the projectors' hidden layer, at least 1
 * @param batch rows in a training step, at least 2
 * @param displacementEpochs epochs of every displacement, at least 1
 * @param combinationEpochs epochs of every combination, at least 1
 */
public record SampleSize(
        int corpusItems,
        int testItems,
        int classItems,
        int hidden,
        int batch,
        int displacementEpochs,
        int combinationEpochs) {

    /** What {@code freebind demo} makes: bound and evaluated in about a minute on two cores. */
    public static final SampleSize DEMO = new SampleSize(3000, 1000, 400, 256, 512, 10, 6);

    /** Large enough for the paper's patterns to show, small enough for a test. */
    public static final SampleSize SMALL = new SampleSize(1500, 500, 200, 128, 256, 8, 6);

    /**
     * Checks the numbers.
     *
     * @throws InvalidRequestException if one of them is too small
     */
    public SampleSize {
        atLeast(2, corpusItems, "corpus items");
        atLeast(2, testItems, "test items");
        atLeast(1, classItems, "classification items");
        atLeast(1, hidden, "hidden units");
        atLeast(2, batch, "rows in a batch");
        atLeast(1, displacementEpochs, "displacement epochs");
        atLeast(1, combinationEpochs, "combination epochs");
    }

    private static void atLeast(int minimum, int value, String what) {
        if (value < minimum) {
            throw new InvalidRequestException(
                    "a sample world of " + value + " " + what + " is too small: at least " + minimum);
        }
    }
}
