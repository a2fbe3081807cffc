package dev.freebind.media.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.media.Goldens;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BicubicResamplerTest {

    private static RgbImage noise(int width, int height) {
        byte[] pixels = new byte[3 * width * height];
        new Random(5).nextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    @ParameterizedTest
    @CsvSource({
        "1, image1_rgb_320x240.png, 298, 224",
        "2, image2_500x333.jpg, 336, 224",
        "3, image3_grey_180x131.png, 307, 224"
    })
    void theReferenceImagesResizeExactly(int number, String name, int width, int height) {
        RgbImage source = new ImageDecoder().decode(Goldens.item("goldens/internvl/inputs/" + name));
        int[] expected = Goldens.ints("goldens/internvl/preprocess/resized_rgb_" + number + ".npy");
        byte[] pixels = BicubicResampler.resize(source, width, height).pixels();
        assertThat(pixels.length).isEqualTo(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(pixels[i] & 0xFF).as("byte %d", i).isEqualTo(expected[i]);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "8, '0,0,0,0,255,255,255,255', '0,0,128,255,255'",
        "9, '0,0,0,0,255,255,255,17,255', '0,0,84,255,166,161'",
        "9, '0,0,0,0,255,255,255,17,255', '0,0,0,0,0,68,255,255,255,243,44,117,255'"
    })
    void pillowsNumbersForEdgesAreReproduced(int width, String levels, String expected) {
        byte[] pixels = new byte[3 * width];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) Integer.parseInt(levels.split(",")[i / 3]);
        }
        String[] wanted = expected.split(",");
        RgbImage resized = BicubicResampler.resize(new RgbImage(width, 1, pixels), wanted.length, 1);
        for (int x = 0; x < wanted.length; x++) {
            for (int channel = 0; channel < 3; channel++) {
                assertThat(resized.component(x, 0, channel)).isEqualTo(Integer.parseInt(wanted[x]));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"40, 30, 17, 23", "17, 23, 40, 30", "40, 30, 40, 11", "40, 30, 13, 30", "40, 30, 40, 30"})
    void aRectangleOfTheResizedImageEqualsThatOfTheWhole(int width, int height, int newWidth, int newHeight) {
        RgbImage source = noise(width, height);
        RgbImage whole = BicubicResampler.resize(source, newWidth, newHeight);
        RgbImage part = BicubicResampler.resizeAndCrop(source, newWidth, newHeight, 3, 4, 7, 5);
        for (int y = 0; y < 5; y++) {
            for (int x = 0; x < 7; x++) {
                for (int channel = 0; channel < 3; channel++) {
                    assertThat(part.component(x, y, channel)).isEqualTo(whole.component(x + 3, y + 4, channel));
                }
            }
        }
    }

    @Test
    void anEvenSurfaceStaysEvenAtAnySize() {
        byte[] pixels = new byte[3 * 19 * 7];
        Arrays.fill(pixels, (byte) 201);
        RgbImage resized = BicubicResampler.resize(new RgbImage(19, 7, pixels), 64, 3);
        assertThat(resized.pixels()).containsOnly((byte) 201);
    }

    @Test
    void aRectangleOutsideIsRefused() {
        assertThatThrownBy(() -> BicubicResampler.resizeAndCrop(noise(4, 4), 8, 8, 5, 0, 4, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4 × 4 at 5, 0");
    }
}
