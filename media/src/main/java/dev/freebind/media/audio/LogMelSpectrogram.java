package dev.freebind.media.audio;

/**
 * Mel spectrograms in decibels: centred frames with reflected edges, periodic Hann window, power spectrum, mel bands, {@code
 * 10 log10(max(energy, 1e-10))}.
 *
 * <p>Immutable, safe for use from several threads.
 */
public final class LogMelSpectrogram {

    private static final double FLOOR = 1e-10;
    private static final double DECIBELS = 10 / Math.log(10);

    private final int fftSize;
    private final int hop;
    private final double[] window;
    private final RealFft fft;
    private final MelFilterBank bank;

    /**
     * A spectrogram.
     *
     * @param fftSize samples of a frame and its transform, a power of two, at least 4
     * @param hop samples from frame to frame, at least 1
     * @param bank the bands, for spectra of {@code fftSize / 2 + 1} frequencies
     */
    public LogMelSpectrogram(int fftSize, int hop, MelFilterBank bank) {
        this.fft = new RealFft(fftSize);
        if (hop < 1 || bank.bins() != fft.bins()) {
            throw new IllegalArgumentException(
                    "hop " + hop + ", bands over " + bank.bins() + " frequencies instead of " + fft.bins());
        }
        this.fftSize = fftSize;
        this.hop = hop;
        this.bank = bank;
        this.window = new double[fftSize];
        for (int i = 0; i < fftSize; i++) {
            window[i] = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / fftSize);
        }
    }

    /** Bands of each frame. */
    public int bands() {
        return bank.bands();
    }

    /** Frames of so many samples. */
    public int frames(int samples) {
        return samples / hop + 1;
    }

    /** The shortest sound that can be reflected at its edges. */
    public int minSamples() {
        return fftSize / 2 + 1;
    }

    /**
     * The spectrogram of a sound.
     *
     * @param samples at least {@link #minSamples()}
     * @return {@code [frames, bands]} float32, decibels
     */
    public float[] apply(float[] samples) {
        if (samples.length < minSamples()) {
            throw new IllegalArgumentException(
                    "the sound has " + samples.length + " samples and needs at least " + minSamples());
        }
        int frames = frames(samples.length);
        int bands = bands();
        float[] result = new float[Math.multiplyExact(frames, bands)];
        double[] frame = new double[fftSize];
        double[] power = new double[fft.bins()];
        RealFft.Scratch scratch = fft.scratch();
        for (int t = 0; t < frames; t++) {
            prepare(samples, t * hop - fftSize / 2, frame);
            fft.power(frame, power, scratch);
            for (int band = 0; band < bands; band++) {
                double energy = Math.max(bank.energy(power, band), FLOOR);
                result[t * bands + band] = (float) (DECIBELS * Math.log(energy));
            }
        }
        return result;
    }

    private void prepare(float[] samples, int from, double[] frame) {
        if (from >= 0 && from + fftSize <= samples.length) {
            for (int i = 0; i < fftSize; i++) {
                frame[i] = samples[from + i] * window[i];
            }
            return;
        }
        int last = samples.length - 1;
        for (int i = 0; i < fftSize; i++) {
            int at = Math.abs(from + i);
            frame[i] = samples[at > last ? 2 * last - at : at] * window[i];
        }
    }
}
