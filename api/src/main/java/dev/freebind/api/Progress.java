package dev.freebind.api;

/** Tells the person who waits how far long work is. */
@FunctionalInterface
public interface Progress {

    /** Says nothing. */
    Progress SILENT = (label, total, unit) -> new Task() {};

    /**
     * Announces a piece of work.
     *
     * @param label what is being done, for example {@code "vt-u: pairs from text"}
     * @param total how many units it takes, or -1 if that is not known
     * @param unit what is counted, in the plural: {@code "rows"}, {@code "steps"}
     */
    Task start(String label, long total, String unit);

    /** One piece of work under way; close it when it ends, also when it fails. Safe for use from several threads. */
    interface Task extends AutoCloseable {

        /** Reports that this many more units are done. */
        default void advance(long units) {}

        /** Shows a short remark beside the bar, such as the current loss. */
        default void remark(String remark) {}

        @Override
        default void close() {}
    }
}
