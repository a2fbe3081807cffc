package dev.freebind.evaluation.interval;

import org.apache.commons.math3.stat.inference.AlternativeHypothesis;
import org.apache.commons.math3.stat.inference.BinomialTest;

/**
 * Whether two results on the same queries differ by more than chance.
 *
 * @param difference the first result minus the second
 * @param ci95 bootstrap interval of the difference
 * @param bootstrapP two-sided p-value of the paired bootstrap: how often a resampled difference is at least as far from the
 *     observed one as the observed one is from zero; never below 1 / (resamples + 1)
 * @param signP two-sided p-value of the exact sign test over the queries that differ (for hits: McNemar's exact test)
 * @param firstHigher queries on which the first has the higher value
 * @param secondHigher queries on which the second has the higher value
 * @param equal queries on which both have the same value
 */
public record PairedTest(
        double difference,
        Interval ci95,
        double bootstrapP,
        double signP,
        int firstHigher,
        int secondHigher,
        int equal) {

    /**
     * Compares the values of the same queries.
     *
     * @param statistic how the values of all queries are summed up
     * @param first one value for each query
     * @param second one value for each query, in the same order
     * @param bootstrap resamples the queries
     * @throws IllegalArgumentException if the numbers of values differ or are zero
     */
    public static PairedTest of(Statistic statistic, double[] first, double[] second, Bootstrap bootstrap) {
        return of(statistic, new double[][] {first}, new double[][] {second}, true, bootstrap);
    }

    /**
     * Compares the mean of a statistic over several sets of queries, such as the two directions of a retrieval task.
     *
     * @param statistic how the values of one set are summed up
     * @param first {@code [sets][queries]}
     * @param second the same shape
     * @param aligned whether query i is about the same item in every set, so that the sets are resampled together
     * @param bootstrap resamples the queries
     * @throws IllegalArgumentException if the shapes differ or there is nothing to compare
     */
    public static PairedTest of(
            Statistic statistic, double[][] first, double[][] second, boolean aligned, Bootstrap bootstrap) {
        if (first.length != second.length || first.length == 0) {
            throw new IllegalArgumentException(first.length + " and " + second.length + " sets of queries");
        }
        double[] distribution = new double[bootstrap.resamples()];
        double difference = 0;
        int higher = 0;
        int lower = 0;
        int equal = 0;
        for (int set = 0; set < first.length; set++) {
            double[] a = first[set];
            double[] b = second[set];
            if (a.length != b.length) {
                throw new IllegalArgumentException("values for " + a.length + " and " + b.length + " queries");
            }
            difference += (statistic.of(a) - statistic.of(b)) / first.length;
            int stream = aligned ? 0 : set;
            double[] ofFirst = bootstrap.distribution(statistic, a, stream);
            double[] ofSecond = bootstrap.distribution(statistic, b, stream);
            for (int i = 0; i < distribution.length; i++) {
                distribution[i] += (ofFirst[i] - ofSecond[i]) / first.length;
            }
            for (int query = 0; query < a.length; query++) {
                int order = Double.compare(a[query], b[query]);
                higher += order > 0 ? 1 : 0;
                lower += order < 0 ? 1 : 0;
                equal += order == 0 ? 1 : 0;
            }
        }
        return new PairedTest(
                difference,
                Interval.central95(distribution),
                bootstrapP(difference, distribution),
                signP(higher, lower),
                higher,
                lower,
                equal);
    }

    private static double bootstrapP(double difference, double[] distribution) {
        // Sums in another order may differ in the last bits; without the allowance an exact tie could count as closer.
        double asFar = Math.abs(difference) * (1 - 1e-12);
        int extreme = 0;
        for (double value : distribution) {
            if (Math.abs(value - difference) >= asFar) {
                extreme++;
            }
        }
        return (extreme + 1.0) / (distribution.length + 1.0);
    }

    private static double signP(int higher, int lower) {
        int differing = higher + lower;
        return differing == 0
                ? 1
                : Math.min(
                        1,
                        new BinomialTest()
                                .binomialTest(
                                        differing, Math.min(higher, lower), 0.5, AlternativeHypothesis.TWO_SIDED));
    }
}
