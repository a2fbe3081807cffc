package dev.freebind.media.image;

/**
 * Which source pixels make up each output pixel of one axis, and with what weights, as Pillow computes them.
 *
 * <p>The i-th output pixel wanted is the sum over k of {@code weights[i * taps + k]} times source pixel {@code
 * starts[i] + k}, for k below {@code counts[i]}.
 *
 * @param taps room for weights per output pixel
 * @param starts first source pixel of each output pixel
 * @param counts number of source pixels of each output pixel
 * @param weights fixed-point weights with {@link #FRACTION_BITS} fraction bits
 */
record ResamplingKernel(int taps, int[] starts, int[] counts, int[] weights) {

    /** Leaves room for 8 bits of colour and 2 bits of overshoot in 32. */
    static final int FRACTION_BITS = 32 - 8 - 2;

    private static final double CUBIC_A = -0.5;
    private static final double CUBIC_SUPPORT = 2;

    /**
     * The kernel of a bicubic resize of one axis, with antialiasing.
     *
     * @param in source pixels
     * @param out output pixels of the whole axis
     * @param first first output pixel wanted
     * @param count output pixels wanted
     */
    static ResamplingKernel bicubic(int in, long out, long first, int count) {
        double scale = (double) in / out;
        double stretch = Math.max(scale, 1);
        double support = CUBIC_SUPPORT * stretch;
        double inverse = 1 / stretch;
        int taps = (int) Math.min(in, 2L * (long) Math.ceil(support) + 1);
        int[] starts = new int[count];
        int[] counts = new int[count];
        int[] weights = new int[Math.multiplyExact(count, taps)];
        double[] exact = new double[taps];
        for (int i = 0; i < count; i++) {
            double centre = (first + i + 0.5) * scale;
            int low = Math.max((int) (centre - support + 0.5), 0);
            int high = Math.min((int) (centre + support + 0.5), in);
            double sum = 0;
            for (int k = 0; k < high - low; k++) {
                exact[k] = cubic((k + low - centre + 0.5) * inverse);
                sum += exact[k];
            }
            for (int k = 0; k < high - low; k++) {
                double weight = (sum == 0 ? exact[k] : exact[k] / sum) * (1 << FRACTION_BITS);
                weights[i * taps + k] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
            }
            starts[i] = low;
            counts[i] = high - low;
        }
        return new ResamplingKernel(taps, starts, counts, weights);
    }

    /**
     * The kernel of an axis whose size does not change: the pixels themselves.
     *
     * @param first first pixel wanted
     * @param count pixels wanted
     */
    static ResamplingKernel identity(int first, int count) {
        int[] starts = new int[count];
        int[] counts = new int[count];
        int[] weights = new int[count];
        for (int i = 0; i < count; i++) {
            starts[i] = first + i;
            counts[i] = 1;
            weights[i] = 1 << FRACTION_BITS;
        }
        return new ResamplingKernel(1, starts, counts, weights);
    }

    private static double cubic(double position) {
        double x = Math.abs(position);
        if (x < 1) {
            return ((CUBIC_A + 2) * x - (CUBIC_A + 3)) * x * x + 1;
        }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * CUBIC_A : 0;
    }

    int outputs() {
        return starts.length;
    }

    /** The first source pixel that any output pixel needs. */
    int sourceStart() {
        return starts[0];
    }

    /** The source pixel after the last one that any output pixel needs. */
    int sourceEnd() {
        int last = starts.length - 1;
        return starts[last] + counts[last];
    }
}
