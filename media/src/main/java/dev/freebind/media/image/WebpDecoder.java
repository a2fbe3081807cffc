package dev.freebind.media.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import dev.freebind.api.DataException;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** WebP images, decoded by TwelveMonkeys' pure-Java reader. */
final class WebpDecoder {

    private WebpDecoder() {}

    static RgbImage decode(String label, byte[] content, long maxPixels) {
        try (ImageInputStream input = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
            return decode(label, input, maxPixels);
        } catch (DataException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // The reader meets damage with whatever its arithmetic runs into.
            throw new DataException(label + " is not a readable WebP image: " + e.getMessage(), e);
        }
    }

    private static RgbImage decode(String label, ImageInputStream input, long maxPixels) throws IOException {
        ImageReader reader = new WebPImageReaderSpi().createReaderInstance();
        try {
            reader.setInput(input, false, true);
            ImageSize size = ImageSize.checked(label, reader.getWidth(0), reader.getHeight(0), maxPixels);
            BufferedImage image = reader.read(0);
            if (image.getWidth() != size.width() || image.getHeight() != size.height()) {
                throw new DataException(label + " is a damaged WebP image: it claims to be " + size.width() + " × "
                        + size.height() + " pixels and has " + image.getWidth() + " × " + image.getHeight());
            }
            return rgb(image, size);
        } finally {
            reader.dispose();
        }
    }

    /** Reads the raster: going through Java2D's colours would compose transparent pixels with black. */
    private static RgbImage rgb(BufferedImage image, ImageSize size) {
        Raster raster = image.getRaster();
        int bands = raster.getNumBands();
        byte[] pixels = new byte[Math.toIntExact(3 * size.pixels())];
        int[] row = new int[size.width() * bands];
        int at = 0;
        for (int y = 0; y < size.height(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, size.width(), 1, row);
            for (int x = 0; x < row.length; x += bands) {
                pixels[at++] = (byte) row[x];
                pixels[at++] = (byte) row[x + (bands < 3 ? 0 : 1)];
                pixels[at++] = (byte) row[x + (bands < 3 ? 0 : 2)];
            }
        }
        return new RgbImage(size.width(), size.height(), pixels);
    }
}
