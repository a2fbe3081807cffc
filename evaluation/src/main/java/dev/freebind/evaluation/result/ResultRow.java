package dev.freebind.evaluation.result;

import dev.freebind.evaluation.interval.Interval;
import org.jspecify.annotations.Nullable;

/**
 * One number of the results.
 *
 * @param subject what was measured
 * @param measure which number it is
 * @param value a fraction of one, or a rank for the median rank; finite
 * @param ci95 the bootstrap interval over queries; null where there is none
 * @param counts what was ranked; null for a mean of two directions
 * @param conditions how the embeddings were put together
 */
public record ResultRow(
        Subject subject,
        Measure measure,
        double value,
        @Nullable Interval ci95,
        @Nullable Counts counts,
        Conditions conditions) {

    /**
     * Checks the value.
     *
     * @throws IllegalArgumentException if it is not finite
     */
    public ResultRow {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(subject + ", " + measure + ": " + value);
        }
    }

    /**
     * What was ranked.
     *
     * @param queries queries that count
     * @param skipped queries left out because they have no relevant item
     * @param gallery items that were searched
     */
    public record Counts(int queries, int skipped, int gallery) {}
}
