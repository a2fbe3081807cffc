package dev.freebind.media.image;

import dev.freebind.api.DataException;

/**
 * The size a file claims to have, checked before anything is allocated for it.
 *
 * @param width columns
 * @param height rows
 */
record ImageSize(int width, int height) {

    /** Longest side; what JPEG can express. */
    static final int MAX_SIDE = 65_535;

    /**
     * Checks a claim.
     *
     * @param label the item, for messages
     * @param maxPixels most pixels allowed
     * @throws DataException if a side is 0 or too long, or there are too many pixels
     */
    static ImageSize checked(String label, long width, long height, long maxPixels) {
        if (width < 1 || height < 1) {
            throw new DataException(label + ": the image claims to be " + width + " × " + height + " pixels");
        }
        if (width > MAX_SIDE || height > MAX_SIDE || width * height > maxPixels) {
            throw new DataException(label + ": the image claims to be " + width + " × " + height
                    + " pixels; allowed are sides up to " + MAX_SIDE + " and " + maxPixels
                    + " pixels in all: make it smaller");
        }
        return new ImageSize((int) width, (int) height);
    }

    long pixels() {
        return (long) width * height;
    }
}
