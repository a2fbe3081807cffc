package dev.freebind.evaluation.interval;

import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * A range of values.
 *
 * @param low its lower end
 * @param high its upper end, not below the lower one
 */
public record Interval(double low, double high) {

    /**
     * Checks the ends.
     *
     * @throws IllegalArgumentException if they are not finite or in the wrong order
     */
    public Interval {
        if (!Double.isFinite(low) || !Double.isFinite(high) || low > high) {
            throw new IllegalArgumentException("[" + low + ", " + high + "] is not an interval");
        }
    }

    /** The central 95% of a bootstrap distribution (percentile method). */
    public static Interval central95(double[] distribution) {
        Percentile percentile = new Percentile().withEstimationType(Percentile.EstimationType.R_7);
        percentile.setData(distribution);
        return new Interval(percentile.evaluate(2.5), percentile.evaluate(97.5));
    }

    /** Says whether the value lies in the range, ends included. */
    public boolean contains(double value) {
        return low <= value && value <= high;
    }
}
