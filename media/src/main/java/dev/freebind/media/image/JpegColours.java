package dev.freebind.media.image;

/** How the components of a JPEG image become red, green and blue: the tables and roundings of libjpeg and Pillow. */
enum JpegColours {
    /** One component. */
    GREY {
        @Override
        void convert(int[][] levels, int width, byte[] pixels, int target) {
            int[] grey = levels[0];
            for (int x = 0, at = target; x < width; x++, at += 3) {
                byte value = (byte) grey[x];
                pixels[at] = value;
                pixels[at + 1] = value;
                pixels[at + 2] = value;
            }
        }
    },
    /** Three components that are red, green and blue already. */
    RGB {
        @Override
        void convert(int[][] levels, int width, byte[] pixels, int target) {
            for (int x = 0, at = target; x < width; x++, at += 3) {
                pixels[at] = (byte) levels[0][x];
                pixels[at + 1] = (byte) levels[1][x];
                pixels[at + 2] = (byte) levels[2][x];
            }
        }
    },
    /** Luminance and two colour differences (ITU T.871), 16 fraction bits. */
    YCBCR {
        @Override
        void convert(int[][] levels, int width, byte[] pixels, int target) {
            int[] luma = levels[0];
            int[] blueness = levels[1];
            int[] redness = levels[2];
            for (int x = 0, at = target; x < width; x++, at += 3) {
                int y = luma[x];
                int cb = blueness[x] - 128;
                int cr = redness[x] - 128;
                pixels[at] = (byte) clipped(y + ((CR_TO_RED * cr + HALF) >> 16));
                pixels[at + 1] = (byte) clipped(y + ((CB_TO_GREEN * cb + CR_TO_GREEN * cr + HALF) >> 16));
                pixels[at + 2] = (byte) clipped(y + ((CB_TO_BLUE * cb + HALF) >> 16));
            }
        }
    },
    /** Four inks, stored inverted as Adobe does and Pillow assumes. */
    CMYK {
        @Override
        void convert(int[][] levels, int width, byte[] pixels, int target) {
            for (int x = 0, at = target; x < width; x++, at += 3) {
                int paper = levels[3][x];
                pixels[at] = (byte) printed(levels[0][x], paper);
                pixels[at + 1] = (byte) printed(levels[1][x], paper);
                pixels[at + 2] = (byte) printed(levels[2][x], paper);
            }
        }
    },
    /** Four inks, three of them as luminance and colour differences. */
    YCCK {
        @Override
        void convert(int[][] levels, int width, byte[] pixels, int target) {
            for (int x = 0, at = target; x < width; x++, at += 3) {
                int y = levels[0][x];
                int cb = levels[1][x] - 128;
                int cr = levels[2][x] - 128;
                int paper = levels[3][x];
                pixels[at] = (byte) printed(clipped(255 - (y + ((CR_TO_RED * cr + HALF) >> 16))), paper);
                pixels[at + 1] = (byte) printed(
                        clipped(255 - (y + ((CB_TO_GREEN * cb + CR_TO_GREEN * cr + HALF) >> 16))), paper);
                pixels[at + 2] = (byte) printed(clipped(255 - (y + ((CB_TO_BLUE * cb + HALF) >> 16))), paper);
            }
        }
    };

    private static final int HALF = 1 << 15;
    private static final int CR_TO_RED = 91_881;
    private static final int CB_TO_GREEN = -22_554;
    private static final int CR_TO_GREEN = -46_802;
    private static final int CB_TO_BLUE = 116_130;

    /**
     * Converts one row.
     *
     * @param levels per component, at least {@code width} levels 0 to 255
     * @param width pixels
     * @param pixels receives three bytes per pixel
     * @param target index of the first
     */
    abstract void convert(int[][] levels, int width, byte[] pixels, int target);

    private static int clipped(int level) {
        return Math.min(Math.max(level, 0), 255);
    }

    /** What is left of the paper's light under an inverted ink, as Pillow's conversion rounds it. */
    private static int printed(int inverted, int paper) {
        int product = (255 - inverted) * paper + 128;
        return clipped(paper - (((product >> 8) + product) >> 8));
    }
}
