package dev.freebind.media.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.media.Damage;
import dev.freebind.media.Goldens;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {

    private final ImageDecoder decoder = new ImageDecoder();

    private static Item.Bytes sample(String name) {
        return new Item.Bytes("the item", Goldens.resource(ImageDecoderTest.class, name));
    }

    private static Item.Bytes item(byte[] content) {
        return new Item.Bytes("the item", content);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "grey-1.png",
                "grey-2.png",
                "grey-4.png",
                "grey-8.png",
                "grey-16.png",
                "grey-transparent.png",
                "grey-alpha-8.png",
                "grey-alpha-16.png",
                "rgb-8.png",
                "rgb-16.png",
                "rgba-8.png",
                "rgba-16.png",
                "palette-1.png",
                "palette-4.png",
                "palette-8.png",
                "interlaced-rgb-8.png",
                "interlaced-grey-2.png",
                "interlaced-rgba-16.png",
                "444.jpg",
                "422.jpg",
                "420.jpg",
                "440.jpg",
                "411.jpg",
                "410.jpg",
                "420-progressive.jpg",
                "444-progressive.jpg",
                "grey.jpg",
                "rgb.jpg",
                "cmyk.jpg",
                "lowest.jpg",
                "narrow.jpg",
                "dot.jpg",
                "restart.jpg",
                "restart-progressive.jpg",
                "lossless.webp",
                "lossless-alpha.webp"
            })
    void everyKindOfImageHasThePixelsThatPillowSees(String name) {
        RgbImage image = decoder.decode(sample(name));
        assertThat(image.pixels()).isEqualTo(Goldens.resource(ImageDecoderTest.class, name + ".rgb"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rgb-8.png",
                "444.jpg",
                "422.jpg",
                "420.jpg",
                "440.jpg",
                "411.jpg",
                "410.jpg",
                "420-progressive.jpg",
                "cmyk.jpg",
                "narrow.jpg",
                "restart.jpg"
            })
    void aRegionDecodesAsThatPartOfTheWholeImage(String name) {
        RgbImage whole = decoder.decode(sample(name));
        Random random = new Random(11);
        for (int i = 0; i < 50; i++) {
            int left = random.nextInt(whole.width());
            int top = random.nextInt(whole.height());
            ImageRegion region = new ImageRegion(
                    left, top, 1 + random.nextInt(whole.width() - left), 1 + random.nextInt(whole.height() - top));
            PixelColumns columns = decoder.open(sample(name)).columns(region);
            int[][] levels = new int[3][region.height()];
            for (int x = left; x < region.right(); x++) {
                columns.read(x, levels[0], levels[1], levels[2]);
                for (int y = 0; y < region.height(); y++) {
                    for (int channel = 0; channel < 3; channel++) {
                        assertThat(levels[channel][y])
                                .as("%s, column %d, row %d, channel %d", region, x, top + y, channel)
                                .isEqualTo(whole.component(x, top + y, channel));
                    }
                }
            }
        }
    }

    @Test
    void aLossyWebpImageIsCloseToWhatPillowSeesButForItsColourEdges() {
        byte[] expected = Goldens.resource(ImageDecoderTest.class, "lossy.webp.rgb");
        byte[] actual = decoder.decode(sample("lossy.webp")).pixels();
        assertThat(actual).hasSameSizeAs(expected);
        double luminance = 0;
        for (int i = 0; i < actual.length; i += 3) {
            luminance += Math.abs(luminance(actual, i) - luminance(expected, i));
        }
        assertThat(luminance * 3 / actual.length).isLessThan(2.5);
    }

    private static double luminance(byte[] pixels, int at) {
        return 0.299 * (pixels[at] & 0xFF) + 0.587 * (pixels[at + 1] & 0xFF) + 0.114 * (pixels[at + 2] & 0xFF);
    }

    @ParameterizedTest
    @CsvSource({"BBQ.jpeg, 1440, 810, 1cfe4b91", "toilet.jpeg, 1920, 1080, ec800600", "train.jpeg, 1920, 1080, c8909ce5"
    })
    void realPhotosHaveThePixelsThatPillowSees(String name, int width, int height, String checksum) {
        RgbImage image = decoder.decode(Goldens.item("realdata/media/" + name));
        assertThat(image.width()).isEqualTo(width);
        assertThat(image.height()).isEqualTo(height);
        CRC32 crc = new CRC32();
        crc.update(image.pixels());
        assertThat(String.format("%08x", crc.getValue())).isEqualTo(checksum);
    }

    @ParameterizedTest
    @CsvSource({"1, image1_rgb_320x240.png", "2, image2_500x333.jpg", "3, image3_grey_180x131.png"})
    void theReferenceImagesDecodeExactly(int number, String name) {
        int[] expected = Goldens.ints("goldens/internvl/preprocess/decoded_rgb_" + number + ".npy");
        byte[] pixels =
                decoder.decode(Goldens.item("goldens/internvl/inputs/" + name)).pixels();
        assertThat(pixels.length).isEqualTo(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(pixels[i] & 0xFF).isEqualTo(expected[i]);
        }
    }

    @Test
    void aJpegDecodesLikeItsPngCopy() {
        assertThat(decoder.decode(Goldens.item("goldens/imagebind/inputs/image_2.jpg"))
                        .pixels())
                .isEqualTo(decoder.decode(Goldens.item("goldens/imagebind/inputs/image_2_decoded.png"))
                        .pixels());
    }

    @ParameterizedTest
    @ValueSource(strings = {"rgb-8.png", "420.jpg", "420-progressive.jpg"})
    void anImageCutAnywhereIsCalledTruncated(String name) {
        byte[] whole = sample(name).content();
        for (int length = 40; length < whole.length - 60; length += 7) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> decoder.decode(item(cut)))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("the item");
        }
        byte[] half = Arrays.copyOf(whole, whole.length * 3 / 4);
        assertThatThrownBy(() -> decoder.decode(item(half))).hasMessageContaining("truncated");
    }

    @Test
    void aSmallPngThatClaimsToBeHugeIsRefusedBeforeMemoryIsAllocated() {
        byte[] forged = withPngSize(sample("rgb-8.png").content(), 9_000, 9_000);
        assertThatThrownBy(() -> decoder.decode(item(forged)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("the item is a damaged PNG image: it claims to be 9000 × 9000 pixels")
                .hasMessageContaining("truncated or forged");
    }

    @Test
    void anImageAboveTheLimitIsRefusedNamingTheLimit() {
        byte[] huge = withPngSize(sample("rgb-8.png").content(), 30_000, 30_000);
        assertThatThrownBy(() -> decoder.decode(item(huge)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("30000 × 30000")
                .hasMessageContaining("89478485 pixels in all");
        assertThatThrownBy(() -> new ImageDecoder(100).decode(sample("rgb-8.png")))
                .hasMessageContaining("13 × 11 pixels")
                .hasMessageContaining("100 pixels in all");
    }

    private static byte[] withPngSize(byte[] png, int width, int height) {
        ByteBuffer copy = ByteBuffer.wrap(png.clone());
        copy.putInt(16, width).putInt(20, height);
        CRC32 crc = new CRC32();
        crc.update(copy.array(), 12, 17);
        copy.putInt(29, (int) crc.getValue());
        return copy.array();
    }

    @Test
    void whatIsNoImageIsSaidWithItsFirstBytes() {
        assertThatThrownBy(() -> decoder.decode(item("GIF89a and more".getBytes())))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "the item is not a PNG, JPEG or WebP image; it begins with the bytes 47 49 46 38 39 61 20 61");
        assertThatThrownBy(() -> decoder.decode(item(new byte[0]))).hasMessage("the item is empty");
        assertThatThrownBy(() -> decoder.decode(new Item.Text("a dog"))).isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void aMissingFileIsNamed(@TempDir Path folder) throws Exception {
        assertThatThrownBy(() -> decoder.decode(new Item.File(folder.resolve("cat.png"))))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("cat.png does not exist");
        Files.createDirectory(folder.resolve("cats.png"));
        assertThatThrownBy(() -> decoder.decode(new Item.File(folder.resolve("cats.png"))))
                .hasMessageContaining("is a folder");
    }

    @ParameterizedTest
    @CsvSource({
        "rgb-8.png, 12000, 1",
        "interlaced-grey-2.png, 4000, 2",
        "palette-4.png, 4000, 3",
        "420.jpg, 12000, 4",
        "420-progressive.jpg, 6000, 5",
        "restart.jpg, 4000, 6",
        "lossless.webp, 3000, 7",
        "lossy.webp, 3000, 8"
    })
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void damageEndsInAnImageOrInAnErrorThatNamesTheItem(String name, int copies, long seed) {
        ImageDecoder small = new ImageDecoder(1 << 16);
        int refused = Damage.tryCopies(sample(name).content(), copies, seed, content -> small.decode(item(content)));
        assertThat(refused).isBetween(copies / 10, copies);
    }

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void damagedPixelDataWithRightChecksumsEndsTheSameWay() {
        byte[] png = sample("rgb-8.png").content();
        ImageDecoder small = new ImageDecoder(1 << 16);
        int refused = Damage.tryCopies(
                Arrays.copyOfRange(png, 8, png.length), 12_000, 9, chunks -> small.decode(item(repaired(png, chunks))));
        assertThat(refused).isGreaterThan(5_000);
    }

    /** Puts the signature in front of damaged chunks and rewrites their checksums. */
    private static byte[] repaired(byte[] png, byte[] chunks) {
        ByteBuffer file = ByteBuffer.allocate(8 + chunks.length);
        file.put(png, 0, 8).put(chunks);
        for (int at = 8; at + 12 <= file.capacity(); ) {
            long length = file.getInt(at) & 0xFFFFFFFFL;
            if (at + 12 + length > file.capacity()) {
                break;
            }
            CRC32 crc = new CRC32();
            crc.update(file.array(), at + 4, (int) length + 4);
            file.putInt(at + 8 + (int) length, (int) crc.getValue());
            at += 12 + (int) length;
        }
        return file.array();
    }
}
