package dev.freebind.media.audio;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * Spreads a fixed number of clips of equal length evenly over a sound, as pytorchvideo's ConstantClipsPerVideoSampler does:
 * the first at the beginning, the last at the end, a sound that is too short giving the same clip again.
 *
 * <p>The reference computes the last possible start in float64 and the rest in fractions without error; a start that float64
 * makes a hair too small is cut to the sample before.
 *
 * @param clips number of clips, at least 1
 * @param seconds length of each, above 0
 * @param sampleRate Hz
 */
public record ClipSampler(int clips, double seconds, int sampleRate) {

    /**
     * A clip.
     *
     * @param start first sample
     * @param end sample after the last one, at most the sound's length
     */
    public record Clip(int start, int end) {
        /** Samples. */
        public int length() {
            return end - start;
        }
    }

    /** Checks the numbers. */
    public ClipSampler {
        if (clips < 1 || !(seconds > 0 && seconds < 86_400) || sampleRate < 1) {
            throw new IllegalArgumentException(clips + " clips of " + seconds + " s at " + sampleRate + " Hz");
        }
    }

    /**
     * The clips of a sound.
     *
     * @param samples the sound's length
     */
    public List<Clip> clips(int samples) {
        double duration = samples / (double) sampleRate;
        BigDecimal lastStart = new BigDecimal(Math.max(duration - seconds, 0));
        BigDecimal rate = BigDecimal.valueOf(sampleRate);
        int steps = Math.max(clips - 1, 1);
        BigDecimal length = new BigDecimal(seconds).multiply(rate).multiply(BigDecimal.valueOf(steps));
        List<Clip> result = new ArrayList<>();
        for (int k = 0; k < clips; k++) {
            BigDecimal start = lastStart.multiply(rate).multiply(BigDecimal.valueOf(k));
            result.add(new Clip(floor(start, steps, samples), floor(start.add(length), steps, samples)));
        }
        return result;
    }

    private static int floor(BigDecimal value, int divisor, int most) {
        return value.divide(BigDecimal.valueOf(divisor), 0, RoundingMode.FLOOR)
                .min(BigDecimal.valueOf(most))
                .intValue();
    }
}
