package dev.freebind.training.retrieval;

import dev.freebind.api.Progress;

/** Tells progress by queries while whole blocks of queries are worked on. */
final class QueryProgress {

    private final Progress.Task progress;
    private final long units;
    private final long steps;
    private long done;

    QueryProgress(Progress.Task progress, long units, long steps) {
        this.progress = progress;
        this.units = units;
        this.steps = steps;
    }

    void advance() {
        long before = units * done / steps;
        done++;
        progress.advance(units * done / steps - before);
    }

    /** Reports what steps that were not needed leave over. */
    void finish() {
        progress.advance(units - units * done / steps);
    }
}
