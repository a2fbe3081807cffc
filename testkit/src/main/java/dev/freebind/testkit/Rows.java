package dev.freebind.testkit;

/** Arithmetic of rows. */
final class Rows {

    private Rows() {}

    /** The largest difference of two components; infinite if lengths differ or one is not finite. */
    static double difference(float[] one, float[] other) {
        if (one.length != other.length) {
            return Double.POSITIVE_INFINITY;
        }
        double largest = 0;
        for (int i = 0; i < one.length; i++) {
            double difference = Math.abs((double) one[i] - other[i]);
            if (!Double.isFinite(difference)) {
                return Double.POSITIVE_INFINITY;
            }
            largest = Math.max(largest, difference);
        }
        return largest;
    }

    static double product(float[] one, float[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += (double) one[i] * other[i];
        }
        return sum;
    }
}
