package dev.freebind.bonds.graph;

/**
 * How one modality of a displaced space is tuned on paired data (FreeBind's †). The paper gives the loss in words only; all
 * values but the drop path, which is the released model's, are our reading.
 *
 * @param epochs passes over the pairs, at least 1
 * @param batch pairs that go through the network together, at least 2
 * @param accumulate batches that make one step, at least 1: InfoNCE compares all {@code batch · accumulate} pairs with each
 *     other, exactly as if they had gone through the network together
 * @param learningRate Adam's at its highest, above 0
 * @param schedule how the learning rate goes on
 * @param warmUp share of all steps in which the learning rate grows to its highest, in [0, 1)
 * @param temperature InfoNCE's τ, above 0
 * @param holdOut fraction of the pairs kept from training to measure retrieval on, in [0, 0.5]
 * @param earlyStop epochs without a better held-out recall after which training stops and the best epoch is kept; 0 for never
 * @param encoder whether the encoder's network is tuned together with the projectors
 * @param dropPath largest rate at which branches of the encoder's network are left out in training, in [0, 1)
 */
public record TuningSettings(
        int epochs,
        int batch,
        int accumulate,
        double learningRate,
        LearningRateSchedule schedule,
        double warmUp,
        double temperature,
        double holdOut,
        int earlyStop,
        boolean encoder,
        double dropPath) {

    /** The same, but that the encoder is tuned as well. */
    TuningSettings withEncoder() {
        return new TuningSettings(
                epochs,
                batch,
                accumulate,
                learningRate,
                schedule,
                warmUp,
                temperature,
                holdOut,
                earlyStop,
                true,
                dropPath);
    }

    /** The learning rate of a step, numbered from 0, of all there are. */
    public double learningRate(long step, long steps) {
        return learningRate * schedule.fraction(step, steps, Math.round(warmUp * steps));
    }
}
