package dev.freebind.bonds.graph;

import dev.freebind.api.Modality;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How the sources of a combination are weighed for each input (OmniBind): one router per modality scores the experts and the
 * unified space, and softmax makes weights of the scores.
 *
 * <p>Where the paper's text leaves a value open, the default is our reading: FreeBind's for learning rate, batch and
 * temperature.
 *
 * @param weights whether routers are trained, or every source counts the same
 * @param inputs the spaces whose embeddings a modality's router reads, in order, as OmniBind's code selects them; a modality
 *     that is not named reads all of its sources, as OmniBind's figure shows
 * @param decoupling how much the language decoupling loss counts beside the alignment loss, at least 0
 * @param epochs passes over the item tuples, at least 1
 * @param batch tuples in a step, at least 2
 * @param learningRate Adam's, above 0
 * @param temperature InfoNCE's τ, above 0
 * @param hidden widths of the router's two hidden layers; OmniBind: 512 and 100
 * @param sharpening what scores are multiplied by before the softmax, by modality; OmniBind: 10 for text, otherwise 1
 */
public record Routing(
        Weights weights,
        Map<Modality, List<String>> inputs,
        double decoupling,
        int epochs,
        int batch,
        double learningRate,
        double temperature,
        Hidden hidden,
        Map<Modality, Double> sharpening) {

    /**
     * How much decoupling counts where nothing is said (our reading). Alignment is a sum of logarithms over a whole batch for every
     * pair of modalities and prefers for a text whichever space retrieved the rest of its tuple; what a text describes has to
     * outweigh that.
     */
    public static final double DECOUPLING = 50;

    /** Where the weights of the sources come from. */
    public enum Weights {
        /** From a trained router, for every input its own. */
        LEARNED,
        /** Every source counts the same: what routers are compared with. */
        MEAN
    }

    /**
     * The widths of a router's hidden layers.
     *
     * @param first of the first, at least 1
     * @param second of the second, at least 1
     */
    public record Hidden(int first, int second) {
        /** OmniBind's. */
        public static final Hidden OMNIBIND = new Hidden(512, 100);
    }

    /** Copies. */
    public Routing {
        Map<Modality, List<String>> copy = new TreeMap<>();
        inputs.forEach((modality, spaces) -> copy.put(modality, List.copyOf(spaces)));
        inputs = Collections.unmodifiableMap(copy);
        sharpening = Collections.unmodifiableMap(new TreeMap<>(sharpening));
    }

    /** What the scores of a modality are multiplied by before the softmax. */
    public double sharpening(Modality modality) {
        return sharpening.getOrDefault(modality, modality.equals(Modality.TEXT) ? 10.0 : 1.0);
    }

    /** What weighs the sources, for people. */
    String describe() {
        if (weights == Weights.MEAN) {
            return "equal weights";
        }
        return "routers that read " + (inputs.isEmpty() ? "all sources" : "all sources, but " + inputs)
                + ", decoupling " + decoupling;
    }
}
