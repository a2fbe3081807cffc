package dev.freebind.evaluation.result;

import dev.freebind.evaluation.metric.Metric;
import org.jspecify.annotations.Nullable;

/**
 * The result of one class: its accuracy@1 or its average precision.
 *
 * @param subject what was measured
 * @param dataset the task's name
 * @param metric {@code accuracy@1} or {@code mAP}
 * @param name the class name, or its number where classes have no names
 * @param value a fraction of one; null for a class without items, which counts in no mean
 * @param items items that belong to the class
 */
public record ClassScore(
        Subject subject,
        String dataset,
        Metric metric,
        String name,
        @Nullable Double value,
        int items) {}
