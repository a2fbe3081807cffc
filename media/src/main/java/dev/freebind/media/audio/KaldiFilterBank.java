package dev.freebind.media.audio;

/**
 * Kaldi's log mel filter bank features, as {@code torchaudio.compliance.kaldi.fbank} computes them with dither 0, a symmetric
 * Hann window and no energy column: per frame subtract the mean, pre-emphasise, window, transform, sum into bands, take the
 * natural logarithm.
 *
 * <p>Immutable, safe for use from several threads.
 */
public final class KaldiFilterBank {

    private static final double PRE_EMPHASIS = 0.97;

    /** Float32's epsilon: energies below count as this. */
    private static final double FLOOR = 0x1p-23;

    private final int frameLength;
    private final int frameShift;
    private final double[] window;
    private final RealFft fft;
    private final MelFilterBank bank;

    /**
     * A filter bank.
     *
     * @param sampleRate Hz
     * @param frameLength samples of a frame, at least 2; padded with zeros to a power of two
     * @param frameShift samples from frame to frame, at least 1
     * @param bands mel bands, at least 1
     * @param low lower edge of the first band, Hz
     * @param high upper edge of the last band, Hz, at most half the rate
     */
    public KaldiFilterBank(int sampleRate, int frameLength, int frameShift, int bands, double low, double high) {
        if (frameLength < 2 || frameLength > 1 << 20 || frameShift < 1) {
            throw new IllegalArgumentException("frames of " + frameLength + " samples every " + frameShift);
        }
        this.frameLength = frameLength;
        this.frameShift = frameShift;
        this.window = new double[frameLength];
        for (int i = 0; i < frameLength; i++) {
            window[i] = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / (frameLength - 1));
        }
        int fftSize = Math.max(4, Integer.highestOneBit(2 * frameLength - 1));
        this.fft = new RealFft(fftSize);
        this.bank = MelFilterBank.kaldi(bands, fftSize, sampleRate, low, high);
    }

    /** Samples of a frame: the shortest sound that has features. */
    public int frameLength() {
        return frameLength;
    }

    /** The bands and their triangles. */
    public MelFilterBank bank() {
        return bank;
    }

    /** Whole frames in so many samples. */
    public int frames(int samples) {
        return samples < frameLength ? 0 : 1 + (samples - frameLength) / frameShift;
    }

    /**
     * The features of a stretch of samples.
     *
     * @param samples contains the stretch
     * @param start its first sample
     * @param length its samples
     * @param maxFrames frames after these are not computed
     * @return {@code [frames, bands]} float32
     */
    public float[] apply(float[] samples, int start, int length, int maxFrames) {
        int frames = Math.min(frames(length), maxFrames);
        int bands = bank.bands();
        float[] features = new float[frames * bands];
        double[] frame = new double[2 * (fft.bins() - 1)];
        double[] power = new double[fft.bins()];
        RealFft.Scratch scratch = fft.scratch();
        for (int t = 0; t < frames; t++) {
            prepare(samples, start + t * frameShift, frame);
            fft.power(frame, power, scratch);
            for (int band = 0; band < bands; band++) {
                features[t * bands + band] = (float) Math.log(Math.max(bank.energy(power, band), FLOOR));
            }
        }
        return features;
    }

    private void prepare(float[] samples, int from, double[] frame) {
        double sum = 0;
        for (int i = 0; i < frameLength; i++) {
            sum += samples[from + i];
        }
        double mean = sum / frameLength;
        double previous = samples[from] - mean;
        for (int i = 0; i < frameLength; i++) {
            double value = samples[from + i] - mean;
            frame[i] = (value - PRE_EMPHASIS * previous) * window[i];
            previous = value;
        }
    }
}
