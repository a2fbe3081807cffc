package dev.freebind.media.image;

import org.jspecify.annotations.Nullable;

/**
 * One colour component of a JPEG frame: its sampling, its coefficients while a progressive image is read, its levels where they
 * are wanted.
 */
final class JpegComponent {

    /** Position in a block, row by row, of the k-th coefficient in file order; 16 more catch indices of damaged data. */
    static final int[] NATURAL_ORDER = {
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14,
        21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60,
        61, 54, 47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63
    };

    final int id;
    final int horizontal;
    final int vertical;
    final int quantisation;

    /** Size in samples, without padding. */
    int width;

    int height;

    /** Size in blocks, without and with the padding to whole interleaved units. */
    int blockColumns;

    int blockRows;
    int paddedColumns;
    int paddedRows;

    /** The blocks whose levels are kept: first column and row, and how many. */
    ImageRegion keptBlocks = new ImageRegion(0, 0, 1, 1);

    /** Levels of the kept blocks, column by column, {@link #stride} apart. */
    byte[] plane = {};

    /** From column to column of the plane. */
    int stride;

    /** Coefficients of a progressive image, {@code [paddedRows, paddedColumns, 64]}. */
    short @Nullable [] coefficients;

    /** Factors in file order, as they were when the component's first scan began. */
    int @Nullable [] factors;

    @Nullable
    JpegHuffmanTable dc;

    @Nullable
    JpegHuffmanTable ac;

    int prediction;

    JpegComponent(int id, int horizontal, int vertical, int quantisation) {
        this.id = id;
        this.horizontal = horizontal;
        this.vertical = vertical;
        this.quantisation = quantisation;
    }

    /**
     * Makes room for the levels that a region of the image needs, with a neighbour on each side for interpolation.
     *
     * @param across how many times narrower than the image it is
     * @param down how many times lower
     */
    void keep(ImageRegion region, int across, int down) {
        int left = Math.max(region.left() / across - 1, 0) / 8;
        int top = Math.max(region.top() / down - 1, 0) / 8;
        int right = Math.min((region.right() - 1) / across + 1, width - 1) / 8;
        int bottom = Math.min((region.bottom() - 1) / down + 1, height - 1) / 8;
        keptBlocks = new ImageRegion(left, top, right - left + 1, bottom - top + 1);
        // An odd number of cache lines: columns a power of two apart would all compete for the same few.
        stride = ((8 * keptBlocks.height() + 127) & -128) | 64;
        plane = new byte[Math.multiplyExact(8 * keptBlocks.width(), stride)];
    }

    /** Whether a block's levels are kept. */
    boolean keeps(int row, int column) {
        return column >= keptBlocks.left()
                && column < keptBlocks.right()
                && row >= keptBlocks.top()
                && row < keptBlocks.bottom();
    }

    /** Where a kept block's levels begin. */
    int offset(int row, int column) {
        return (column - keptBlocks.left()) * 8 * stride + (row - keptBlocks.top()) * 8;
    }

    /** Where the levels of a column of samples would begin if all rows were kept. */
    int start(int column) {
        return (column - 8 * keptBlocks.left()) * stride - 8 * keptBlocks.top();
    }

    /** Turns the coefficients of a progressive image into the levels that are kept. */
    void reconstruct() {
        short[] all = coefficients;
        int[] table = factors;
        if (all == null || table == null) {
            throw new IllegalStateException("nothing was read");
        }
        int[] natural = new int[64];
        for (int k = 0; k < 64; k++) {
            natural[NATURAL_ORDER[k]] = table[k];
        }
        int[] block = new int[64];
        for (int row = keptBlocks.top(); row < keptBlocks.bottom(); row++) {
            for (int column = keptBlocks.left(); column < keptBlocks.right(); column++) {
                int from = (row * paddedColumns + column) * 64;
                int columns = 0;
                int firstRow = 0;
                for (int i = 0; i < 64; i++) {
                    int value = all[from + i];
                    block[i] = value * natural[i];
                    if (value != 0) {
                        if (i >= 8) {
                            columns |= 1 << (i & 7);
                        } else {
                            firstRow |= i;
                        }
                    }
                }
                int target = offset(row, column);
                if (columns == 0 && firstRow == 0) {
                    InverseDct.constant(block[0], plane, target, stride);
                } else {
                    InverseDct.transform(block, columns, plane, target, stride);
                }
            }
        }
    }
}
