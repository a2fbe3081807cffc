package dev.freebind.encoders.imagebind;

import static dev.freebind.encoders.imagebind.Goldens.assertClose;
import static dev.freebind.encoders.imagebind.Goldens.flat;
import static dev.freebind.encoders.imagebind.Goldens.floats;
import static dev.freebind.encoders.imagebind.Goldens.unit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.DataException;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.PreparingEncoder;
import dev.freebind.spi.encoders.EncoderOptions;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.spi.encoders.EncoderRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From files and captions to embeddings, through the interface that users of the encoder see. */
class ImageBindEncoderTest {

    private static final int DIMENSION = 40;
    private static final List<String> SOUNDS = List.of(
            "audio_1_16k_mono_5s.wav",
            "audio_2_44k1_stereo_3s.wav",
            "audio_3_16k_mono_1s.wav",
            "audio_4_16k_mono_odd.wav");

    @TempDir
    private static Path folder;

    private static Path vocabulary;
    private static Encoder encoder;

    @BeforeAll
    static void open() throws IOException {
        vocabulary = ClipVocabulary.write(folder);
        encoder = open(Map.of("vocabulary", vocabulary.toString()));
    }

    @AfterAll
    static void close() {
        if (encoder != null) {
            encoder.close();
        }
    }

    private static Encoder open(Map<String, String> more) {
        Map<String, String> options = new HashMap<>(more);
        options.putIfAbsent(
                "checkpoint", Goldens.path("tiny/imagebind_tiny.pth").toString());
        options.putIfAbsent("config", Goldens.path("tiny/config.json").toString());
        options.putIfAbsent("device", "cpu");
        EncoderProvider provider = new ImageBindProvider();
        return provider.open("tiny", EncoderOptions.check(provider, options, folder));
    }

    private static Item input(String name) {
        return new Item.File(Goldens.path("inputs/" + name));
    }

    private static List<Item> captions() {
        return Goldens.texts().stream().<Item>map(Item.Text::new).toList();
    }

    @Test
    void theProviderIsFoundByItsName() {
        EncoderProvider found =
                EncoderRegistry.discover(getClass().getClassLoader()).provider("imagebind");

        assertThat(found.modalities()).containsExactly(Modality.AUDIO, Modality.IMAGE, Modality.TEXT);
        assertThat(found.options()).extracting("name").doesNotHaveDuplicates().contains("checkpoint", "vocabulary");
        assertThat(found.licenceNote()).contains("CC-BY-NC-SA");
    }

    @Test
    void picturesBecomeTheOfficialEmbeddings() {
        float[] actual = flat(encoder.encode(
                Modality.IMAGE,
                List.of(input("image_1.png"), input("image_2_decoded.png"), input("image_3_rgba.png"))));

        assertClose(actual, floats("tiny/vision/21_normalized.npy"), 1e-5, "images");
    }

    @Test
    void aJpegComesCloseToTheOfficialEmbeddingWhateverDecodedIt() {
        float[] fromJpeg = encoder.encode(Modality.IMAGE, List.of(input("image_2.jpg")))[0];
        float[] official = java.util.Arrays.copyOfRange(floats("tiny/vision/21_normalized.npy"), 40, 80);

        assertClose(fromJpeg, official, 1e-3, "JPEG");
    }

    @Test
    void soundsBecomeTheOfficialEmbeddings() {
        List<Item> sounds = SOUNDS.stream().map(ImageBindEncoderTest::input).toList();

        float[] actual = flat(encoder.encode(Modality.AUDIO, sounds));

        assertClose(actual, unit(floats("tiny/audio/embedding.npy"), DIMENSION), 5e-5, "sounds");
    }

    @Test
    void captionsBecomeTheOfficialEmbeddings() {
        float[] actual = flat(encoder.encode(Modality.TEXT, captions()));

        assertClose(actual, floats("tiny/text/21_normalized.npy"), 1e-5, "captions");
    }

    @Test
    void theSizeOfBatchesDoesNotMatter() {
        try (Encoder three = open(Map.of("vocabulary", vocabulary.toString(), "batch", "3"))) {
            assertClose(
                    flat(three.encode(Modality.TEXT, captions())),
                    flat(encoder.encode(Modality.TEXT, captions())),
                    1e-5,
                    "captions by threes");
        }
    }

    @Test
    void noBatchIsLargerThanATensorOfTwoGibibytesHolds() {
        try (PreparingEncoder large = (PreparingEncoder) open(Map.of("batch", "4096"))) {
            assertThat(large.batchSize()).isEqualTo((int) ((1L << 31) / (3 * 224 * 224 * Float.BYTES)));
        }
    }

    @Test
    void weightsInHalfPrecisionGiveNearlyTheSame() {
        for (String precision : List.of("bfloat16", "float16")) {
            try (Encoder half = open(Map.of("vocabulary", vocabulary.toString(), "precision", precision))) {
                float[][] expected = encoder.encode(Modality.TEXT, captions());
                float[][] actual = half.encode(Modality.TEXT, captions());
                for (int i = 0; i < expected.length; i++) {
                    assertThat(cosine(expected[i], actual[i])).as(precision).isGreaterThan(0.999);
                }
                assertThat(flat(actual)).as("precision matters").isNotEqualTo(flat(expected));
            }
        }
    }

    @Test
    void realPicturesAndSoundsBecomeUnitRows() throws IOException {
        Path media = Goldens.shared("realdata").resolve("media");
        try (Stream<Path> files = Files.list(media)) {
            for (Path file : files.sorted().toList()) {
                Modality modality = file.toString().endsWith(".wav") ? Modality.AUDIO : Modality.IMAGE;
                float[] row = encoder.encode(modality, List.of(new Item.File(file)))[0];
                assertThat(row).hasSize(DIMENSION);
                assertThat(cosine(row, row)).as(file.toString()).isEqualTo(1, within(1e-5));
            }
        }
    }

    @Test
    void withoutAVocabularyThereIsNoText() {
        try (Encoder wordless = open(Map.of())) {
            assertThat(wordless.space().modalities()).containsExactly(Modality.AUDIO, Modality.IMAGE);
            assertThatThrownBy(() -> wordless.encode(Modality.TEXT, captions()))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("'vocabulary'");
        }
    }

    @Test
    void optionsOutOfRangeAreRefusedNamingWhatIsAllowed() {
        assertThatThrownBy(() -> open(Map.of("precision", "int8")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("float32, bfloat16, float16");
        assertThatThrownBy(() -> open(Map.of("batch", "0")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("1 to 4096");
        assertThatThrownBy(() -> open(Map.of("image-size", "225")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("225 pixels")
                .hasMessageContaining("a multiple of 14");
        assertThatThrownBy(() -> open(Map.of("device", "tpu")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("auto, cpu, gpu");
        assertThatThrownBy(
                        () -> open(Map.of("config", folder.resolve("none.json").toString())))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none.json");
    }

    private static double cosine(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
