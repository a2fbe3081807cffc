package dev.freebind.evaluation.result;

import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.metric.RankOutcomes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What every query of one ranking got, kept so that two results can be compared query by query.
 *
 * @param subject what was measured
 * @param dataset the task's name
 * @param pair the two modalities
 * @param direction queries and gallery, never the mean
 * @param gallery items that were searched
 * @param rowAligned whether query i is item i in both directions
 * @param outcome the outcomes, in query order
 */
public record QueryOutcomes(
        Subject subject,
        String dataset,
        String pair,
        String direction,
        int gallery,
        boolean rowAligned,
        Outcome outcome) {

    /** Outcomes by query. */
    public sealed interface Outcome {

        /** For every query whether it counts. */
        boolean[] scored();

        /** The metric's value for every query that counts; null if the metric does not follow from these outcomes. */
        double @Nullable [] values(Metric metric);
    }

    /**
     * Ranks of the best relevant items.
     *
     * @param ranks by query
     */
    public record Ranks(RankOutcomes ranks) implements Outcome {
        @Override
        public boolean[] scored() {
            boolean[] scored = new boolean[ranks.size()];
            for (int query = 0; query < scored.length; query++) {
                scored[query] = ranks.isScored(query);
            }
            return scored;
        }

        @Override
        public double @Nullable [] values(Metric metric) {
            if (metric.k() > 0) {
                return ranks.hits(metric.k());
            }
            return metric.equals(Metric.MEDIAN_RANK) ? ranks.expectedRanks() : null;
        }
    }

    /**
     * Average precisions; a query is a class.
     *
     * @param byClass NaN for a class without items
     */
    public record Precisions(double[] byClass) implements Outcome {
        @Override
        public boolean[] scored() {
            boolean[] scored = new boolean[byClass.length];
            for (int i = 0; i < scored.length; i++) {
                scored[i] = !Double.isNaN(byClass[i]);
            }
            return scored;
        }

        @Override
        public double @Nullable [] values(Metric metric) {
            return metric.equals(Metric.MEAN_AVERAGE_PRECISION)
                    ? Arrays.stream(byClass)
                            .filter(value -> !Double.isNaN(value))
                            .toArray()
                    : null;
        }
    }
}
