package dev.freebind.evaluation.routing;

import dev.freebind.api.Embeddings;
import dev.freebind.bonds.router.RouterKey;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * How one router weighs its sources over the items of one task.
 *
 * @param router the router
 * @param items names the items: the task, or the task's classes
 * @param count how many items, at least 1
 * @param sources in the order of the router's scores; without those that are left out
 */
public record RouterLoad(RouterKey router, String items, long count, List<SourceLoad> sources) {

    /** Percentiles are exact to this many steps between 0 and 1, so that memory does not grow with the items. */
    private static final int STEPS = 10_000;

    private static final int BLOCK = 1024;

    /** Copies. */
    public RouterLoad {
        sources = List.copyOf(sources);
    }

    /**
     * What one source gets.
     *
     * @param source the space
     * @param mean of its weights, in [0, 1]; the means of all sources sum to 1
     * @param low the 10th percentile of its weights (nearest rank), to the nearest 0.0001
     * @param high the 90th percentile
     * @param load the share of the items whose largest weight is this source's, in [0, 1]; an item with several largest weights
     *     counts for each of them in equal parts
     */
    public record SourceLoad(String source, double mean, double low, double high, double load) {}

    /**
     * Reads weights once, in blocks.
     *
     * @param sources names the columns
     * @param weights {@code [items, sources]} in [0, 1], at least one row
     * @throws IllegalArgumentException if there are no rows, or not as many columns as names
     */
    public static RouterLoad of(RouterKey router, String items, List<String> sources, Embeddings weights) {
        if (weights.rows() == 0 || weights.dimension() != sources.size()) {
            throw new IllegalArgumentException("expected rows of " + sources.size() + " weights, found "
                    + weights.rows() + " of " + weights.dimension());
        }
        Tally tally = new Tally(sources.size());
        float[] row = new float[sources.size()];
        FloatBuffer block = FloatBuffer.allocate((int) Math.min(BLOCK, weights.rows()) * row.length);
        for (long first = 0; first < weights.rows(); first += BLOCK) {
            int rows = (int) Math.min(BLOCK, weights.rows() - first);
            weights.read(first, rows, block.clear());
            block.flip();
            for (int i = 0; i < rows; i++) {
                block.get(row);
                tally.add(row);
            }
        }
        List<SourceLoad> loads = new ArrayList<>();
        for (int source = 0; source < row.length; source++) {
            loads.add(tally.load(source, sources.get(source)));
        }
        return new RouterLoad(router, items, weights.rows(), loads);
    }

    /** What is known of the rows so far. */
    private static final class Tally {

        private final double[] sums;
        private final double[] largest;
        private final long[][] histograms;
        private long rows;

        Tally(int sources) {
            sums = new double[sources];
            largest = new double[sources];
            histograms = new long[sources][STEPS + 1];
        }

        void add(float[] weights) {
            float most = weights[0];
            int tied = 0;
            for (float weight : weights) {
                tied = weight > most ? 1 : weight == most ? tied + 1 : tied;
                most = Math.max(most, weight);
            }
            for (int source = 0; source < weights.length; source++) {
                float weight = weights[source];
                sums[source] += weight;
                histograms[source][Math.max(0, Math.min(STEPS, Math.round(weight * STEPS)))]++;
                if (weight == most) {
                    largest[source] += 1.0 / tied;
                }
            }
            rows++;
        }

        SourceLoad load(int source, String name) {
            return new SourceLoad(
                    name,
                    sums[source] / rows,
                    percentile(histograms[source], 10),
                    percentile(histograms[source], 90),
                    largest[source] / rows);
        }

        private double percentile(long[] histogram, int percent) {
            long rank = (percent * rows + 99) / 100;
            long passed = 0;
            int step = -1;
            while (passed < rank) {
                passed += histogram[++step];
            }
            return (double) step / STEPS;
        }
    }
}
