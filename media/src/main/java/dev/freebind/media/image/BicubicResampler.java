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

    private static final int HALF = 1 << (ResamplingKernel.FRACTION_BITS - 1);

    private BicubicResampler() {}

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
        if (cropWidth < 1
                || cropHeight < 1
                || left < 0
                || top < 0
                || left + cropWidth > width
                || top + cropHeight > height) {
            throw new IllegalArgumentException("the rectangle " + cropWidth + " × " + cropHeight + " at " + left + ", "
                    + top + " is not inside the resized image of " + width + " × " + height);
        }
        boolean rowsChange = height != image.height();
        ResamplingKernel vertical =
                rowsChange ? ResamplingKernel.bicubic(image.height(), height, top, cropHeight) : null;
        int firstRow = vertical == null ? (int) top : vertical.sourceStart();
        int rows = vertical == null ? cropHeight : vertical.sourceEnd() - firstRow;
        int rowLength = 3 * cropWidth;
        byte[] result = new byte[rowLength * cropHeight];
        HorizontalPass horizontal = width == image.width()
                ? new CopyingPass(image, (int) left, cropWidth)
                : new WeighingPass(image, ResamplingKernel.bicubic(image.width(), width, left, cropWidth));
        if (vertical == null) {
            int[] row = new int[rowLength];
            for (int y = 0; y < rows; y++) {
                horizontal.row(firstRow + y, row);
                for (int i = 0; i < rowLength; i++) {
                    result[y * rowLength + i] = (byte) row[i];
                }
            }
        } else {
            weighRows(horizontal, vertical, rowLength, result);
        }
        return new RgbImage(cropWidth, cropHeight, result);
    }

    /** Gives rows that went through the horizontal pass, components 0 to 255. */
    private interface HorizontalPass {
        void row(int y, int[] target);
    }

    /** The pass of an axis whose size does not change. */
    private record CopyingPass(RgbImage image, int left, int columns) implements HorizontalPass {
        @Override
        public void row(int y, int[] target) {
            int source = (y * image.width() + left) * 3;
            for (int i = 0; i < 3 * columns; i++) {
                target[i] = image.pixels()[source + i] & 0xFF;
            }
        }
    }

    /**
     * The pass that weighs neighbours.
     *
     * <p>Red and green travel in the two halves of a long, so that one multiplication serves both: the sums fit in 32 bits
     * each, and a negative lower half only borrows from the upper one, which is given back at the end.
     */
    private static final class WeighingPass implements HorizontalPass {
        private final RgbImage image;
        private final ResamplingKernel kernel;
        private final long[] redGreen;
        private final long[] blue;

        WeighingPass(RgbImage image, ResamplingKernel kernel) {
            this.image = image;
            this.kernel = kernel;
            int columns = kernel.sourceEnd() - kernel.sourceStart();
            this.redGreen = new long[columns];
            this.blue = new long[columns];
        }

        @Override
        public void row(int y, int[] target) {
            byte[] pixels = image.pixels();
            long[] rg = redGreen;
            long[] b = blue;
            int origin = kernel.sourceStart();
            for (int x = 0, i = (y * image.width() + origin) * 3; x < rg.length; x++, i += 3) {
                rg[x] = (pixels[i] & 0xFFL) | (pixels[i + 1] & 0xFFL) << 32;
                b[x] = pixels[i + 2] & 0xFF;
            }
            int[] weights = kernel.weights();
            int taps = kernel.taps();
            for (int x = 0, at = 0; x < kernel.outputs(); x++, at += 3) {
                int from = kernel.starts()[x] - origin;
                int count = kernel.counts()[x];
                long sumRedGreen = HALF | (long) HALF << 32;
                long sumBlue = HALF;
                for (int k = 0, w = x * taps; k < count; k++, w++) {
                    long weight = weights[w];
                    sumRedGreen += weight * rg[from + k];
                    sumBlue += weight * b[from + k];
                }
                int red = (int) sumRedGreen;
                target[at] = clipped(red);
                target[at + 1] = clipped((int) ((sumRedGreen - red) >> 32));
                target[at + 2] = clipped((int) sumBlue);
            }
        }
    }

    private static int clipped(int sum) {
        return Math.min(Math.max(sum >> ResamplingKernel.FRACTION_BITS, 0), 255);
    }

    /** The vertical pass; keeps as many horizontally resized rows as one output row needs. */
    private static void weighRows(HorizontalPass horizontal, ResamplingKernel vertical, int rowLength, byte[] result) {
        int[][] window = new int[vertical.taps()][rowLength];
        int[] zeros = new int[rowLength];
        int[] sums = new int[rowLength];
        int have = vertical.sourceStart();
        for (int y = 0; y < vertical.outputs(); y++) {
            int start = vertical.starts()[y];
            int count = vertical.counts()[y];
            for (; have < start + count; have++) {
                horizontal.row(have, window[have % window.length]);
            }
            Arrays.fill(sums, HALF);
            int[] weights = vertical.weights();
            int w = y * vertical.taps();
            for (int k = 0; k < count; k += 4) {
                addRows(
                        sums,
                        window[(start + k) % window.length],
                        weights[w + k],
                        k + 1 < count ? window[(start + k + 1) % window.length] : zeros,
                        k + 1 < count ? weights[w + k + 1] : 0,
                        k + 2 < count ? window[(start + k + 2) % window.length] : zeros,
                        k + 2 < count ? weights[w + k + 2] : 0,
                        k + 3 < count ? window[(start + k + 3) % window.length] : zeros,
                        k + 3 < count ? weights[w + k + 3] : 0);
            }
            clip(sums);
            int target = y * rowLength;
            for (int i = 0; i < rowLength; i++) {
                result[target + i] = (byte) sums[i];
            }
        }
    }

    /** One index in all arrays and nothing else in the loop, so that the compiler uses vector instructions. */
    private static void addRows(int[] sums, int[] r0, int w0, int[] r1, int w1, int[] r2, int w2, int[] r3, int w3) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += w0 * r0[i] + w1 * r1[i] + w2 * r2[i] + w3 * r3[i];
        }
    }

    private static void clip(int[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] = Math.min(Math.max(sums[i] >> ResamplingKernel.FRACTION_BITS, 0), 255);
        }
    }
}
