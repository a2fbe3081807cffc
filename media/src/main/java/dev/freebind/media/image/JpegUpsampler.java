package dev.freebind.media.image;

import java.util.Arrays;

/**
 * Brings the columns of a component to the image's resolution as libjpeg does: by linear interpolation ("fancy upsampling")
 * where it is half as wide or half as high, by repetition otherwise.
 *
 * <p>A column is stretched vertically once and then serves the image's columns beside it.
 */
final class JpegUpsampler {

    /** A stretched column and its neighbours. */
    private static final int KEPT = 3;

    private final JpegComponent component;
    private final int across;
    private final int down;
    private final boolean interpolateAcross;
    private final boolean interpolateDown;
    private final int top;
    private final int rows;
    private final int[][] stretched;
    private final int[] kept = new int[KEPT];
    private final int[] levels;

    /**
     * An upsampler of one component.
     *
     * @param across how many times narrower than the image it is
     * @param down how many times lower
     * @param region what is wanted of the image
     */
    JpegUpsampler(JpegComponent component, int across, int down, ImageRegion region) {
        this.component = component;
        this.across = across;
        this.down = down;
        this.top = region.top();
        this.rows = region.height();
        // libjpeg repeats samples of very narrow components.
        boolean wide = component.width > 2;
        this.interpolateAcross = across == 2 && (down == 1 || down == 2) && wide;
        this.interpolateDown = down == 2 && (across == 1 || (across == 2 && wide));
        this.stretched = new int[KEPT][rows];
        this.levels = new int[interpolateAcross ? rows : 0];
        Arrays.fill(kept, -1);
    }

    /**
     * One column of the image.
     *
     * @param x the column
     * @return a level, 0 to 255, for every row of the region; valid until the next call
     */
    int[] column(int x) {
        int near = x / across;
        if (!interpolateAcross) {
            return stretched(near);
        }
        boolean left = (x & 1) == 0;
        int neighbour = Math.min(Math.max(near + (left ? -1 : 1), 0), component.width - 1);
        // The two halves round differently so that errors do not add up.
        if (interpolateDown) {
            blend(stretched(near), stretched(neighbour), left ? 8 : 7, 4);
        } else {
            blend(stretched(near), stretched(neighbour), left ? 1 : 2, 2);
        }
        return levels;
    }

    private void blend(int[] near, int[] far, int rounding, int shift) {
        for (int i = 0; i < levels.length; i++) {
            levels[i] = (near[i] * 3 + far[i] + rounding) >> shift;
        }
    }

    private int[] stretched(int column) {
        int slot = column % KEPT;
        int[] values = stretched[slot];
        if (kept[slot] != column) {
            kept[slot] = column;
            stretch(column, values);
        }
        return values;
    }

    private void stretch(int column, int[] values) {
        byte[] plane = component.plane;
        int start = component.start(column);
        if (interpolateDown) {
            interpolate(plane, start, values);
        } else if (down == 1) {
            for (int i = 0; i < rows; i++) {
                values[i] = plane[start + top + i] & 0xFF;
            }
        } else {
            for (int i = 0; i < rows; i++) {
                values[i] = plane[start + (top + i) / down] & 0xFF;
            }
        }
    }

    /** Three parts near and one part far; divided by four only where there is no horizontal interpolation to come. */
    private void interpolate(byte[] plane, int start, int[] values) {
        int shift = interpolateAcross ? 0 : 2;
        int roundAbove = interpolateAcross ? 0 : 1;
        int roundBelow = interpolateAcross ? 0 : 2;
        int first = top / 2;
        int last = (top + rows - 1) / 2;
        int above = plane[start + Math.max(first - 1, 0)] & 0xFF;
        int here = plane[start + first] & 0xFF;
        for (int y = first; y <= last; y++) {
            int below = plane[start + Math.min(y + 1, component.height - 1)] & 0xFF;
            int i = 2 * y - top;
            if (i >= 0) {
                values[i] = (here * 3 + above + roundAbove) >> shift;
            }
            if (i + 1 < rows) {
                values[i + 1] = (here * 3 + below + roundBelow) >> shift;
            }
            above = here;
            here = below;
        }
    }
}
