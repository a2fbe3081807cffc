package com.example.colours;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Pictures made for the tests. */
final class Pictures {

    private Pictures() {}

    /** A picture of two halves. */
    static Path write(Path file, int left, int right) throws IOException {
        BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                image.setRGB(x, y, x < image.getWidth() / 2 ? left : right);
            }
        }
        ImageIO.write(image, "png", file.toFile());
        return file;
    }
}
