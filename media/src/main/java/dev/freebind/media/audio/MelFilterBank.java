package dev.freebind.media.audio;

import java.util.Arrays;

/**
 * Overlapping triangles, equally spaced on a mel scale, that sum a power spectrum into bands.
 *
 * <p>Immutable, safe for use from several threads.
 */
public final class MelFilterBank {

    private final int bins;
    private final int[] starts;
    private final double[][] weights;

    private MelFilterBank(int bins, double[][] dense) {
        this.bins = bins;
        this.starts = new int[dense.length];
        this.weights = new double[dense.length][];
        for (int band = 0; band < dense.length; band++) {
            int start = 0;
            int end = bins;
            while (start < end && dense[band][start] == 0) {
                start++;
            }
            while (end > start && dense[band][end - 1] == 0) {
                end--;
            }
            starts[band] = start;
            weights[band] = Arrays.copyOfRange(dense[band], start, end);
        }
    }

    /**
     * Kaldi's bank: mel(f) = 1127 ln(1 + f / 700), triangles straight in mel, no normalisation, the last bin unused.
     *
     * @param bands number of triangles, at least 1
     * @param fftSize samples of the transform
     * @param sampleRate Hz
     * @param low lower edge of the first triangle, Hz
     * @param high upper edge of the last triangle, Hz, at most half the rate
     */
    public static MelFilterBank kaldi(int bands, int fftSize, int sampleRate, double low, double high) {
        check(bands, sampleRate, low, high);
        int bins = fftSize / 2 + 1;
        double first = kaldiMel(low);
        double step = (kaldiMel(high) - first) / (bands + 1);
        double[][] dense = new double[bands][bins];
        for (int band = 0; band < bands; band++) {
            double left = first + band * step;
            double centre = left + step;
            double right = centre + step;
            for (int k = 0; k < bins - 1; k++) {
                double mel = kaldiMel((double) k * sampleRate / fftSize);
                dense[band][k] = triangle(left, centre, right, mel);
            }
        }
        return new MelFilterBank(bins, dense);
    }

    /**
     * torchaudio's default bank: mel(f) = 2595 log10(1 + f / 700), triangles straight in Hz, no normalisation.
     *
     * @param bands number of triangles, at least 1
     * @param fftSize samples of the transform
     * @param sampleRate Hz
     * @param low lower edge of the first triangle, Hz
     * @param high upper edge of the last triangle, Hz, at most half the rate
     */
    public static MelFilterBank htk(int bands, int fftSize, int sampleRate, double low, double high) {
        check(bands, sampleRate, low, high);
        double first = 2595 * Math.log10(1 + low / 700);
        double step = (2595 * Math.log10(1 + high / 700) - first) / (bands + 1);
        double[] edges = new double[bands + 2];
        for (int i = 0; i < edges.length; i++) {
            edges[i] = 700 * (Math.pow(10, (first + i * step) / 2595) - 1);
        }
        return inHertz(edges, fftSize, sampleRate, false);
    }

    /**
     * librosa's default bank (Slaney's Auditory Toolbox): linear below 1 kHz, logarithmic above, triangles straight in Hz, each
     * of area 1.
     *
     * @param bands number of triangles, at least 1
     * @param fftSize samples of the transform
     * @param sampleRate Hz
     * @param low lower edge of the first triangle, Hz
     * @param high upper edge of the last triangle, Hz, at most half the rate
     */
    public static MelFilterBank slaney(int bands, int fftSize, int sampleRate, double low, double high) {
        check(bands, sampleRate, low, high);
        double first = slaneyMel(low);
        double step = (slaneyMel(high) - first) / (bands + 1);
        double[] edges = new double[bands + 2];
        for (int i = 0; i < edges.length; i++) {
            double mel = first + i * step;
            edges[i] = mel < 15 ? mel * 200 / 3 : 1000 * Math.exp((mel - 15) * Math.log(6.4) / 27);
        }
        return inHertz(edges, fftSize, sampleRate, true);
    }

    private static void check(int bands, int sampleRate, double low, double high) {
        if (bands < 1 || low < 0 || high <= low || high > sampleRate / 2.0) {
            throw new IllegalArgumentException(
                    bands + " bands from " + low + " to " + high + " Hz do not fit a rate of " + sampleRate);
        }
    }

    private static double kaldiMel(double hertz) {
        return 1127 * Math.log(1 + hertz / 700);
    }

    private static double slaneyMel(double hertz) {
        return hertz < 1000 ? 3 * hertz / 200 : 15 + Math.log(hertz / 1000) * 27 / Math.log(6.4);
    }

    private static MelFilterBank inHertz(double[] edges, int fftSize, int sampleRate, boolean areaOne) {
        int bins = fftSize / 2 + 1;
        double[][] dense = new double[edges.length - 2][bins];
        for (int band = 0; band < dense.length; band++) {
            double scale = areaOne ? 2 / (edges[band + 2] - edges[band]) : 1;
            for (int k = 0; k < bins; k++) {
                double hertz = (double) k * sampleRate / fftSize;
                dense[band][k] = scale * triangle(edges[band], edges[band + 1], edges[band + 2], hertz);
            }
        }
        return new MelFilterBank(bins, dense);
    }

    private static double triangle(double left, double centre, double right, double at) {
        return Math.max(0, Math.min((at - left) / (centre - left), (right - at) / (right - centre)));
    }

    /** Number of bands. */
    public int bands() {
        return weights.length;
    }

    /** Number of frequencies of the spectra it takes. */
    public int bins() {
        return bins;
    }

    /** The weight of a frequency in a band. */
    public double weight(int band, int bin) {
        int at = bin - starts[band];
        return at < 0 || at >= weights[band].length ? 0 : weights[band][at];
    }

    /** The energy of one band. */
    double energy(double[] power, int band) {
        double[] triangle = weights[band];
        int start = starts[band];
        double sum = 0;
        for (int i = 0; i < triangle.length; i++) {
            sum += triangle[i] * power[start + i];
        }
        return sum;
    }
}
