package dev.freebind.evaluation.result;

import dev.freebind.evaluation.metric.Metric;

/**
 * Which number it is: the same measure can be compared between subjects and between files.
 *
 * @param dataset the task's name in the configuration
 * @param task {@code retrieval}, {@code classification} or {@code tagging}
 * @param pair the two modalities in alphabetical order: {@code audio-text}
 * @param direction queries and gallery, {@code text->audio}, or {@link #MEAN}
 * @param metric the metric
 */
public record Measure(String dataset, String task, String pair, String direction, Metric metric) {

    /** The direction of a row that is the mean of both directions. */
    public static final String MEAN = "mean";

    /** The modality that is searched; empty for {@link #MEAN}. */
    public String gallery() {
        int arrow = direction.indexOf("->");
        return arrow < 0 ? "" : direction.substring(arrow + 2);
    }

    @Override
    public String toString() {
        return dataset + ", " + direction + (direction.equals(MEAN) ? " of " + pair : "") + ", " + metric;
    }
}
