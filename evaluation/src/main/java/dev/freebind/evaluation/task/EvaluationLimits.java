package dev.freebind.evaluation.task;

import dev.freebind.evaluation.interval.Bootstrap;
import java.nio.file.Path;

/**
 * How an evaluation goes about its work.
 *
 * @param bootstrap resamples for the intervals
 * @param memory bytes of heap that the embeddings of one pair may take; what does not fit goes to temporary files
 * @param temporary the folder for those, which must exist when they are needed
 */
public record EvaluationLimits(Bootstrap bootstrap, long memory, Path temporary) {

    /** 256 MB: two sides of 40,000 × 768. */
    public static final long DEFAULT_MEMORY = 256L << 20;

    /** 1,000 resamples by this seed, the default memory, the system's temporary folder. */
    public static EvaluationLimits defaults(long seed) {
        return new EvaluationLimits(
                new Bootstrap(1000, seed), DEFAULT_MEMORY, Path.of(System.getProperty("java.io.tmpdir", ".")));
    }
}
