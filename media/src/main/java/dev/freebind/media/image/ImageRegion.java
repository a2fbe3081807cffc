package dev.freebind.media.image;

/**
 * A rectangle of an image.
 *
 * @param left first column
 * @param top first row
 * @param width columns, at least 1
 * @param height rows, at least 1
 */
record ImageRegion(int left, int top, int width, int height) {

    /** All of an image. */
    static ImageRegion all(ImageSize size) {
        return new ImageRegion(0, 0, size.width(), size.height());
    }

    /** The column after the last. */
    int right() {
        return left + width;
    }

    /** The row after the last. */
    int bottom() {
        return top + height;
    }
}
