package dev.freebind.encoders.internvl;

import dev.freebind.media.image.CropMargin;
import dev.freebind.media.image.ImageDecoder;
import dev.freebind.media.image.ImagePipeline;
import dev.freebind.media.image.PixelScale;
import java.util.List;

/** The constants of InternVL's input pipelines. */
final class InternVlPreparation {

    private static final List<Float> IMAGE_MEAN = List.of(0.485f, 0.456f, 0.406f);
    private static final List<Float> IMAGE_STD = List.of(0.229f, 0.224f, 0.225f);

    private InternVlPreparation() {}

    /** For square images of a side, as transformers' CLIPImageProcessor does it. */
    static ImagePipeline images(int side) {
        return new ImagePipeline(
                new ImageDecoder(), side, CropMargin.FLOOR, PixelScale.TIMES_ONE_255TH, IMAGE_MEAN, IMAGE_STD);
    }
}
