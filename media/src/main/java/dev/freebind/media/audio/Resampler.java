package dev.freebind.media.audio;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleUnaryOperator;

/**
 * Changes a sound's sample rate by a windowed-sinc low-pass filter.
 *
 * <p>Filters are kept for the rates met so far. Safe for use from several threads.
 */
public final class Resampler {

    /** Filters kept; a collection has a handful of rates. */
    private static final int MAX_KEPT = 32;

    /** Weights kept per filter, 16 MB; filters of rates with hardly a common divisor are computed as they go. */
    private static final long MAX_WEIGHTS = 1L << 22;

    private enum Kind {
        HANN,
        KAISER
    }

    private final Kind kind;
    private final int targetRate;
    private final Map<Integer, Filter> kept = new ConcurrentHashMap<>();

    private Resampler(Kind kind, int targetRate) {
        if (targetRate < 1 || targetRate > SoundDecoder.MAX_RATE) {
            throw new IllegalArgumentException("the rate must be 1 to " + SoundDecoder.MAX_RATE + ": " + targetRate);
        }
        this.kind = kind;
        this.targetRate = targetRate;
    }

    /**
     * torchaudio's {@code resample} with its defaults: six zero crossings, roll-off 0.99, Hann window.
     *
     * @param targetRate Hz
     */
    public static Resampler hannSinc(int targetRate) {
        return new Resampler(Kind.HANN, targetRate);
    }

    /**
     * A filter to the specification of libsoxr's HQ quality, librosa's default: pass band to 0.913 of the lower Nyquist
     * frequency, stop band from 1, rejection 126 dB, linear phase; Kaiser window.
     *
     * @param targetRate Hz
     */
    public static Resampler kaiserSinc(int targetRate) {
        return new Resampler(Kind.KAISER, targetRate);
    }

    /** Hz. */
    public int targetRate() {
        return targetRate;
    }

    /**
     * Resamples one channel.
     *
     * @param samples the channel, taken as silent before and after
     * @param sourceRate its rate in Hz, 1 to {@link SoundDecoder#MAX_RATE}
     * @return {@code ceil(length · target / source)} samples; the same array if the rates are equal
     * @throws IllegalArgumentException if the result would have 2^31 samples or more
     */
    public float[] resample(float[] samples, int sourceRate) {
        return sourceRate == targetRate
                ? samples
                : resample(samples, sourceRate, 0, length(samples.length, sourceRate));
    }

    /**
     * Resamples what a stretch of the result needs; the values are those of the whole.
     *
     * @param samples the channel, taken as silent before and after
     * @param sourceRate its rate in Hz, 1 to {@link SoundDecoder#MAX_RATE}
     * @param first first sample of the result
     * @param count samples of it, all within {@link #length}
     * @return {@code count} samples, a new array
     */
    public float[] resample(float[] samples, int sourceRate, int first, int count) {
        Objects.checkFromIndexSize(first, count, length(samples.length, sourceRate));
        if (sourceRate == targetRate) {
            return Arrays.copyOfRange(samples, first, first + count);
        }
        Filter filter = kept.get(sourceRate);
        if (filter == null) {
            filter = kind == Kind.HANN ? hann(sourceRate) : kaiser(sourceRate);
            if (kept.size() < MAX_KEPT) {
                kept.put(sourceRate, filter);
            }
        }
        return filter.apply(samples, first, count);
    }

    /**
     * Samples of a whole channel after resampling.
     *
     * @param samples of the source
     * @param sourceRate its rate in Hz, 1 to {@link SoundDecoder#MAX_RATE}
     * @return {@code ceil(samples · target / source)}
     * @throws IllegalArgumentException if these are 2^31 samples or more
     */
    public int length(int samples, int sourceRate) {
        if (sourceRate < 1 || sourceRate > SoundDecoder.MAX_RATE) {
            throw new IllegalArgumentException("the rate must be 1 to " + SoundDecoder.MAX_RATE + ": " + sourceRate);
        }
        long length = ((long) samples * targetRate + sourceRate - 1) / sourceRate;
        if (length > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException("the resampled sound would have " + length + " samples");
        }
        return (int) length;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    private Filter hann(int sourceRate) {
        int divisor = gcd(sourceRate, targetRate);
        int from = sourceRate / divisor;
        int to = targetRate / divisor;
        int crossings = 6;
        double cutoff = Math.min(from, to) * 0.99 / from;
        DoubleUnaryOperator kernel = position -> {
            double t = position * cutoff;
            double cosine = Math.cos(Math.PI * t / (2 * crossings));
            return sinc(t) * cosine * cosine * cutoff;
        };
        // The reference rounds the phase to float32.
        return new Filter(from, to, crossings / cutoff, true, kernel);
    }

    private Filter kaiser(int sourceRate) {
        int divisor = gcd(sourceRate, targetRate);
        int from = sourceRate / divisor;
        int to = targetRate / divisor;
        double passBand = 0.913;
        double attenuation = 126.4;
        double nyquist = Math.min(1, (double) to / from);
        double cutoff = nyquist * (1 + passBand) / 2;
        // Kaiser's formulas for length and shape.
        double length = (attenuation - 7.95) / (2.285 * Math.PI * (1 - passBand) * nyquist);
        double half = Math.ceil(length / 2);
        double beta = 0.1102 * (attenuation - 8.7);
        double scale = cutoff / bessel(beta);
        DoubleUnaryOperator kernel = position -> {
            double x = position / half;
            return Math.abs(x) >= 1 ? 0 : sinc(position * cutoff) * scale * bessel(beta * Math.sqrt(1 - x * x));
        };
        return new Filter(from, to, half, false, kernel);
    }

    private static double sinc(double t) {
        return t == 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
    }

    /** The modified Bessel function of the first kind and order 0, by its power series. */
    private static double bessel(double x) {
        double term = 1;
        double sum = 1;
        for (int k = 1; term > sum * 1e-17; k++) {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }
        return sum;
    }

    /** A filter for one ratio: {@code to} phases of equally many taps. */
    private static final class Filter {
        private final int from;
        private final int to;
        private final double reach;
        private final boolean singlePhase;
        private final DoubleUnaryOperator kernel;
        private final int taps;
        private final float[] table;

        /**
         * A filter.
         *
         * @param from source rate over the greatest common divisor
         * @param to target rate over it
         * @param reach source samples on either side that count
         * @param singlePhase whether the position between samples is rounded to float32
         * @param kernel weight by distance in source samples
         */
        Filter(int from, int to, double reach, boolean singlePhase, DoubleUnaryOperator kernel) {
            this.from = from;
            this.to = to;
            this.reach = reach;
            this.singlePhase = singlePhase;
            this.kernel = kernel;
            this.taps = (int) Math.ceil(2 * reach) + 1;
            long weights = (long) to * taps;
            this.table = new float[weights <= MAX_WEIGHTS ? (int) weights : 0];
            for (int phase = 0; phase < table.length / taps; phase++) {
                fill(phase, table, phase * taps);
            }
        }

        /** The first source sample, relative to the block of {@code from} samples, that counts for a phase. */
        private int first(int phase) {
            return (int) Math.ceil((double) phase * from / to - reach);
        }

        private void fill(int phase, float[] weights, int at) {
            double centre = singlePhase ? (double) ((float) phase / to) * from : (double) phase * from / to;
            int first = first(phase);
            for (int i = 0; i < taps; i++) {
                double distance = first + i - centre;
                weights[at + i] = Math.abs(distance) >= reach ? 0 : (float) kernel.applyAsDouble(distance);
            }
        }

        float[] apply(float[] samples, int begin, int count) {
            float[] result = new float[count];
            float[] row = table.length == 0 ? new float[taps] : table;
            int phase = begin % to;
            long block = (long) (begin / to) * from;
            for (int j = 0; j < count; j++) {
                int at = 0;
                if (table.length == 0) {
                    fill(phase, row, 0);
                } else {
                    at = phase * taps;
                }
                result[j] = (float) weigh(samples, block + first(phase), row, at);
                if (++phase == to) {
                    phase = 0;
                    block += from;
                }
            }
            return result;
        }

        private double weigh(float[] samples, long first, float[] weights, int at) {
            int low = (int) Math.max(0, -first);
            int high = (int) Math.min(taps, samples.length - first);
            double sum0 = 0;
            double sum1 = 0;
            double sum2 = 0;
            double sum3 = 0;
            int i = low;
            int source = (int) (first + low);
            // Four sums, so that each addition need not wait for the one before.
            for (; i + 3 < high; i += 4, source += 4) {
                sum0 += (double) weights[at + i] * samples[source];
                sum1 += (double) weights[at + i + 1] * samples[source + 1];
                sum2 += (double) weights[at + i + 2] * samples[source + 2];
                sum3 += (double) weights[at + i + 3] * samples[source + 3];
            }
            for (; i < high; i++, source++) {
                sum0 += (double) weights[at + i] * samples[source];
            }
            return sum0 + sum1 + (sum2 + sum3);
        }
    }
}
