package dev.freebind.bonds.projector;

/**
 * The tensors of a PyTorch {@code BatchNorm1d} (ε = 1e-5).
 *
 * @param weight γ, {@code [features]}
 * @param bias β, {@code [features]}
 * @param runningMean {@code [features]}
 * @param runningVariance unbiased, {@code [features]}
 * @param batchesTracked {@code num_batches_tracked}
 */
public record BatchNormWeights(
        float[] weight, float[] bias, float[] runningMean, float[] runningVariance, long batchesTracked) {

    /** Added to the variance before the root. */
    public static final double EPSILON = 1e-5;

    /** Share of the new batch in the running statistics. */
    public static final double MOMENTUM = 0.1;

    /**
     * Checks that all tensors are of one length.
     *
     * @throws dev.freebind.api.DataException if not
     */
    public BatchNormWeights {
        int features = weight.length;
        if (bias.length != features || runningMean.length != features || runningVariance.length != features) {
            throw new dev.freebind.api.DataException("batch normalisation tensors differ in length: weight " + features
                    + ", bias " + bias.length + ", running_mean " + runningMean.length + ", running_var "
                    + runningVariance.length);
        }
    }
}
