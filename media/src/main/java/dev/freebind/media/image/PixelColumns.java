package dev.freebind.media.image;

/**
 * The pixels of a region of an image, column by column.
 *
 * <p>Columns and not rows, because resizing begins with the horizontal pass: where neighbouring pixels of a row are neighbours
 * of the same index in arrays of their columns, the compiler weighs sixteen rows with one instruction.
 */
interface PixelColumns {

    /**
     * Reads one column.
     *
     * @param x a column of the region, counted in the whole image; at or after the last one that was read
     * @param red receives the levels of all rows of the region, 0 to 255
     * @param green receives the same number of levels
     * @param blue receives the same number of levels
     */
    void read(int x, int[] red, int[] green, int[] blue);
}
