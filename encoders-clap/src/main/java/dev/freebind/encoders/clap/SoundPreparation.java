package dev.freebind.encoders.clap;

import dev.freebind.api.Item;
import dev.freebind.media.audio.ChunkStart;
import dev.freebind.media.audio.FixedLengthWaveform;
import dev.freebind.media.audio.FusionSpectrogram;
import dev.freebind.media.audio.LogMelSpectrogram;
import dev.freebind.media.audio.MelFilterBank;
import dev.freebind.media.audio.Resampler;
import dev.freebind.media.audio.SoundDecoder;
import java.util.Arrays;
import java.util.function.Function;

/**
 * From sound files to features: CLAP's input pipeline with its constants. Immutable, safe for use from several threads.
 *
 * @param waveform decodes, resamples and brings to ten seconds
 * @param spectrogram computes the frames
 * @param fusion whether sounds that are longer give chunks, or else are cut
 * @param starts chooses where chunks and cuts of a sound begin, by the samples of the whole sound
 */
record SoundPreparation(
        FixedLengthWaveform waveform,
        LogMelSpectrogram spectrogram,
        boolean fusion,
        Function<float[], ChunkStart> starts) {

    private static final int SAMPLE_RATE = 48_000;
    private static final int SAMPLES = 480_000;
    private static final int FFT_SIZE = 1024;
    private static final int HOP = 480;
    private static final double LOWEST_HZ = 50;
    private static final double HIGHEST_HZ = 14_000;

    /** Frames of the features. */
    static final int FRAMES = SAMPLES / HOP + 1;

    /**
     * The official pipeline.
     *
     * @param bins bands of the spectrogram
     * @param fusion whether the model was trained with fusion, which goes with another filter bank
     * @param starts as for the record
     */
    static SoundPreparation of(int bins, boolean fusion, Function<float[], ChunkStart> starts) {
        MelFilterBank bank = fusion
                ? MelFilterBank.htk(bins, FFT_SIZE, SAMPLE_RATE, LOWEST_HZ, HIGHEST_HZ)
                : MelFilterBank.slaney(bins, FFT_SIZE, SAMPLE_RATE, LOWEST_HZ, HIGHEST_HZ);
        return new SoundPreparation(
                new FixedLengthWaveform(new SoundDecoder(), Resampler.kaiserSinc(SAMPLE_RATE), SAMPLES),
                new LogMelSpectrogram(FFT_SIZE, HOP, bank),
                fusion,
                starts);
    }

    /**
     * The features of a file.
     *
     * @param item a file or bytes
     * @throws dev.freebind.api.DataException if it is no sound, naming it
     * @throws dev.freebind.api.InvalidRequestException if it is a text
     */
    SoundFeatures apply(Item item) {
        return features(waveform.whole(item));
    }

    /** The features of a whole sound, quantised samples at 48 kHz. */
    SoundFeatures features(float[] samples) {
        ChunkStart start = starts.apply(samples);
        if (!fusion) {
            return new SoundFeatures(spectrogram.apply(waveform.fit(samples, start)), null);
        }
        FusionSpectrogram.Views views = new FusionSpectrogram(waveform, spectrogram, start).apply(samples);
        int view = views.values().length / FusionSpectrogram.VIEWS;
        return new SoundFeatures(
                Arrays.copyOf(views.values(), view),
                views.longer() ? Arrays.copyOfRange(views.values(), view, views.values().length) : null);
    }
}
