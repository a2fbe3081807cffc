package dev.freebind.evaluation.metric;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Non-interpolated average precision, {@code Σₙ (Rₙ − Rₙ₋₁) Pₙ} over the distinct scores as thresholds: what scikit-learn's
 * {@code average_precision_score} computes. Items with equal scores pass a threshold together.
 */
public final class AveragePrecision {

    private AveragePrecision() {}

    /**
     * The average precision of one class.
     *
     * @param scores the score of every item, from position to limit; the buffer is not changed
     * @param relevant the items that belong to the class, by number, none twice
     * @return in (0, 1]
     * @throws IllegalArgumentException if there is no relevant item
     */
    public static double of(FloatBuffer scores, int[] relevant) {
        if (relevant.length == 0) {
            throw new IllegalArgumentException("average precision is not defined without a relevant item");
        }
        int items = scores.remaining();
        int start = scores.position();
        float[] all = new float[items];
        scores.get(start, all);
        float[] positives = new float[relevant.length];
        for (int i = 0; i < relevant.length; i++) {
            positives[i] = all[relevant[i]];
        }
        Arrays.sort(all);
        Arrays.sort(positives);
        double sum = 0;
        int above = items;
        for (int end = positives.length; end > 0; ) {
            float threshold = positives[end - 1];
            int first = end - 1;
            while (first > 0 && positives[first - 1] == threshold) {
                first--;
            }
            while (above > 0 && all[above - 1] >= threshold) {
                above--;
            }
            double precision = (double) (positives.length - first) / (items - above);
            sum += (end - first) * precision;
            end = first;
        }
        return sum / positives.length;
    }
}
