package dev.freebind.media.image;

import java.util.Arrays;

/**
 * Pillow's bicubic resize of 8-bit images: Keys' cubic with a = −0.5, widened when shrinking, fixed-point weights with 22
 * fraction bits, the horizontal pass first and rounded to 8 bits, then the vertical pass; a pass is left out if the size of
 * its axis does not change.
 *
 * <p>Only the part of the resized image that is asked for is computed. Bit for bit equal to Pillow's {@code
 * resize(…, BICUBIC).crop(…)}.
 */
public final class BicubicResampler {

    private static final int CHANNELS = 3;
    private static final int HALF = 1 << (ResamplingKernel.FRACTION_BITS - 1);

    private final ResamplingKernel horizontal;
    private final ResamplingKernel vertical;

    private BicubicResampler(ResamplingKernel horizontal, ResamplingKernel vertical) {
        this.horizontal = horizontal;
        this.vertical = vertical;
    }

    /**
     * Resizes a whole image.
     *
     * @param image the source
     * @param width columns of the result, at least 1
     * @param height rows of the result, at least 1
     */
    public static RgbImage resize(RgbImage image, int width, int height) {
        return resizeAndCrop(image, width, height, 0, 0, width, height);
    }

    /**
     * A rectangle of the resized image.
     *
     * @param image the source
     * @param width columns of the whole resized image, at least 1
     * @param height rows of the whole resized image, at least 1
     * @param left first column of the rectangle
     * @param top first row of the rectangle
     * @param cropWidth columns of the rectangle, inside the resized image
     * @param cropHeight rows of the rectangle, inside the resized image
     */
    public static RgbImage resizeAndCrop(
            RgbImage image, long width, long height, long left, long top, int cropWidth, int cropHeight) {
        return of(new ImageSize(image.width(), image.height()), width, height, left, top, cropWidth, cropHeight)
                .apply(image);
    }

    /** For images of a size; the parameters are those of {@link #resizeAndCrop}. */
    static BicubicResampler of(
            ImageSize size, long width, long height, long left, long top, int cropWidth, int cropHeight) {
        if (cropWidth < 1
                || cropHeight < 1
                || left < 0
                || top < 0
                || left + cropWidth > width
                || top + cropHeight > height) {
            throw new IllegalArgumentException("the rectangle " + cropWidth + " × " + cropHeight + " at " + left + ", "
                    + top + " is not inside the resized image of " + width + " × " + height);
        }
        return new BicubicResampler(
                kernel(size.width(), width, left, cropWidth), kernel(size.height(), height, top, cropHeight));
    }

    private static ResamplingKernel kernel(int in, long out, long first, int count) {
        return in == out
                ? ResamplingKernel.identity(Math.toIntExact(first), count)
                : ResamplingKernel.bicubic(in, out, first, count);
    }

    /** What the result is made of. */
    ImageRegion region() {
        return new ImageRegion(
                horizontal.sourceStart(),
                vertical.sourceStart(),
                horizontal.sourceEnd() - horizontal.sourceStart(),
                vertical.sourceEnd() - vertical.sourceStart());
    }

    /** The rectangle of an image of the size that this is for. */
    RgbImage apply(RgbImage image) {
        int[][] rows = apply(new RgbColumns(image, region()));
        int width = horizontal.outputs();
        byte[] pixels = new byte[CHANNELS * width * rows.length];
        int at = 0;
        for (int[] row : rows) {
            for (int x = 0; x < width; x++) {
                for (int channel = 0; channel < CHANNELS; channel++) {
                    pixels[at++] = (byte) row[channel * width + x];
                }
            }
        }
        return new RgbImage(width, rows.length, pixels);
    }

    /**
     * The rectangle of an image of the size that this is for.
     *
     * @param columns the pixels of its {@link #region()}
     * @return levels, {@code [cropHeight][3 * cropWidth]}: a row's reds, its greens, its blues
     */
    int[][] apply(PixelColumns columns) {
        int[][] between = weighColumns(columns);
        int[][] rows = new int[vertical.outputs()][CHANNELS * horizontal.outputs()];
        int[][] window = new int[vertical.taps()][];
        for (int y = 0; y < rows.length; y++) {
            int start = vertical.starts()[y] - vertical.sourceStart();
            int count = vertical.counts()[y];
            System.arraycopy(between, start, window, 0, count);
            weigh(window, count, vertical.weights(), y * vertical.taps(), rows[y]);
        }
        return rows;
    }

    /** The horizontal pass: {@code [rows of the region][3 * cropWidth]}. */
    private int[][] weighColumns(PixelColumns columns) {
        int width = horizontal.outputs();
        int taps = horizontal.taps();
        int height = vertical.sourceEnd() - vertical.sourceStart();
        int[][] between = new int[height][CHANNELS * width];
        // The columns that one output needs, by column modulo taps, and the same in their order.
        int[][][] kept = new int[taps][CHANNELS][height];
        int[][] window = new int[taps][];
        int[] sums = new int[height];
        int have = horizontal.sourceStart();
        for (int x = 0; x < width; x++) {
            int start = horizontal.starts()[x];
            int count = horizontal.counts()[x];
            for (; have < start + count; have++) {
                int[][] column = kept[have % taps];
                columns.read(have, column[0], column[1], column[2]);
            }
            for (int channel = 0; channel < CHANNELS; channel++) {
                for (int k = 0; k < count; k++) {
                    window[k] = kept[(start + k) % taps][channel];
                }
                weigh(window, count, horizontal.weights(), x * taps, sums);
                int at = channel * width + x;
                for (int y = 0; y < height; y++) {
                    between[y][at] = sums[y];
                }
            }
        }
        return between;
    }

    /** The weighted sum of lines, rounded and clipped. */
    private static void weigh(int[][] lines, int count, int[] weights, int at, int[] sums) {
        Arrays.fill(sums, HALF);
        int k = 0;
        for (; k + 3 < count; k += 4) {
            int w = at + k;
            add(
                    sums,
                    lines[k],
                    weights[w],
                    lines[k + 1],
                    weights[w + 1],
                    lines[k + 2],
                    weights[w + 2],
                    lines[k + 3],
                    weights[w + 3]);
        }
        for (; k < count; k++) {
            add(sums, lines[k], weights[at + k]);
        }
        clip(sums);
    }

    // One index in all arrays, one result and nothing else in a loop, so that the compiler uses vector instructions.

    private static void add(int[] sums, int[] r0, int w0, int[] r1, int w1, int[] r2, int w2, int[] r3, int w3) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += w0 * r0[i] + w1 * r1[i] + w2 * r2[i] + w3 * r3[i];
        }
    }

    private static void add(int[] sums, int[] line, int weight) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += weight * line[i];
        }
    }

    private static void clip(int[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] = Levels.clipped(sums[i] >> ResamplingKernel.FRACTION_BITS);
        }
    }
}
