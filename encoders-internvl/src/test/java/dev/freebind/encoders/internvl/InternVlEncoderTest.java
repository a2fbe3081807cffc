package dev.freebind.encoders.internvl;

import static dev.freebind.encoders.internvl.Goldens.assertClose;
import static dev.freebind.encoders.internvl.Goldens.flat;
import static dev.freebind.encoders.internvl.Goldens.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.DataException;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.spi.encoders.EncoderOptions;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.spi.encoders.EncoderRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From files and captions to embeddings, through the interface that users of the encoder see. */
class InternVlEncoderTest {

    private static final int DIMENSION = 24;
    private static final String PNG = "image1_rgb_320x240.png";
    private static final String JPEG = "image2_500x333.jpg";
    private static final String GREY = "image3_grey_180x131.png";

    @TempDir
    private static Path folder;

    private static Encoder encoder;

    @BeforeAll
    static void open() {
        encoder = open(Map.of());
    }

    @AfterAll
    static void close() {
        if (encoder != null) {
            encoder.close();
        }
    }

    private static Encoder open(Map<String, String> more) {
        Map<String, String> options = new HashMap<>(more);
        options.putIfAbsent("checkpoint", Goldens.path("tiny").toString());
        options.putIfAbsent("device", "cpu");
        EncoderProvider provider = new InternVlProvider();
        return provider.open("tiny", EncoderOptions.check(provider, options, folder));
    }

    private static Item input(String name) {
        return new Item.File(Goldens.path("inputs/" + name));
    }

    private static List<Item> images() {
        return List.of(input(PNG), input(JPEG), input(GREY));
    }

    private static List<Item> captions() {
        return Goldens.texts().stream().<Item>map(Item.Text::new).toList();
    }

    @Test
    void theProviderIsFoundByItsName() {
        EncoderProvider found =
                EncoderRegistry.discover(getClass().getClassLoader()).provider("internvl");

        assertThat(found.modalities()).containsExactly(Modality.IMAGE, Modality.TEXT);
        assertThat(found.options()).extracting("name").doesNotHaveDuplicates().contains("checkpoint", "padding");
        assertThat(found.licenceNote()).contains("MIT", "LLaMA");
    }

    @Test
    void picturesBecomeTheOfficialEmbeddings() {
        float[] expected = floats("tiny/image/image_features_normalized.npy");

        assertClose(flat(encoder.encode(Modality.IMAGE, images())), expected, Goldens.UNIT, "images");
    }

    @Test
    void captionsBecomeTheOfficialEmbeddings() {
        float[] expected = floats("tiny/text/text_features_normalized.npy");

        assertThat(encoder.space().dimension()).isEqualTo(DIMENSION);
        assertThat(encoder.space().modalities()).containsExactly(Modality.IMAGE, Modality.TEXT);
        assertClose(flat(encoder.encode(Modality.TEXT, captions())), expected, Goldens.UNIT, "captions");
    }

    @Test
    void cosinesTimesTheLogitScaleAreTheOfficialLogits() {
        for (String model : List.of("tiny", "tiny_bf16")) {
            try (Checkpoint checkpoint = Checkpoint.open(Goldens.path(model));
                    Encoder opened = open(Map.of(
                            "checkpoint", Goldens.path(model).toString(),
                            "tokenizer", Goldens.path("tiny").toString()))) {
                double scale = Math.exp(checkpoint.floats("logit_scale")[0]);
                float[][] texts = opened.encode(Modality.TEXT, captions());
                float[][] images = opened.encode(Modality.IMAGE, images());
                float[] logits = new float[images.length * texts.length];
                for (int i = 0; i < logits.length; i++) {
                    logits[i] = (float) (scale * Goldens.cosine(images[i / texts.length], texts[i % texts.length]));
                }

                Goldens.assertRelative(logits, floats(model + "/logits_per_image.npy"), model + " logits");
            }
        }
    }

    @Test
    void aModelStoredInBfloat16NeedsNothingButItsFolderAndATokenizer() {
        try (Encoder half = open(Map.of(
                "checkpoint", Goldens.path("tiny_bf16").toString(),
                "tokenizer", Goldens.path("tiny/tokenizer.model").toString()))) {
            assertThat(half.space().dimension()).isEqualTo(20);
            assertClose(
                    flat(half.encode(Modality.IMAGE, images())),
                    floats("tiny_bf16/image/image_features_normalized.npy"),
                    Goldens.UNIT,
                    "images");
            assertClose(
                    flat(half.encode(Modality.TEXT, captions())),
                    floats("tiny_bf16/text/text_features_normalized.npy"),
                    Goldens.UNIT,
                    "captions");
        }
    }

    @Test
    void freeBindsPaddingIsAnOption() {
        float[] expected = floats("tiny/text/text_features_freebind_pad.npy");
        try (Encoder published = open(Map.of("padding", "freebind"))) {
            float[][] rows = published.encode(Modality.TEXT, captions());
            float[][] official = encoder.encode(Modality.TEXT, captions());
            for (int i = 0; i < rows.length; i++) {
                float[] row = Arrays.copyOfRange(expected, i * DIMENSION, (i + 1) * DIMENSION);
                assertThat(Goldens.cosine(rows[i], row)).isGreaterThan(0.999999);
                // Only the last caption fills all positions and has no padding.
                if (i < rows.length - 1) {
                    assertThat(Goldens.cosine(rows[i], official[i])).isLessThan(0.5);
                } else {
                    assertClose(rows[i], official[i], Goldens.UNIT, "a full caption");
                }
            }
        }
    }

    @Test
    void theSizeOfBatchesDoesNotMatter() {
        try (Encoder three = open(Map.of("batch", "3"))) {
            assertClose(
                    flat(three.encode(Modality.TEXT, captions())),
                    flat(encoder.encode(Modality.TEXT, captions())),
                    1e-5,
                    "captions by threes");
        }
    }

    @Test
    void imagesMayBeLargerThanTheCheckpointWasMadeFor() {
        try (Encoder larger = open(Map.of("image-size", "336"))) {
            float[] row = larger.encode(Modality.IMAGE, List.of(input(PNG)))[0];

            assertThat(Goldens.cosine(row, encoder.encode(Modality.IMAGE, List.of(input(PNG)))[0]))
                    .isBetween(0.5, 0.9999);
        }
    }

    @Test
    void realPicturesBecomeUnitRows() throws IOException {
        Path media = Goldens.shared("realdata").resolve("media");
        try (Stream<Path> files = Files.list(media)) {
            List<Item> pictures = files.filter(file -> file.toString().endsWith(".jpeg"))
                    .sorted()
                    .<Item>map(Item.File::new)
                    .toList();
            float[][] rows = encoder.encode(Modality.IMAGE, pictures);

            assertThat(rows).hasNumberOfRows(3);
            for (float[] row : rows) {
                assertThat(row).hasSize(DIMENSION);
                double squares = 0;
                for (float value : row) {
                    squares += (double) value * value;
                }
                assertThat(squares).isEqualTo(1, within(1e-5));
            }
            assertThat(Goldens.cosine(rows[0], rows[1])).isLessThan(0.99999);
            assertThat(Goldens.cosine(rows[1], rows[2])).isLessThan(0.99999);
        }
    }

    @Test
    void withoutATokenizerThereIsNoText() {
        try (Encoder wordless =
                open(Map.of("checkpoint", Goldens.path("tiny_bf16").toString()))) {
            assertThat(wordless.space().modalities()).containsExactly(Modality.IMAGE);
            assertThatThrownBy(() -> wordless.encode(Modality.TEXT, captions()))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("'tokenizer'");
        }
    }

    @Test
    void theTokenizerOfAnotherModelIsRefused() {
        String real = Goldens.path("tokenizer/tokenizer.model").toString();

        assertThatThrownBy(() -> open(Map.of("tokenizer", real)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("embeddings for 600 ids, but the tokenizer has 49954 pieces");
    }

    @Test
    void optionsOutOfRangeAreRefusedNamingWhatIsAllowed() {
        refuses(
                Map.of("precision", "int8"),
                "'precision' is 'int8', but it takes one of stored, float32, bfloat16, float16");
        refuses(Map.of("padding", "left"), "'padding' is 'left', but it takes one of model-card, freebind");
        refuses(Map.of("device", "tpu"), "'device' is 'tpu', but it takes one of auto, cpu, gpu");
        refuses(Map.of("batch", "0"), "'batch' is '0', but it takes a whole number from 1 to 4096");
        refuses(Map.of("image-size", "5000"), "'image-size' is '5000', but it takes a whole number from 1 to 4096");
        refuses(Map.of("image-size", "100"), "'image-size' is 100; it must be a multiple of 14");
    }

    private static void refuses(Map<String, String> options, String message) {
        assertThatThrownBy(() -> open(options))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("internvl")
                .hasMessageContaining(message);
    }

    @Test
    void filesThatAreMissingAreNamed() throws IOException {
        for (String option : List.of("checkpoint", "tokenizer", "config")) {
            assertThatThrownBy(
                            () -> open(Map.of(option, folder.resolve("none.x").toString())))
                    .as(option)
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("none.x");
        }
        Path incomplete = Files.createDirectory(folder.resolve("incomplete"));
        for (String name : List.of("config.json", "pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin")) {
            Files.copy(Goldens.path("tiny/" + name), incomplete.resolve(name));
        }
        assertThatThrownBy(() -> open(Map.of("checkpoint", incomplete.toString())))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("pytorch_model-00002-of-00002.bin");
        assertThatThrownBy(() -> open(Map.of(
                        "checkpoint",
                        incomplete.resolve("pytorch_model-00001-of-00002.bin").toString())))
                .as("one shard only")
                .isInstanceOf(DataException.class)
                .hasMessageContaining("pytorch_model-00001-of-00002.bin");
    }
}
