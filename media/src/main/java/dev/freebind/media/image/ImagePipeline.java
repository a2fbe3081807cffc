package dev.freebind.media.image;

import dev.freebind.api.Item;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * From an image file to what an image network takes: decode, resize the short side bicubically (the long side becomes {@code
 * side · long / short}, rounded down), crop the centre square, scale to 0…1 and normalise per channel.
 *
 * <p>Immutable, safe for use from several threads.
 */
public final class ImagePipeline {

    private static final int LEVELS = 256;

    private final ImageDecoder decoder;
    private final int side;
    private final CropMargin margin;
    /** What each 8-bit level becomes, per channel. */
    private final float[][] normalised = new float[3][LEVELS];

    /**
     * A pipeline with a family's constants.
     *
     * @param decoder decodes the files
     * @param side pixels of the square, 1 to 4096
     * @param margin how the crop splits an odd margin
     * @param scale how levels become fractions
     * @param mean subtracted per channel, red first; three numbers
     * @param std divided by per channel, red first; three numbers above 0
     */
    public ImagePipeline(
            ImageDecoder decoder, int side, CropMargin margin, PixelScale scale, List<Float> mean, List<Float> std) {
        if (side < 1 || side > 4096) {
            throw new IllegalArgumentException("the side must be 1 to 4096 pixels: " + side);
        }
        if (mean.size() != 3 || std.size() != 3 || std.stream().anyMatch(value -> !(value > 0))) {
            throw new IllegalArgumentException("three means and three positive deviations are needed: " + mean + std);
        }
        this.decoder = decoder;
        this.side = side;
        this.margin = margin;
        for (int channel = 0; channel < 3; channel++) {
            for (int level = 0; level < LEVELS; level++) {
                normalised[channel][level] = (scale.apply(level) - mean.get(channel)) / std.get(channel);
            }
        }
    }

    /** Pixels of the square. */
    public int side() {
        return side;
    }

    /** Floats of one image: {@code 3 · side · side}. */
    public int length() {
        return 3 * side * side;
    }

    /**
     * Prepares one image.
     *
     * @param item a file or bytes
     * @return {@code [3, side, side]} float32, red plane first
     * @throws dev.freebind.api.DataException as {@link ImageDecoder#decode}
     */
    public float[] apply(Item item) {
        PixelSource image = decoder.open(item);
        BicubicResampler resampler = resampler(image.size());
        return normalised(resampler.apply(image.columns(resampler.region())));
    }

    /**
     * Prepares one image into a batch: writes {@link #length()} floats at the buffer's position and advances it.
     *
     * @param item a file or bytes
     * @param target receives {@code [3, side, side]} float32
     * @throws dev.freebind.api.DataException as {@link ImageDecoder#decode}
     */
    public void apply(Item item, FloatBuffer target) {
        target.put(apply(item));
    }

    /**
     * Resizes and crops, in 8 bits.
     *
     * @return the square that is then normalised
     */
    public RgbImage squareOf(RgbImage image) {
        return resampler(new ImageSize(image.width(), image.height())).apply(image);
    }

    private BicubicResampler resampler(ImageSize size) {
        long width = size.width();
        long height = size.height();
        long resizedWidth = width <= height ? side : side * width / height;
        long resizedHeight = width <= height ? side * height / width : side;
        return BicubicResampler.of(
                size,
                resizedWidth,
                resizedHeight,
                margin.before(resizedWidth, side),
                margin.before(resizedHeight, side),
                side,
                side);
    }

    private float[] normalised(int[][] square) {
        float[] values = new float[length()];
        for (int channel = 0; channel < 3; channel++) {
            float[] table = normalised[channel];
            for (int y = 0; y < side; y++) {
                int[] row = square[y];
                int from = channel * side;
                int to = (channel * side + y) * side;
                for (int x = 0; x < side; x++) {
                    values[to + x] = table[row[from + x]];
                }
            }
        }
        return values;
    }
}
