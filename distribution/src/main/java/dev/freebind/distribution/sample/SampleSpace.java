package dev.freebind.distribution.sample;

import dev.freebind.api.Modality;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A simulated pre-trained space: a fixed random map from the latent concept, with a noise of its own for each medium.
 *
 * <p>A space that was trained on one pair only sees what both media of the pair show; a space of all media sees whatever the
 * medium at hand shows. The media of a space lie apart by a constant offset, as in real contrastive spaces (the modality gap).
 */
final class SampleSpace {

    /** Share of the nonlinear part of the map. */
    private static final double NONLINEARITY = 0.3;

    /** Length of the offset between media, beside embeddings of length about 1. */
    private static final double GAP = 0.35;

    private static final int FOLDS = 2 * Concept.DIMENSIONS;

    private final String name;
    private final int dimension;
    private final Map<Modality, Double> noise;
    private final RandomStreams streams;
    /** {@code [latent, dimension]}, {@code [latent, folds]} and {@code [folds, dimension]}. */
    private final double[][] linear;

    private final double[][] folding;
    private final double[][] unfolding;

    /**
     * Draws the map.
     *
     * @param noise standard deviation of the noise of each medium it embeds, beside a concept's 1
     */
    SampleSpace(String name, int dimension, Map<Modality, Double> noise, RandomStreams streams) {
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

    List<Modality> modalities() {
        return List.copyOf(noise.keySet());
    }

    boolean knows(Modality medium) {
        return noise.containsKey(medium);
    }

    /** The eye of this space for one medium. */
    Eye eye(Modality medium) {
        double[] weights = Concept.shownBy(medium);
        if (noise.size() == 2) {
            for (Modality other : noise.keySet()) {
                if (!other.equals(medium)) {
                    multiply(weights, Concept.shownBy(other));
                }
            }
        }
        double[] gap = new double[dimension];
        Random random = streams.stream("gap/" + name + "/" + medium);
        for (int i = 0; i < dimension; i++) {
            gap[i] = random.nextGaussian();
        }
        scale(gap, GAP / length(gap));
        return new Eye(weights, noise.getOrDefault(medium, 0.0), gap);
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

    private static void multiply(double[] values, double[] factors) {
        for (int i = 0; i < values.length; i++) {
            values[i] *= factors[i];
        }
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
