package dev.freebind.media.image;

/**
 * Brings the rows of a component to the image's resolution as libjpeg does: by linear interpolation ("fancy upsampling")
 * where it is half as wide or half as high, by repetition otherwise.
 */
final class JpegUpsampler {

    private final JpegComponent component;
    private final int across;
    private final int down;
    private final boolean interpolateAcross;
    private final boolean interpolateDown;
    private final int[] sums;

    /**
     * An upsampler of one component.
     *
     * @param across how many times narrower than the image it is
     * @param down how many times lower
     */
    JpegUpsampler(JpegComponent component, int across, int down) {
        this.component = component;
        this.across = across;
        this.down = down;
        // libjpeg repeats samples of very narrow components.
        boolean wide = component.width > 2;
        this.interpolateAcross = across == 2 && (down == 1 || down == 2) && wide;
        this.interpolateDown = down == 2 && (across == 1 || (across == 2 && wide));
        this.sums = new int[component.width];
    }

    /**
     * One row of the image.
     *
     * @param y the row
     * @param levels receives at least the image's width in levels 0 to 255; has room for a padded row
     */
    void row(int y, int[] levels) {
        byte[] plane = component.plane;
        int width = component.width;
        int near = y / down * component.stride();
        if (!interpolateDown) {
            if (interpolateAcross) {
                for (int x = 0; x < width; x++) {
                    sums[x] = plane[near + x] & 0xFF;
                }
                spread(levels, 1, 2, 2);
            } else if (across == 1) {
                for (int x = 0; x < width; x++) {
                    levels[x] = plane[near + x] & 0xFF;
                }
            } else {
                for (int x = 0; x < width; x++) {
                    for (int i = 0; i < across; i++) {
                        levels[x * across + i] = plane[near + x] & 0xFF;
                    }
                }
            }
            return;
        }
        int neighbour = y / 2 + ((y & 1) == 0 ? -1 : 1);
        int far = Math.min(Math.max(neighbour, 0), component.height - 1) * component.stride();
        if (!interpolateAcross) {
            int half = (y & 1) == 0 ? 1 : 2;
            for (int x = 0; x < width; x++) {
                levels[x] = ((plane[near + x] & 0xFF) * 3 + (plane[far + x] & 0xFF) + half) >> 2;
            }
            return;
        }
        for (int x = 0; x < width; x++) {
            sums[x] = (plane[near + x] & 0xFF) * 3 + (plane[far + x] & 0xFF);
        }
        spread(levels, 8, 7, 4);
    }

    /** Doubles {@link #sums} horizontally; the two halves round differently so that errors do not add up. */
    private void spread(int[] levels, int roundLeft, int roundRight, int shift) {
        int last = sums.length - 1;
        int[] s = sums;
        levels[0] = (s[0] * 4 + roundLeft) >> shift;
        levels[1] = (s[0] * 3 + s[1] + roundRight) >> shift;
        for (int x = 1; x < last; x++) {
            int three = s[x] * 3;
            levels[2 * x] = (three + s[x - 1] + roundLeft) >> shift;
            levels[2 * x + 1] = (three + s[x + 1] + roundRight) >> shift;
        }
        levels[2 * last] = (s[last] * 3 + s[last - 1] + roundLeft) >> shift;
        levels[2 * last + 1] = (s[last] * 4 + roundRight) >> shift;
    }
}
