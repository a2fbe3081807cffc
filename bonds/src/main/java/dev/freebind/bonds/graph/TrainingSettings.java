package dev.freebind.bonds.graph;

import dev.freebind.bonds.projector.Mixture;

/**
 * How a bond's projectors are trained (FreeBind section 4.1).
 *
 * @param epochs passes over the pseudo pairs, at least 1; the paper: displacement 5, combination 20
 * @param batch rows in a step, at least 2; the paper: 4096
 * @param learningRate Adam's, above 0; the paper: 1e-3
 * @param temperature InfoNCE's τ, above 0; the paper: 1/50
 * @param hidden width of the projector's hidden layer, at least 1; the paper: 2048
 * @param mixture which subsets of start modalities get a projector; the paper: all
 * @param holdOut fraction of every tuple set kept from training to measure retrieval on, in [0, 0.5]
 * @param earlyStop epochs without a better held-out recall after which training stops and the best epoch is kept; 0 for never
 * @param storage how pseudo pairs are stored
 * @param recipe the objective, its projector and its optimiser
 */
public record TrainingSettings(
        int epochs,
        int batch,
        double learningRate,
        double temperature,
        int hidden,
        Mixture mixture,
        double holdOut,
        int earlyStop,
        Storage storage,
        Recipe recipe) {

    /** FreeBind's recipe. */
    public TrainingSettings(
            int epochs,
            int batch,
            double learningRate,
            double temperature,
            int hidden,
            Mixture mixture,
            double holdOut,
            int earlyStop,
            Storage storage) {
        this(epochs, batch, learningRate, temperature, hidden, mixture, holdOut, earlyStop, storage, Recipe.FREEBIND);
    }

    /** The number format of stored pseudo pairs. */
    public enum Storage {
        /** Four bytes a value. */
        FLOAT32,
        /** Two bytes a value. */
        FLOAT16
    }
}
