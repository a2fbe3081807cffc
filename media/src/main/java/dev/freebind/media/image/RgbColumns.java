package dev.freebind.media.image;

/**
 * The columns of an image that is in memory row by row.
 *
 * @param image the whole image
 * @param region what is read of it
 */
record RgbColumns(RgbImage image, ImageRegion region) implements PixelColumns {

    @Override
    public void read(int x, int[] red, int[] green, int[] blue) {
        byte[] pixels = image.pixels();
        int step = 3 * image.width();
        int at = region.top() * step + 3 * x;
        for (int y = 0; y < red.length; y++, at += step) {
            red[y] = pixels[at] & 0xFF;
            green[y] = pixels[at + 1] & 0xFF;
            blue[y] = pixels[at + 2] & 0xFF;
        }
    }

    /** The inverse: all columns of an image as rows. */
    static RgbImage gather(PixelColumns columns, ImageSize size) {
        byte[] pixels = new byte[Math.toIntExact(3 * size.pixels())];
        int[] red = new int[size.height()];
        int[] green = new int[size.height()];
        int[] blue = new int[size.height()];
        int step = 3 * size.width();
        for (int x = 0; x < size.width(); x++) {
            columns.read(x, red, green, blue);
            for (int y = 0, at = 3 * x; y < red.length; y++, at += step) {
                pixels[at] = (byte) red[y];
                pixels[at + 1] = (byte) green[y];
                pixels[at + 2] = (byte) blue[y];
            }
        }
        return new RgbImage(size.width(), size.height(), pixels);
    }
}
