package dev.freebind.media.image;

/**
 * A decoded image.
 *
 * @param width columns, at least 1
 * @param height rows, at least 1
 * @param pixels {@code [height, width, 3]} bytes, 0 to 255, red first; not copied, not to be changed
 */
public record RgbImage(int width, int height, byte[] pixels) {

    /** Checks the sizes against each other. */
    public RgbImage {
        if (width < 1 || height < 1 || pixels.length != 3L * width * height) {
            throw new IllegalArgumentException(
                    "an image of " + width + " × " + height + " does not have " + pixels.length + " bytes");
        }
    }

    /** A colour component, 0 to 255. */
    public int component(int x, int y, int channel) {
        return pixels[(y * width + x) * 3 + channel] & 0xFF;
    }
}
