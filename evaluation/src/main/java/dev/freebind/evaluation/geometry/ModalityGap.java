package dev.freebind.evaluation.geometry;

/**
 * How two modalities lie to each other in one space (Liang et al., "Mind the gap", NeurIPS 2022).
 *
 * @param distance between the centroids of unit embeddings, in [0, 2]
 * @param centroidCosine cosine of the centroids
 * @param matched mean cosine of items that belong together
 * @param unmatched mean cosine of items that do not; NaN if there are none
 * @param separable share of the items on their own modality's side of the plane halfway between the centroids: 0.5 where the
 *     modalities overlap, 1 where a gap parts them
 */
public record ModalityGap(double distance, double centroidCosine, double matched, double unmatched, double separable) {

    /**
     * Measures.
     *
     * @param first unit rows of one modality, at least one
     * @param second unit rows of the other, at least one
     * @param partner for every row of the first the row of the second that belongs to it, or -1
     */
    public static ModalityGap of(float[][] first, float[][] second, int[] partner) {
        double[] a = centroid(first);
        double[] b = centroid(second);
        double distance = 0;
        double product = 0;
        double ofA = 0;
        double ofB = 0;
        for (int i = 0; i < a.length; i++) {
            distance += (a[i] - b[i]) * (a[i] - b[i]);
            product += a[i] * b[i];
            ofA += a[i] * a[i];
            ofB += b[i] * b[i];
        }
        double matched = 0;
        int pairs = 0;
        for (int row = 0; row < first.length; row++) {
            if (partner[row] >= 0) {
                matched += dot(first[row], second[partner[row]]);
                pairs++;
            }
        }
        // The mean over all pairs is the product of the centroids; taking off the matched ones leaves the rest.
        double all = (double) first.length * second.length;
        double unmatched = all > pairs ? (all * product - matched) / (all - pairs) : Double.NaN;
        int right = 0;
        double threshold = (ofA - ofB) / 2;
        for (float[] row : first) {
            right += side(row, a, b) > threshold ? 1 : 0;
        }
        for (float[] row : second) {
            right += side(row, a, b) < threshold ? 1 : 0;
        }
        double norms = Math.sqrt(ofA * ofB);
        return new ModalityGap(
                Math.sqrt(distance),
                norms > 0 ? product / norms : 0,
                pairs > 0 ? matched / pairs : Double.NaN,
                unmatched,
                (double) right / (first.length + second.length));
    }

    private static double[] centroid(float[][] rows) {
        double[] sum = new double[rows[0].length];
        for (float[] row : rows) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += row[i];
            }
        }
        for (int i = 0; i < sum.length; i++) {
            sum[i] /= rows.length;
        }
        return sum;
    }

    private static double side(float[] row, double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < row.length; i++) {
            sum += row[i] * (a[i] - b[i]);
        }
        return sum;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
