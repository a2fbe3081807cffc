package dev.freebind.evaluation.interval;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Resampling of queries with replacement.
 *
 * <p>Resample i of a stream draws the same query numbers whatever values it is applied to. Two distributions of one stream over
 * equally many queries are therefore paired: their difference is the bootstrap distribution of the difference. Distributions of
 * different streams are independent. The outcome depends on the seed only, not on the number of threads.
 *
 * @param resamples how many, at least 100
 * @param seed decides every draw
 */
public record Bootstrap(int resamples, long seed) {

    /**
     * Checks the number.
     *
     * @throws IllegalArgumentException if there are too few to read percentiles from
     */
    public Bootstrap {
        if (resamples < 100) {
            throw new IllegalArgumentException(resamples + " resamples are too few; use 100 or more");
        }
    }

    /** The 95% interval of a statistic of one set of values; its width is zero if all values are equal. */
    public Interval interval(Statistic statistic, double[] values) {
        return Interval.central95(distribution(statistic, values, 0));
    }

    /**
     * The statistic of every resample.
     *
     * @param statistic what is computed from each
     * @param values one for each query, at least one; not changed
     * @param stream which draws: see above
     * @return {@code [resamples]}, in the order of the resamples
     */
    public double[] distribution(Statistic statistic, double[] values, int stream) {
        return switch (statistic) {
            case MEAN -> means(stream, values)[0];
            case MEDIAN -> medians(stream, values);
        };
    }

    /**
     * The means of every resample for several values of the same queries, at the price of drawing once.
     *
     * @param stream which draws
     * @param columns each with one value for each query; all of one length
     * @return {@code [columns, resamples]}
     */
    public double[][] means(int stream, double[]... columns) {
        int queries = columns[0].length;
        for (double[] column : columns) {
            if (column.length != queries || queries == 0) {
                throw new IllegalArgumentException("values for " + queries + " and " + column.length + " queries");
            }
        }
        double[][] means = new double[columns.length][resamples];
        IntStream.range(0, resamples).parallel().forEach(resample -> {
            SplittableRandom random = draws(stream, resample);
            double[] sums = new double[columns.length];
            for (int i = 0; i < queries; i++) {
                int query = draw(random, queries);
                for (int column = 0; column < sums.length; column++) {
                    sums[column] += columns[column][query];
                }
            }
            for (int column = 0; column < sums.length; column++) {
                means[column][resample] = sums[column] / queries;
            }
        });
        return means;
    }

    /** Counts how often each distinct value was drawn and walks to the middle: no sorting inside the loop. */
    private double[] medians(int stream, double[] values) {
        int queries = values.length;
        double[] levels = Arrays.stream(values).sorted().distinct().toArray();
        if (levels.length == 0) {
            throw new IllegalArgumentException("no values");
        }
        int[] levelOf = new int[queries];
        for (int query = 0; query < queries; query++) {
            levelOf[query] = Arrays.binarySearch(levels, values[query]);
        }
        double[] medians = new double[resamples];
        IntStream.range(0, resamples).parallel().forEach(resample -> {
            SplittableRandom random = draws(stream, resample);
            int[] counts = new int[levels.length];
            for (int i = 0; i < queries; i++) {
                counts[levelOf[draw(random, queries)]]++;
            }
            medians[resample] =
                    (atPosition(levels, counts, (queries - 1) / 2) + atPosition(levels, counts, queries / 2)) / 2;
        });
        return medians;
    }

    private static double atPosition(double[] levels, int[] counts, int position) {
        int level = 0;
        for (int seen = counts[0]; seen <= position; seen += counts[level]) {
            level++;
        }
        return levels[level];
    }

    private SplittableRandom draws(int stream, int resample) {
        // Odd multipliers spread neighbouring streams and resamples over the generator's whole state space.
        return new SplittableRandom(
                seed ^ (0x9E3779B97F4A7C15L * (stream + 1L)) ^ (0xD1B54A32D192ED03L * (resample + 1L)));
    }

    /** Uniform in [0, bound): the high word of a product, whose bias (bound / 2³²) is far below the bootstrap's own error. */
    private static int draw(SplittableRandom random, int bound) {
        return (int) (((random.nextInt() & 0xFFFFFFFFL) * bound) >>> 32);
    }
}
