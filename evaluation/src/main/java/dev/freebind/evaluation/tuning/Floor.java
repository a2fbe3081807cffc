package dev.freebind.evaluation.tuning;

import dev.freebind.evaluation.task.RetrievalPair;
import org.jspecify.annotations.Nullable;

/**
 * A pair that must not fall below something.
 *
 * @param pair the pair
 * @param space whose value is the bound, with its configured factors; null if the bound is the number
 * @param value the bound in [0, 1]; 0 where a space gives it
 * @param tolerance how far below is still allowed, in [0, 1)
 */
public record Floor(RetrievalPair pair, @Nullable String space, double value, double tolerance) {

    /** As it was asked for, for example {@code test:image-text>=vt}. */
    @Override
    public String toString() {
        return pair + ">=" + (space == null ? Double.toString(value) : space)
                + (tolerance > 0 ? " (tolerance " + tolerance + ")" : "");
    }
}
