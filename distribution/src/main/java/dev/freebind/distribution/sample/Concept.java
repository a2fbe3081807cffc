package dev.freebind.distribution.sample;

import dev.freebind.api.Modality;
import java.util.List;
import java.util.Random;

/**
 * What the items of the sample world are about: points of a latent space of which every medium shows only a part.
 *
 * <p>The dimensions come in four equal groups: a core that every medium shows, and one group for each pair of media that the
 * third medium hardly shows (a text says little about how the sound fits the picture, a picture little about what is said of
 * the sound, a sound little about what the text says of the picture).
 */
final class Concept {

    /** Number of latent dimensions. */
    static final int DIMENSIONS = 48;

    /** How much of a dimension a medium shows that it lacks. */
    private static final double LACKED = 0.4;

    /** Standard deviation of what is peculiar to one item, beside a concept's 1. */
    private static final double PECULIARITY = 0.5;

    private static final int GROUP = DIMENSIONS / 4;

    /** The modality that lacks each group; group 0 is the core. */
    private static final List<Modality> LACKING = List.of(Modality.AUDIO, Modality.IMAGE, Modality.TEXT);

    private Concept() {}

    /** A random concept. */
    static double[] random(Random random) {
        return gaussian(random, 1);
    }

    /** A random item about a concept: the concept and what is peculiar to the item, whatever encoder looks at it. */
    static double[] item(double[] concept, Random random) {
        double[] item = gaussian(random, PECULIARITY);
        for (int i = 0; i < DIMENSIONS; i++) {
            item[i] += concept[i];
        }
        return item;
    }

    /** How much of each latent dimension a modality shows, in [0, 1]. */
    static double[] shownBy(Modality modality) {
        double[] weights = new double[DIMENSIONS];
        int lacked = 1 + LACKING.indexOf(modality);
        for (int i = 0; i < DIMENSIONS; i++) {
            weights[i] = i / GROUP == lacked ? LACKED : 1;
        }
        return weights;
    }

    /** How much of each latent dimension a medium shows, in [0, 1]: a caption no more than what it describes. */
    static double[] shownBy(Medium medium) {
        double[] weights = shownBy(medium.modality());
        return medium.subject() == null ? weights : product(weights, shownBy(medium.subject()));
    }

    static double[] product(double[] a, double[] b) {
        double[] product = a.clone();
        for (int i = 0; i < product.length; i++) {
            product[i] *= b[i];
        }
        return product;
    }

    static double[] gaussian(Random random, double deviation) {
        double[] values = new double[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            values[i] = deviation * random.nextGaussian();
        }
        return values;
    }
}
