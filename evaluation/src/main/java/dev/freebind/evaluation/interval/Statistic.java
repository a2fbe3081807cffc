package dev.freebind.evaluation.interval;

import java.util.Arrays;

/** The number that sums up the values of all queries. */
public enum Statistic {
    /** The arithmetic mean. */
    MEAN {
        @Override
        public double of(double[] values) {
            require(values);
            double sum = 0;
            for (double value : values) {
                sum += value;
            }
            return sum / values.length;
        }
    },
    /** The middle value; of an even number, the mean of the two in the middle. */
    MEDIAN {
        @Override
        public double of(double[] values) {
            require(values);
            double[] sorted = values.clone();
            Arrays.sort(sorted);
            int half = sorted.length / 2;
            return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
        }
    };

    /**
     * The statistic of the values.
     *
     * @throws IllegalArgumentException if there are none
     */
    public abstract double of(double[] values);

    private static void require(double[] values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("no values");
        }
    }
}
