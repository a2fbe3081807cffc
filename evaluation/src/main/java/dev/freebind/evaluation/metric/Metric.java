package dev.freebind.evaluation.metric;

import java.util.Locale;

/**
 * The name of a number in the results, and how to read it.
 *
 * @param name as it stands in the results file: {@code recall@5}, {@code median-rank}, {@code accuracy@1},
 *     {@code mean-per-class-accuracy}, {@code mAP}
 */
public record Metric(String name) {

    private static final String RECALL = "recall@";
    private static final String ACCURACY = "accuracy@";

    /** The median over queries of the expected rank of the first relevant item, from 1; lower is better. */
    public static final Metric MEDIAN_RANK = new Metric("median-rank");

    /** The mean over classes of the accuracy@1 of their items. */
    public static final Metric MEAN_PER_CLASS_ACCURACY = new Metric("mean-per-class-accuracy");

    /** The mean over classes with positives of the average precision. */
    public static final Metric MEAN_AVERAGE_PRECISION = new Metric("mAP");

    /** The fraction of queries with at least one relevant item among the top k. */
    public static Metric recall(int k) {
        return new Metric(RECALL + k);
    }

    /** The fraction of items whose class is among the top k. */
    public static Metric accuracy(int k) {
        return new Metric(ACCURACY + k);
    }

    /** The k of recall@k and accuracy@k; 0 for any other metric. */
    public int k() {
        for (String prefix : new String[] {RECALL, ACCURACY}) {
            if (name.startsWith(prefix) && name.substring(prefix.length()).matches("[1-9][0-9]{0,8}")) {
                return Integer.parseInt(name.substring(prefix.length()));
            }
        }
        return 0;
    }

    /** Says whether a smaller value is the better one. */
    public boolean lowerIsBetter() {
        return equals(MEDIAN_RANK);
    }

    /** Says whether values are fractions of one, shown as percentages. */
    public boolean isFraction() {
        return !equals(MEDIAN_RANK);
    }

    /** The column heading that papers use: {@code R@1}, {@code MedR}, {@code Acc@1}, {@code mAP}. */
    public String label() {
        if (name.startsWith(RECALL)) {
            return "R@" + k();
        }
        if (name.startsWith(ACCURACY)) {
            return "Acc@" + k();
        }
        if (equals(MEDIAN_RANK)) {
            return "MedR";
        }
        return equals(MEAN_PER_CLASS_ACCURACY) ? "mAcc" : name;
    }

    /** A value as people read it: percentages with two decimals, ranks with one. */
    public String format(double value) {
        return isFraction()
                ? String.format(Locale.ROOT, "%.2f", 100 * value)
                : String.format(Locale.ROOT, "%.1f", value);
    }

    /**
     * What LAION's CLIP_benchmark calls this number; empty where it has none.
     *
     * <p>It names retrieval by what is retrieved: {@code image_retrieval_recall@5} is text → image.
     *
     * @param gallery the modality that is searched, or an empty string for the mean of both directions
     */
    public String clipBenchmarkName(String gallery) {
        if (name.startsWith(RECALL)) {
            return gallery.isEmpty() ? "" : gallery + "_retrieval_" + name;
        }
        if (name.startsWith(ACCURACY)) {
            return "acc" + k();
        }
        if (equals(MEAN_PER_CLASS_ACCURACY)) {
            return "mean_per_class_recall";
        }
        return equals(MEAN_AVERAGE_PRECISION) ? "mean_average_precision" : "";
    }

    @Override
    public String toString() {
        return name;
    }
}
