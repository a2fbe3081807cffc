package dev.freebind.media.image;

import java.util.List;

/** How the components of a JPEG image become red, green and blue: the tables and roundings of libjpeg and Pillow. */
enum JpegColours {
    /** One component. */
    GREY {
        @Override
        void convert(int[][] levels, int[] red, int[] green, int[] blue) {
            System.arraycopy(levels[0], 0, red, 0, red.length);
            System.arraycopy(levels[0], 0, green, 0, red.length);
            System.arraycopy(levels[0], 0, blue, 0, red.length);
        }
    },
    /** Three components that are red, green and blue already. */
    RGB {
        @Override
        void convert(int[][] levels, int[] red, int[] green, int[] blue) {
            System.arraycopy(levels[0], 0, red, 0, red.length);
            System.arraycopy(levels[1], 0, green, 0, red.length);
            System.arraycopy(levels[2], 0, blue, 0, red.length);
        }
    },
    /** Luminance and two colour differences (ITU T.871). */
    YCBCR {
        @Override
        void convert(int[][] levels, int[] red, int[] green, int[] blue) {
            red(levels[0], levels[2], red);
            green(levels[0], levels[1], levels[2], green);
            blue(levels[0], levels[1], blue);
        }
    },
    /** Four inks, stored inverted as Adobe does and Pillow assumes. */
    CMYK {
        @Override
        void convert(int[][] levels, int[] red, int[] green, int[] blue) {
            print(levels[0], levels[3], red);
            print(levels[1], levels[3], green);
            print(levels[2], levels[3], blue);
        }
    },
    /** Four inks, three of them as luminance and colour differences. */
    YCCK {
        @Override
        void convert(int[][] levels, int[] red, int[] green, int[] blue) {
            YCBCR.convert(levels, red, green, blue);
            for (int[] light : List.of(red, green, blue)) {
                for (int i = 0; i < light.length; i++) {
                    light[i] = 255 - light[i];
                }
                print(light, levels[3], light);
            }
        }
    };

    private static final int FRACTION_BITS = 16;
    private static final int HALF = 1 << (FRACTION_BITS - 1);
    private static final int CR_TO_RED = 91_881;
    private static final int CB_TO_GREEN = -22_554;
    private static final int CR_TO_GREEN = -46_802;
    private static final int CB_TO_BLUE = 116_130;

    /**
     * Converts pixels.
     *
     * @param levels per component, at least as many levels, 0 to 255, as there are pixels
     * @param red receives levels, one per pixel
     * @param green receives levels, one per pixel
     * @param blue receives levels, one per pixel
     */
    abstract void convert(int[][] levels, int[] red, int[] green, int[] blue);

    // One result per loop and clipping without branches, so that the compiler uses vector instructions.

    private static void red(int[] luma, int[] redness, int[] red) {
        for (int i = 0; i < red.length; i++) {
            red[i] = Levels.clipped(luma[i] + ((CR_TO_RED * (redness[i] - 128) + HALF) >> FRACTION_BITS));
        }
    }

    private static void green(int[] luma, int[] blueness, int[] redness, int[] green) {
        for (int i = 0; i < green.length; i++) {
            int difference = CB_TO_GREEN * (blueness[i] - 128) + CR_TO_GREEN * (redness[i] - 128) + HALF;
            green[i] = Levels.clipped(luma[i] + (difference >> FRACTION_BITS));
        }
    }

    private static void blue(int[] luma, int[] blueness, int[] blue) {
        for (int i = 0; i < blue.length; i++) {
            blue[i] = Levels.clipped(luma[i] + ((CB_TO_BLUE * (blueness[i] - 128) + HALF) >> FRACTION_BITS));
        }
    }

    /** What is left of the paper's light under an inverted ink, as Pillow's conversion rounds it. */
    private static void print(int[] inverted, int[] paper, int[] light) {
        for (int i = 0; i < light.length; i++) {
            int product = (255 - inverted[i]) * paper[i] + 128;
            light[i] = Levels.clipped(paper[i] - (((product >> 8) + product) >> 8));
        }
    }
}
