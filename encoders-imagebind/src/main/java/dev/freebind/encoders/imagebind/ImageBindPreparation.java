package dev.freebind.encoders.imagebind;

import dev.freebind.media.audio.ClipSampler;
import dev.freebind.media.audio.FilterBankClips;
import dev.freebind.media.audio.KaldiFilterBank;
import dev.freebind.media.audio.Resampler;
import dev.freebind.media.audio.SoundDecoder;
import dev.freebind.media.image.CropMargin;
import dev.freebind.media.image.ImageDecoder;
import dev.freebind.media.image.ImagePipeline;
import dev.freebind.media.image.PixelScale;
import java.util.List;

/** The constants of ImageBind's input pipelines. */
final class ImageBindPreparation {

    /** CLIP's, written as the float32 they are rounded to. */
    private static final List<Float> IMAGE_MEAN = List.of(0.48145467f, 0.4578275f, 0.40821072f);

    private static final List<Float> IMAGE_STD = List.of(0.26862955f, 0.2613026f, 0.2757771f);

    private static final int SAMPLE_RATE = 16_000;
    private static final int CLIPS = 3;
    private static final double CLIP_SECONDS = 2;
    private static final int FRAME_LENGTH = 400;
    private static final int FRAME_SHIFT = 160;
    private static final double LOWEST_HZ = 20;
    private static final double HIGHEST_HZ = 8000;
    private static final float AUDIO_MEAN = -4.268f;
    private static final float AUDIO_STD = 9.138f;

    private ImageBindPreparation() {}

    /** For square images of a side. */
    static ImagePipeline images(int side) {
        return new ImagePipeline(
                new ImageDecoder(), side, CropMargin.HALF_TO_EVEN, PixelScale.DIVIDED_BY_255, IMAGE_MEAN, IMAGE_STD);
    }

    /** Three clips of two seconds for each sound. */
    static FilterBankClips sounds(int bins, int frames) {
        return new FilterBankClips(
                new SoundDecoder(),
                Resampler.hannSinc(SAMPLE_RATE),
                new ClipSampler(CLIPS, CLIP_SECONDS, SAMPLE_RATE),
                new KaldiFilterBank(SAMPLE_RATE, FRAME_LENGTH, FRAME_SHIFT, bins, LOWEST_HZ, HIGHEST_HZ),
                frames,
                AUDIO_MEAN,
                AUDIO_STD);
    }
}
