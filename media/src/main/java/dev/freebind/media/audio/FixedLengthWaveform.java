package dev.freebind.media.audio;

import dev.freebind.api.Item;

/**
 * From a sound file to one channel at one rate, passed through 16-bit integers, and from there to a fixed length: CLAP's
 * waveform pipeline.
 *
 * <p>Immutable, safe for use from several threads if the {@link ChunkStart} given to {@link #fit} is.
 *
 * @param decoder decodes the files
 * @param resampler to the network's rate
 * @param length samples the network takes, at least 1
 */
public record FixedLengthWaveform(SoundDecoder decoder, Resampler resampler, int length) {

    /** Checks the length. */
    public FixedLengthWaveform {
        if (length < 1) {
            throw new IllegalArgumentException("the length must be at least 1: " + length);
        }
    }

    /**
     * The whole sound: channels averaged, resampled, quantised.
     *
     * @param item a file or bytes
     * @return as many samples as the sound has at the target rate
     * @throws dev.freebind.api.DataException as {@link SoundDecoder#decode}
     */
    public float[] whole(Item item) {
        Sound sound = decoder.decode(item);
        // The decoder made these samples for nobody else, and long sounds are large: no second copy.
        return quantise(resampler.resample(sound.mono(), sound.sampleRate()));
    }

    /**
     * Samples as 16-bit integers would keep them: clipped to −1…1, times 32767, cut towards zero, over 32767.
     *
     * @param samples not changed
     */
    public static float[] quantised(float[] samples) {
        return quantise(samples.clone());
    }

    private static float[] quantise(float[] samples) {
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (int) (Math.min(Math.max(samples[i], -1f), 1f) * 32_767f) / 32_767f;
        }
        return samples;
    }

    /**
     * Brings samples to the fixed length: a shorter sound is repeated as often as it fits whole and followed by silence
     * ("repeatpad"), of a longer one a stretch is taken ("rand_trunc").
     *
     * @param samples not changed
     * @param start chooses where the stretch begins
     * @return {@link #length} samples; the same array if it has that length
     */
    public float[] fit(float[] samples, ChunkStart start) {
        if (samples.length == length) {
            return samples;
        }
        float[] result = new float[length];
        if (samples.length > length) {
            int from = start.choose(0, samples.length - length);
            System.arraycopy(samples, from, result, 0, length);
        } else if (samples.length > 0) {
            for (int at = 0; at + samples.length <= length; at += samples.length) {
                System.arraycopy(samples, 0, result, at, samples.length);
            }
        }
        return result;
    }
}
