package dev.freebind.media.audio;

/**
 * Power spectra of real signals by a fast Fourier transform in float64: radix 4 in Stockham's self-sorting form, on half the
 * length because the signal is real.
 *
 * <p>Immutable, safe for use from several threads; each thread brings its own {@link Scratch}.
 */
final class RealFft {

    private final int half;
    /** cos and −sin of 2π k / half. */
    private final double[] cosine;

    private final double[] sine;
    /** cos and sin of 2π k / size, to separate even and odd samples. */
    private final double[] splitCosine;

    private final double[] splitSine;

    /**
     * A transform of one size.
     *
     * @param size samples, a power of two, at least 4
     */
    RealFft(int size) {
        if (size < 4 || Integer.bitCount(size) != 1) {
            throw new IllegalArgumentException("the size must be a power of two, at least 4: " + size);
        }
        this.half = size / 2;
        this.cosine = new double[half];
        this.sine = new double[half];
        this.splitCosine = new double[half];
        this.splitSine = new double[half];
        for (int k = 0; k < half; k++) {
            cosine[k] = Math.cos(2 * Math.PI * k / half);
            sine[k] = -Math.sin(2 * Math.PI * k / half);
            splitCosine[k] = Math.cos(2 * Math.PI * k / size);
            splitSine[k] = Math.sin(2 * Math.PI * k / size);
        }
    }

    /** Working memory of one thread. */
    static final class Scratch {
        private double[] real;
        private double[] imaginary;
        private double[] otherReal;
        private double[] otherImaginary;

        private Scratch(int half) {
            real = new double[half];
            imaginary = new double[half];
            otherReal = new double[half];
            otherImaginary = new double[half];
        }

        private void swap() {
            double[] r = real;
            real = otherReal;
            otherReal = r;
            double[] i = imaginary;
            imaginary = otherImaginary;
            otherImaginary = i;
        }
    }

    Scratch scratch() {
        return new Scratch(half);
    }

    /** Frequencies of the spectrum: half the samples and one. */
    int bins() {
        return half + 1;
    }

    /**
     * The squared magnitudes of a signal's spectrum.
     *
     * @param signal {@code size} samples
     * @param power receives {@link #bins()} values, not scaled
     */
    void power(double[] signal, double[] power, Scratch scratch) {
        for (int k = 0; k < half; k++) {
            scratch.real[k] = signal[2 * k];
            scratch.imaginary[k] = signal[2 * k + 1];
        }
        int n = half;
        int stride = 1;
        while (n >= 4) {
            radix4(n, stride, scratch);
            scratch.swap();
            n /= 4;
            stride *= 4;
        }
        if (n == 2) {
            radix2(stride, scratch);
            scratch.swap();
        }
        double[] re = scratch.real;
        double[] im = scratch.imaginary;
        power[0] = (re[0] + im[0]) * (re[0] + im[0]);
        power[half] = (re[0] - im[0]) * (re[0] - im[0]);
        for (int k = 1; k < half; k++) {
            double evenReal = re[k] + re[half - k];
            double evenImaginary = im[k] - im[half - k];
            double oddReal = im[k] + im[half - k];
            double oddImaginary = re[half - k] - re[k];
            double c = splitCosine[k];
            double s = splitSine[k];
            double real = evenReal + c * oddReal + s * oddImaginary;
            double imaginary = evenImaginary + c * oddImaginary - s * oddReal;
            power[k] = (real * real + imaginary * imaginary) * 0.25;
        }
    }

    private void radix4(int n, int stride, Scratch scratch) {
        double[] xr = scratch.real;
        double[] xi = scratch.imaginary;
        double[] yr = scratch.otherReal;
        double[] yi = scratch.otherImaginary;
        int quarter = n / 4;
        int jump = stride * quarter;
        for (int p = 0; p < quarter; p++) {
            double c1 = cosine[p * stride];
            double s1 = sine[p * stride];
            double c2 = c1 * c1 - s1 * s1;
            double s2 = 2 * c1 * s1;
            double c3 = c1 * c2 - s1 * s2;
            double s3 = c1 * s2 + s1 * c2;
            int from = stride * p;
            int to = 4 * stride * p;
            for (int q = 0; q < stride; q++) {
                int a = from + q;
                int b = a + jump;
                int c = b + jump;
                int d = c + jump;
                double sumReal = xr[a] + xr[c];
                double sumImaginary = xi[a] + xi[c];
                double differenceReal = xr[a] - xr[c];
                double differenceImaginary = xi[a] - xi[c];
                double otherSumReal = xr[b] + xr[d];
                double otherSumImaginary = xi[b] + xi[d];
                double turnedReal = xi[d] - xi[b];
                double turnedImaginary = xr[b] - xr[d];
                int t = to + q;
                yr[t] = sumReal + otherSumReal;
                yi[t] = sumImaginary + otherSumImaginary;
                double r = differenceReal - turnedReal;
                double i = differenceImaginary - turnedImaginary;
                yr[t + stride] = r * c1 - i * s1;
                yi[t + stride] = r * s1 + i * c1;
                r = sumReal - otherSumReal;
                i = sumImaginary - otherSumImaginary;
                yr[t + 2 * stride] = r * c2 - i * s2;
                yi[t + 2 * stride] = r * s2 + i * c2;
                r = differenceReal + turnedReal;
                i = differenceImaginary + turnedImaginary;
                yr[t + 3 * stride] = r * c3 - i * s3;
                yi[t + 3 * stride] = r * s3 + i * c3;
            }
        }
    }

    private static void radix2(int stride, Scratch scratch) {
        double[] xr = scratch.real;
        double[] xi = scratch.imaginary;
        double[] yr = scratch.otherReal;
        double[] yi = scratch.otherImaginary;
        for (int q = 0; q < stride; q++) {
            yr[q] = xr[q] + xr[q + stride];
            yi[q] = xi[q] + xi[q + stride];
            yr[q + stride] = xr[q] - xr[q + stride];
            yi[q + stride] = xi[q] - xi[q + stride];
        }
    }
}
