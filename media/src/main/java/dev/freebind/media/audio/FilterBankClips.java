package dev.freebind.media.audio;

import dev.freebind.api.DataException;
import dev.freebind.api.Item;
import dev.freebind.media.audio.ClipSampler.Clip;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * From a sound file to clips of Kaldi filter bank features, ImageBind's audio pipeline: resample, spread clips over the
 * sound, subtract each clip's mean, compute the features of the first channel, cut or pad to a fixed number of frames,
 * normalise.
 *
 * <p>The mean is that of the clip over all channels, and is subtracted in place: where clips overlap, a later one sees what an
 * earlier one left, as in the reference. Immutable, safe for use from several threads.
 */
public final class FilterBankClips {

    private final SoundDecoder decoder;
    private final Resampler resampler;
    private final ClipSampler sampler;
    private final KaldiFilterBank filterBank;
    private final int frames;
    private final float mean;
    private final float std;

    /**
     * A pipeline with a family's constants.
     *
     * @param decoder decodes the files
     * @param resampler to the rate of the sampler and the filter bank
     * @param sampler places the clips
     * @param filterBank computes the features
     * @param frames frames of each clip, at least 1; longer clips are cut, shorter ones padded with 0 before normalising
     * @param mean subtracted from every feature
     * @param std then divided by, above 0
     */
    public FilterBankClips(
            SoundDecoder decoder,
            Resampler resampler,
            ClipSampler sampler,
            KaldiFilterBank filterBank,
            int frames,
            float mean,
            float std) {
        if (frames < 1 || !(std > 0) || resampler.targetRate() != sampler.sampleRate()) {
            throw new IllegalArgumentException("frames " + frames + ", deviation " + std + ", rates "
                    + resampler.targetRate() + " and " + sampler.sampleRate());
        }
        this.decoder = decoder;
        this.resampler = resampler;
        this.sampler = sampler;
        this.filterBank = filterBank;
        this.frames = frames;
        this.mean = mean;
        this.std = std;
    }

    /** Clips of each sound. */
    public int clips() {
        return sampler.clips();
    }

    /** Features per frame. */
    public int bands() {
        return filterBank.bank().bands();
    }

    /** Frames of each clip. */
    public int frames() {
        return frames;
    }

    /** Floats of one sound: {@code clips · bands · frames}. */
    public int length() {
        return clips() * bands() * frames;
    }

    /**
     * Prepares one sound.
     *
     * @param item a file or bytes
     * @return {@code [clips, 1, bands, frames]} float32
     * @throws DataException as {@link SoundDecoder#decode}, and if a clip is shorter than one frame
     */
    public float[] apply(Item item) {
        return apply(item.label(), decoder.decode(item));
    }

    /**
     * Prepares one decoded sound.
     *
     * @param label what messages call it
     * @param sound the sound; not changed
     * @return {@code [clips, 1, bands, frames]} float32
     * @throws DataException if a clip is shorter than one frame
     */
    public float[] apply(String label, Sound sound) {
        float[] values = new float[length()];
        Arrays.fill(values, -mean / std);
        List<Clip> clips = sampler.clips(resampler.length(sound.length(), sound.sampleRate()));
        for (int k = 0; k < clips.size(); ) {
            // Clips that overlap change each other, so they share their samples; what no clip has is not resampled.
            int start = clips.get(k).start();
            int next = k;
            int end = start;
            for (; next < clips.size() && (next == k || clips.get(next).start() < end); next++) {
                end = Math.max(end, clips.get(next).end());
            }
            List<float[]> channels = new ArrayList<>();
            for (float[] channel : sound.channels()) {
                channels.add(resampler.resample(channel, sound.sampleRate(), start, end - start));
            }
            for (; k < next; k++) {
                Clip clip = new Clip(clips.get(k).start() - start, clips.get(k).end() - start);
                putFeatures(label, channels, clip, k * bands() * frames, values);
            }
        }
        return values;
    }

    private void putFeatures(String label, List<float[]> channels, Clip clip, int at, float[] values) {
        if (clip.length() < filterBank.frameLength()) {
            throw new DataException(label + " is too short: it has " + clip.length() + " samples at "
                    + sampler.sampleRate() + " Hz, and one frame takes " + filterBank.frameLength());
        }
        subtractMean(channels, clip);
        float[] features = filterBank.apply(channels.get(0), clip.start(), clip.length(), frames);
        int bands = bands();
        for (int t = 0; t < features.length / bands; t++) {
            for (int band = 0; band < bands; band++) {
                values[at + band * frames + t] = (features[t * bands + band] - mean) / std;
            }
        }
    }

    private static void subtractMean(List<float[]> channels, Clip clip) {
        double sum = 0;
        for (float[] channel : channels) {
            for (int i = clip.start(); i < clip.end(); i++) {
                sum += channel[i];
            }
        }
        float mean = (float) (sum / ((double) clip.length() * channels.size()));
        for (float[] channel : channels) {
            for (int i = clip.start(); i < clip.end(); i++) {
                channel[i] -= mean;
            }
        }
    }
}
