package dev.freebind.distribution.sample;

import dev.freebind.api.Modality;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * A simulated pre-trained space: a fixed random map from the latent concept, with a noise of its own for each medium.
 *
 * <p>A space that was trained on one pair only sees what both media of the pair show; a space of all media sees whatever the
 * medium at hand shows. Captions of what a space of one pair does not know are strange to it: it sees them blurred. The
 * modalities of a space lie apart by a constant offset, as in real contrastive spaces (the modality gap).
 */
final class SampleSpace {

    /** Share of the nonlinear part of the map. */
    private static final double NONLINEARITY = 0.3;

    /** Length of the offset between media, beside embeddings of length about 1. */
    private static final double GAP = 0.35;

    /** Standard deviation that a space of one pair adds to captions of what it does not know, beside a concept's 1. */
    private static final double UNFAMILIAR = 1;

    /** The noise of a space for a modality it does not embed. */
    static final double NONE = -1;

    private static final int FOLDS = 2 * Concept.DIMENSIONS;

    private final String name;
    private final int dimension;
    private final Map<Modality, Double> noise;
    private final RandomStreams streams;
    /** {@code [latent, dimension]}, {@code [latent, folds]} and {@code [folds, dimension]}. */
    private final double[][] linear;

    private final double[][] folding;
    private final double[][] unfolding;

    /** A space that looks at sounds, pictures and texts with these noises, {@link #NONE} at what it does not embed. */
    static SampleSpace of(String name, int dimension, double audio, double image, double text, RandomStreams streams) {
        Map<Modality, Double> noise = new LinkedHashMap<>();
        if (audio != NONE) {
            noise.put(Modality.AUDIO, audio);
        }
        if (image != NONE) {
            noise.put(Modality.IMAGE, image);
        }
        if (text != NONE) {
            noise.put(Modality.TEXT, text);
        }
        return new SampleSpace(name, dimension, noise, streams);
    }

    /**
     * Draws the map.
     *
     * @param noise standard deviation of the noise of each medium it embeds, beside a concept's 1
     */
    private SampleSpace(String name, int dimension, Map<Modality, Double> noise, RandomStreams streams) {
        this.name = name;
        this.dimension = dimension;
        this.noise = new LinkedHashMap<>(noise);
        this.streams = streams;
        Random random = streams.stream("map/" + name);
        linear = matrix(random, Concept.DIMENSIONS, dimension);
        folding = matrix(random, Concept.DIMENSIONS, FOLDS);
        unfolding = matrix(random, FOLDS, dimension);
    }

    String name() {
        return name;
    }

    int dimension() {
        return dimension;
    }

    boolean knows(Modality modality) {
        return noise.containsKey(modality);
    }

    /** The eye of this space for one medium. */
    Eye eye(Medium medium) {
        Modality modality = medium.modality();
        double[] weights = Concept.shownBy(medium);
        double blur = noise.getOrDefault(modality, 0.0);
        if (noise.size() == 2) {
            for (Modality other : noise.keySet()) {
                if (!other.equals(modality)) {
                    weights = Concept.product(weights, Concept.shownBy(other));
                }
            }
            Modality subject = medium.subject();
            if (subject != null && !knows(subject)) {
                blur += UNFAMILIAR;
            }
        }
        double[] gap = new double[dimension];
        Random random = streams.stream("gap/" + name + "/" + modality);
        for (int i = 0; i < dimension; i++) {
            gap[i] = random.nextGaussian();
        }
        scale(gap, GAP / length(gap));
        return new Eye(weights, blur, gap);
    }

    /** Embeds items of one medium. */
    final class Eye {

        private final double[] weights;
        private final double noise;
        private final double[] gap;

        private Eye(double[] weights, double noise, double[] gap) {
            this.weights = weights;
            this.noise = noise;
            this.gap = gap;
        }

        /** The embedding of an item, {@code [dimension]}, unit length; the random numbers are the encoder's noise. */
        float[] embed(double[] item, Random random) {
            double[] seen = Concept.gaussian(random, noise);
            for (int i = 0; i < seen.length; i++) {
                seen[i] += weights[i] * item[i];
            }
            double[] folded = times(seen, folding);
            for (int i = 0; i < folded.length; i++) {
                folded[i] = NONLINEARITY * StrictMath.tanh(2 * folded[i]);
            }
            double[] embedding = times(seen, linear);
            double[] bent = times(folded, unfolding);
            for (int i = 0; i < dimension; i++) {
                embedding[i] += bent[i];
            }
            scale(embedding, 1 / length(embedding));
            for (int i = 0; i < dimension; i++) {
                embedding[i] += gap[i];
            }
            scale(embedding, 1 / length(embedding));
            float[] result = new float[dimension];
            for (int i = 0; i < dimension; i++) {
                result[i] = (float) embedding[i];
            }
            return result;
        }
    }

    /** Gaussian entries, scaled so that a product keeps the length of a vector on average. */
    private static double[][] matrix(Random random, int rows, int columns) {
        double[][] matrix = new double[rows][columns];
        double scale = 1 / Math.sqrt(rows);
        for (double[] row : matrix) {
            for (int j = 0; j < columns; j++) {
                row[j] = scale * random.nextGaussian();
            }
        }
        return matrix;
    }

    private static double[] times(double[] vector, double[][] matrix) {
        double[] product = new double[matrix[0].length];
        for (int i = 0; i < vector.length; i++) {
            double[] row = matrix[i];
            for (int j = 0; j < product.length; j++) {
                product[j] += vector[i] * row[j];
            }
        }
        return product;
    }

    private static void scale(double[] vector, double factor) {
        for (int i = 0; i < vector.length; i++) {
            vector[i] *= factor;
        }
    }

    private static double length(double[] vector) {
        double squares = 0;
        for (double value : vector) {
            squares += value * value;
        }
        return Math.sqrt(squares);
    }
}
