package com.example.colours;

import java.awt.image.BufferedImage;
import java.util.HashMap;
import java.util.Map;

/** Which pixels of an image count. */
enum ImagePart {
    /** All. */
    WHOLE(0),
    /** The inner half of width and height. */
    CENTRE(4);

    private final int border;

    ImagePart(int border) {
        this.border = border;
    }

    /** How many pixels have each colour, at 16 steps of each channel; transparent pixels do not count. */
    Map<Integer, Integer> histogram(BufferedImage image) {
        int left = border == 0 ? 0 : image.getWidth() / border;
        int top = border == 0 ? 0 : image.getHeight() / border;
        Map<Integer, Integer> histogram = new HashMap<>();
        for (int y = top; y < image.getHeight() - top; y++) {
            for (int x = left; x < image.getWidth() - left; x++) {
                int argb = image.getRGB(x, y);
                if (argb >>> 24 >= 128) {
                    histogram.merge(argb & 0xF0F0F0 | 0x080808, 1, Integer::sum);
                }
            }
        }
        return histogram;
    }
}
