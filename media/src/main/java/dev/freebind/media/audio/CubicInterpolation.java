package dev.freebind.media.audio;

/**
 * Resizing an axis by cubic interpolation with aligned corners, as torch's {@code interpolate(mode='bicubic',
 * align_corners=True)} does: Keys' cubic with a = −0.75, edges repeated, no antialiasing.
 *
 * @param in source positions, at least 2
 * @param out output positions, at least 2
 */
public record CubicInterpolation(int in, int out) {

    /** Neighbours that make up each output. */
    public static final int TAPS = 4;

    private static final double A = -0.75;

    /** Checks the sizes. */
    public CubicInterpolation {
        if (in < 2 || out < 2) {
            throw new IllegalArgumentException("sizes must be at least 2: " + in + ", " + out);
        }
    }

    /** The source position at or before an output; its neighbours are one before to two after, kept inside the axis. */
    public int index(int output) {
        return Math.min((int) position(output), in - 1);
    }

    /** The weights of an output's four neighbours. */
    public double[] taps(int output) {
        double share = position(output) - index(output);
        return new double[] {far(share + 1), near(share), near(1 - share), far(2 - share)};
    }

    /**
     * The whole operation as a matrix.
     *
     * @return {@code [out, in]} float32
     */
    public float[] matrix() {
        double[] exact = new double[Math.multiplyExact(in, out)];
        float[] result = new float[exact.length];
        for (int o = 0; o < out; o++) {
            double[] taps = taps(o);
            for (int k = 0; k < TAPS; k++) {
                int source = Math.min(Math.max(index(o) + k - 1, 0), in - 1);
                exact[o * in + source] += taps[k];
            }
        }
        for (int i = 0; i < result.length; i++) {
            result[i] = (float) exact[i];
        }
        return result;
    }

    private double position(int output) {
        return (double) output * (in - 1) / (out - 1);
    }

    private static double near(double x) {
        return ((A + 2) * x - (A + 3)) * x * x + 1;
    }

    private static double far(double x) {
        return ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
    }
}
