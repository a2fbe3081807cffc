package dev.freebind.evaluation.tuning;

import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.evaluation.interval.Interval;
import dev.freebind.evaluation.interval.PairedTest;
import dev.freebind.evaluation.task.RetrievalPair;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What tuning found.
 *
 * @param space the space whose factors were tuned
 * @param goal what for
 * @param axes the factors
 * @param pairs the pairs whose values the points have, in their order
 * @param firstGrid the values of every factor in the first grid
 * @param points everything that was tried, on the queries that decide; the configured factors first, then in the order they
 *     were tried
 * @param front numbers of the points that no other beats in every pair of the goal
 * @param chosen number of the best point that keeps all floors; null if none does
 * @param details the configured factors, the chosen ones, and the rest of the front, on the queries that report
 * @param floors what had to be kept, with the bounds that were found
 * @param gain chosen minus configured in the goal's value, on the queries that report; null if nothing was chosen
 * @param heldOut whether the queries that report had no part in the choice
 */
public record Tuning(
        String space,
        Goal goal,
        List<FactorAxis> axes,
        List<RetrievalPair> pairs,
        List<Double> firstGrid,
        List<Point> points,
        List<Integer> front,
        @Nullable Integer chosen,
        List<Detail> details,
        List<Bound> floors,
        @Nullable PairedTest gain,
        boolean heldOut) {

    /** The number of the configured factors among the points. */
    public static final int CONFIGURED = 0;

    /** Below this p-value a difference is called one. */
    static final double SIGNIFICANT = 0.05;

    /** Copies. */
    public Tuning {
        axes = List.copyOf(axes);
        pairs = List.copyOf(pairs);
        firstGrid = List.copyOf(firstGrid);
        points = List.copyOf(points);
        front = List.copyOf(front);
        details = List.copyOf(details);
        floors = List.copyOf(floors);
    }

    /**
     * A setting that was tried.
     *
     * @param factors the tuned factors
     * @param values recall@k by pair, the mean of both directions
     * @param objective the goal's value: the weighted mean
     * @param shortfall by how much the floors are missed, added up; 0 if all are kept
     */
    public record Point(FactorSettings factors, List<Double> values, double objective, double shortfall) {
        /** Copies. */
        public Point {
            values = List.copyOf(values);
        }

        /** Says whether every floor is kept. */
        public boolean keepsFloors() {
            return shortfall == 0;
        }
    }

    /**
     * A point on the queries that report.
     *
     * @param point its number
     * @param values recall@k by pair
     * @param intervals their 95% intervals
     * @param objective the goal's value
     * @param interval its 95% interval
     */
    public record Detail(
            int point, List<Double> values, List<Interval> intervals, double objective, Interval interval) {
        /** Copies. */
        public Detail {
            values = List.copyOf(values);
            intervals = List.copyOf(intervals);
        }
    }

    /**
     * A floor in numbers.
     *
     * @param floor what was asked for
     * @param bound on the queries that decide, the tolerance taken off
     * @param reportBound on the queries that report
     */
    public record Bound(Floor floor, double bound, double reportBound) {}

    /** The chosen factors. */
    public @Nullable FactorSettings factors() {
        return chosen == null ? null : points.get(chosen).factors();
    }

    /** One sentence on whether the chosen factors are really better than the configured ones. */
    public String verdict() {
        PairedTest test = gain;
        Integer best = chosen;
        if (test == null || best == null) {
            return "No factors that were tried keep every floor; nothing was chosen.";
        }
        if (best == CONFIGURED) {
            return "The configured factors are the best of those that were tried.";
        }
        String size = String.format(
                Locale.ROOT,
                "%+.2f points [%+.2f, %+.2f], p %s",
                100 * test.difference(),
                100 * test.ci95().low(),
                100 * test.ci95().high(),
                test.bootstrapP() < 0.001 ? "< 0.001" : String.format(Locale.ROOT, "= %.3f", test.bootstrapP()));
        return (test.bootstrapP() < SIGNIFICANT
                        ? (test.difference() > 0
                                ? "The chosen factors are better than the configured ones: "
                                : "The chosen factors are worse than the configured ones: ")
                        : "The chosen factors cannot be told from the configured ones: ")
                + size
                + (heldOut
                        ? ", on queries that had no part in the choice."
                        : ", on the queries they were chosen by, which flatters them; --split or a separate test set does not.");
    }
}
