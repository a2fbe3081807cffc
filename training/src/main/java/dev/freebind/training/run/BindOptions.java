package dev.freebind.training.run;

import dev.freebind.api.InvalidRequestException;
import org.jspecify.annotations.Nullable;

/**
 * What a user may ask of a run besides the configuration.
 *
 * @param resume whether the output folder may hold an earlier run's work
 * @param only a bond to stop after, with the bonds it builds on; null for all
 * @param limit only the first rows of every corpus; {@link Long#MAX_VALUE} for all
 */
public record BindOptions(boolean resume, @Nullable String only, long limit) {

    /** Everything, into an empty folder. */
    public static final BindOptions ALL = new BindOptions(false, null, Long.MAX_VALUE);

    /**
     * Checks.
     *
     * @throws InvalidRequestException if the limit is not positive
     */
    public BindOptions {
        if (limit < 1) {
            throw new InvalidRequestException("--limit " + limit + ": a corpus needs at least one row");
        }
    }
}
