package dev.freebind.evaluation.tuning;

import java.util.SplittableRandom;

/**
 * Which queries decide, and which report.
 *
 * @param halved whether one half decides and the other reports; otherwise all do both
 * @param seed decides the halves
 */
public record Split(boolean halved, long seed) {

    /** A side of the split. */
    enum Part {
        TUNING,
        REPORT
    }

    /**
     * Says whether the queries of a group belong to a part; a group is in one half, whatever the direction and pair.
     *
     * @param dataset the task's name
     * @param group of items that belong together
     */
    boolean includes(Part part, String dataset, int group) {
        if (!halved) {
            return true;
        }
        long mixed = seed ^ (0x9E3779B97F4A7C15L * (dataset.hashCode() + 1L)) ^ (0xD1B54A32D192ED03L * (group + 1L));
        return new SplittableRandom(mixed).nextBoolean() == (part == Part.TUNING);
    }
}
