package dev.freebind.encoders.internvl;

import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.testkit.EncoderProviderContract;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/** What every provider promises, proven for the sample model among the test resources. */
class InternVlContractTest extends EncoderProviderContract {

    private final Path sample = sample();

    private static Path sample() {
        try {
            return Path.of(InternVlContractTest.class
                            .getResource("sample/config.json")
                            .toURI())
                    .getParent();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    protected EncoderProvider provider() {
        return new InternVlProvider();
    }

    @Override
    protected Path folder() {
        return sample;
    }

    @Override
    protected Map<String, String> options() {
        return Map.of("checkpoint", ".", "device", "cpu");
    }

    @Override
    protected List<? extends Item> items(Modality modality) {
        return modality.equals(Modality.TEXT)
                ? List.of(new Item.Text("a dog"), new Item.Text("a photo of a cat"), new Item.Text(""))
                : List.of(
                        new Item.File(sample.resolve("image3_grey_180x131.png")),
                        new Item.File(sample.resolve("image1_rgb_320x240.png")),
                        new Item.Bytes("gradient.png", gradient()));
    }

    private static byte[] gradient() {
        BufferedImage image = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                image.setRGB(x, y, (4 * x << 16) | (5 * y << 8));
            }
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", png);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return png.toByteArray();
    }
}
