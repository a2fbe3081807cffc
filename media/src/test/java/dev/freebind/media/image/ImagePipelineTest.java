package dev.freebind.media.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.Item;
import dev.freebind.media.Damage;
import dev.freebind.media.Goldens;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImagePipelineTest {

    private static final ImagePipeline IMAGEBIND = new ImagePipeline(
            new ImageDecoder(),
            224,
            CropMargin.HALF_TO_EVEN,
            PixelScale.DIVIDED_BY_255,
            List.of(0.48145466f, 0.4578275f, 0.40821073f),
            List.of(0.26862954f, 0.26130258f, 0.27577711f));

    private static final ImagePipeline INTERNVL = new ImagePipeline(
            new ImageDecoder(),
            224,
            CropMargin.FLOOR,
            PixelScale.TIMES_ONE_255TH,
            List.of(0.485f, 0.456f, 0.406f),
            List.of(0.229f, 0.224f, 0.225f));

    private static float[] image(float[] batch, int index) {
        return Arrays.copyOfRange(batch, index * IMAGEBIND.length(), (index + 1) * IMAGEBIND.length());
    }

    @ParameterizedTest
    @CsvSource({"0, image_1.png", "1, image_2.jpg", "1, image_2_decoded.png", "2, image_3_rgba.png"})
    void theOfficialImageBindTransformIsReproducedToTheLastBit(int index, String name) {
        float[] expected = image(Goldens.floats("goldens/imagebind/preprocess/vision.npy"), index);
        float[] actual = IMAGEBIND.apply(Goldens.item("goldens/imagebind/inputs/" + name));
        Goldens.assertClose(actual, expected, 0, 0);
    }

    @ParameterizedTest
    @CsvSource({"0, image1_rgb_320x240.png", "1, image2_500x333.jpg", "2, image3_grey_180x131.png"})
    void theOfficialInternVlTransformIsReproduced(int index, String name) {
        float[] expected = image(Goldens.floats("goldens/internvl/preprocess/pixel_values.npy"), index);
        float[] actual = INTERNVL.apply(Goldens.item("goldens/internvl/inputs/" + name));
        Goldens.assertClose(actual, expected, 1e-6, 1e-7);
    }

    @Test
    void aGreyImageIsReadFromItsRasterNotThroughAColourSpace() {
        ImageDecoder decoder = new ImageDecoder();
        RgbImage square = IMAGEBIND.squareOf(decoder.decode(Goldens.item("goldens/imagebind/inputs/image_4_grey.png")));
        RgbImage expected =
                decoder.decode(Goldens.item("goldens/imagebind/preprocess/image_4_grey_resized_cropped.png"));
        assertThat(square.pixels()).isEqualTo(expected.pixels());
    }

    @Test
    void theTwoCropRulesDifferWhereTheMarginIsOdd() {
        assertThat(CropMargin.HALF_TO_EVEN.before(317, 224)).isEqualTo(46);
        assertThat(CropMargin.HALF_TO_EVEN.before(307, 224)).isEqualTo(42);
        assertThat(CropMargin.FLOOR.before(307, 224)).isEqualTo(41);
    }

    @ParameterizedTest
    @CsvSource({"1, 9000", "9000, 1", "224, 224", "1, 1", "223, 225"})
    void imagesOfAnyShapeBecomeASquare(int width, int height) {
        byte[] pixels = new byte[3 * width * height];
        Arrays.fill(pixels, (byte) 77);
        RgbImage square = IMAGEBIND.squareOf(new RgbImage(width, height, pixels));
        assertThat(square.width()).isEqualTo(224);
        assertThat(square.height()).isEqualTo(224);
        assertThat(square.pixels()).containsOnly((byte) 77);
    }

    @Test
    void imagesFillABatchOneAfterTheOther() {
        Item item = new Item.Bytes("dot", Goldens.resource(ImagePipelineTest.class, "dot.jpg"));
        FloatBuffer batch = FloatBuffer.allocate(2 * INTERNVL.length());
        INTERNVL.apply(item, batch);
        assertThat(batch.position()).isEqualTo(INTERNVL.length());
        INTERNVL.apply(item, batch);
        assertThat(image(batch.array(), 1)).isEqualTo(INTERNVL.apply(item));
    }

    @Test
    void onePipelineServesManyThreads() {
        Item item = new Item.Bytes("420", Goldens.resource(ImagePipelineTest.class, "420.jpg"));
        float[] expected = IMAGEBIND.apply(item);
        assertThat(IntStream.range(0, 64).parallel().mapToObj(i -> IMAGEBIND.apply(item)))
                .allSatisfy(actual -> assertThat(actual).isEqualTo(expected));
    }

    @Test
    void constantsThatCannotBeAreRefused() {
        assertThatThrownBy(() -> new ImagePipeline(
                        new ImageDecoder(),
                        224,
                        CropMargin.FLOOR,
                        PixelScale.DIVIDED_BY_255,
                        List.of(0f, 0f, 0f),
                        List.of(1f, 0f, 1f)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Only a part of these is decoded, other than in the tests of the decoder. */
    @ParameterizedTest
    @CsvSource({"420.jpg, 5000, 1", "410.jpg, 3000, 2", "420-progressive.jpg, 3000, 3", "grey-4.png, 3000, 4"})
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void damageEndsInASquareOrInAnErrorThatNamesTheItem(String name, int copies, long seed) {
        ImagePipeline small = new ImagePipeline(
                new ImageDecoder(1 << 16),
                8,
                CropMargin.FLOOR,
                PixelScale.DIVIDED_BY_255,
                List.of(0f, 0f, 0f),
                List.of(1f, 1f, 1f));
        byte[] file = Goldens.resource(ImageDecoderTest.class, name);
        int refused = Damage.tryCopies(file, copies, seed, content -> small.apply(new Item.Bytes("the item", content)));
        assertThat(refused).isBetween(copies / 10, copies);
    }
}
