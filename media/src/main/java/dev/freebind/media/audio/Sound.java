package dev.freebind.media.audio;

import java.util.List;

/**
 * A decoded sound.
 *
 * @param sampleRate samples per second, at least 1
 * @param channels the channels, at least one, all of one length; samples nominally −1 to 1; not copied, not to be changed
 */
public record Sound(int sampleRate, List<float[]> channels) {

    /** Checks rate and lengths. */
    public Sound {
        channels = List.copyOf(channels);
        if (sampleRate < 1 || channels.isEmpty()) {
            throw new IllegalArgumentException("a sound needs a rate and a channel: " + sampleRate);
        }
        for (float[] channel : channels) {
            if (channel.length != channels.get(0).length) {
                throw new IllegalArgumentException("the channels differ in length");
            }
        }
    }

    /** Samples of each channel. */
    public int length() {
        return channels.get(0).length;
    }

    /** The mean of the channels, in float32, as librosa mixes; a single channel as it is, not copied. */
    public float[] mono() {
        if (channels.size() == 1) {
            return channels.get(0);
        }
        float[] mixed = new float[length()];
        for (float[] channel : channels) {
            for (int i = 0; i < mixed.length; i++) {
                mixed[i] += channel[i];
            }
        }
        for (int i = 0; i < mixed.length; i++) {
            mixed[i] /= channels.size();
        }
        return mixed;
    }
}
