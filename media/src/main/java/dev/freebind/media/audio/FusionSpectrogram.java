package dev.freebind.media.audio;

import java.util.List;

/**
 * Four views of a sound of any length, CLAP's feature fusion: the whole shrunk to a fixed number of frames, and one chunk of
 * that many frames from its front, middle and back.
 *
 * <p>Immutable, safe for use from several threads if the {@link ChunkStart} is.
 *
 * @param waveform brings short sounds to the fixed length
 * @param spectrogram computes the frames
 * @param start chooses where the chunks begin
 */
public record FusionSpectrogram(FixedLengthWaveform waveform, LogMelSpectrogram spectrogram, ChunkStart start) {

    /** Views of each sound. */
    public static final int VIEWS = 4;

    /**
     * The views.
     *
     * @param values {@code [4, frames, bands]} float32, decibels: whole, front, middle, back; four times the same unless longer
     * @param longer whether the sound is longer than the fixed number of frames
     */
    public record Views(float[] values, boolean longer) {}

    /**
     * Where a chunk may begin.
     *
     * @param first earliest frame
     * @param last latest frame
     */
    public record StartRange(int first, int last) {}

    /** Frames of each view. */
    public int frames() {
        return spectrogram.frames(waveform.length());
    }

    /**
     * The views of a sound.
     *
     * @param samples the whole sound, at least one sample; not changed
     */
    public Views apply(float[] samples) {
        boolean fits = samples.length <= waveform.length();
        float[] whole = spectrogram.apply(fits ? waveform.fit(samples, start) : samples);
        int bands = spectrogram.bands();
        int total = whole.length / bands;
        int view = frames() * bands;
        float[] values = new float[VIEWS * view];
        if (total == frames()) {
            for (int i = 0; i < VIEWS; i++) {
                System.arraycopy(whole, 0, values, i * view, view);
            }
            return new Views(values, false);
        }
        shrink(whole, total, bands, values);
        List<StartRange> ranges = startRanges(total);
        for (int i = 0; i < ranges.size(); i++) {
            int from = start.choose(ranges.get(i).first(), ranges.get(i).last());
            System.arraycopy(whole, from * bands, values, (i + 1) * view, view);
        }
        return new Views(values, true);
    }

    /**
     * Where the front, middle and back chunks of a longer sound may begin: the possible starts in three parts, as equal as
     * possible, the first ones longer; an empty part allows the start only.
     *
     * @param total frames of the whole sound, more than {@link #frames()}
     */
    public List<StartRange> startRanges(int total) {
        int starts = total - frames() + 1;
        int middle = (starts + 2) / 3;
        int back = middle + (starts + 1) / 3;
        return List.of(range(0, middle), range(middle, back), range(back, starts));
    }

    private static StartRange range(int first, int end) {
        return first < end ? new StartRange(first, end - 1) : new StartRange(0, 0);
    }

    /** Linear interpolation in time, half-pixel centres, without antialiasing, as torch does it. */
    private void shrink(float[] whole, int total, int bands, float[] target) {
        int frames = frames();
        double scale = (double) total / frames;
        for (int t = 0; t < frames; t++) {
            double position = Math.max((t + 0.5) * scale - 0.5, 0);
            int before = Math.min((int) position, total - 1);
            int after = Math.min(before + 1, total - 1);
            double share = position - before;
            for (int band = 0; band < bands; band++) {
                target[t * bands + band] =
                        (float) ((1 - share) * whole[before * bands + band] + share * whole[after * bands + band]);
            }
        }
    }
}
