package dev.freebind.encoders.clap;

import static dev.freebind.encoders.clap.Goldens.A;
import static dev.freebind.encoders.clap.Goldens.B;
import static dev.freebind.encoders.clap.Goldens.C;
import static dev.freebind.encoders.clap.Goldens.assertClose;
import static dev.freebind.encoders.clap.Goldens.flat;
import static dev.freebind.encoders.clap.Goldens.input;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.DataException;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.spi.encoders.EncoderOptions;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.spi.encoders.EncoderRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
class ClapEncoderTest {

    private static final double FOREIGN_RESAMPLER = 2e-3;

    @TempDir
    private static Path folder;

    private static Encoder plain;
    private static Encoder fusion;

    @BeforeAll
    static void open() {
        plain = open(false, Map.of());
        fusion = open(true, Map.of());
    }

    @AfterAll
    static void close() {
        for (Encoder encoder : Arrays.asList(plain, fusion)) {
            if (encoder != null) {
                encoder.close();
            }
        }
    }

    private static Encoder open(boolean fusion, Map<String, String> more) {
        Map<String, String> options = new HashMap<>();
        options.put("checkpoint", Goldens.checkpoint(fusion).toString());
        options.put("vocabulary", Goldens.path("tiny/tokenizer").toString());
        options.put("text-heads", "4");
        options.put("device", "cpu");
        options.putAll(more);
        options.values().removeIf(String::isEmpty);
        EncoderProvider provider = new ClapProvider();
        return provider.open("tiny", EncoderOptions.check(provider, options, folder));
    }

    private static List<Item> captions() {
        return Goldens.texts().stream().<Item>map(Item.Text::new).toList();
    }

    private static float[] expected(boolean fusion, int sound) {
        return Goldens.rows(Goldens.embeddings(fusion, "audio"), 3, sound, Goldens.DIMENSION, 1);
    }

    @Test
    void theProviderIsFoundByItsName() {
        EncoderProvider found =
                EncoderRegistry.discover(getClass().getClassLoader()).provider("clap");

        assertThat(found.modalities()).containsExactly(Modality.AUDIO, Modality.TEXT);
        assertThat(found.options())
                .extracting("name")
                .doesNotHaveDuplicates()
                .contains("checkpoint", "vocabulary", "text-heads", "chunks");
        assertThat(found.dimension()).isEmpty();
        assertThat(found.licenceNote()).contains("CC0");
    }

    @Test
    void captionsBecomeTheOfficialEmbeddings() {
        assertClose(flat(plain.encode(Modality.TEXT, captions())), Goldens.embeddings(false, "text"), 5e-6, "plain");
        assertClose(flat(fusion.encode(Modality.TEXT, captions())), Goldens.embeddings(true, "text"), 5e-6, "fusion");
    }

    @Test
    void soundsBecomeTheOfficialEmbeddings() {
        float[][] withoutFusion = plain.encode(Modality.AUDIO, List.of(input(A), input(B)));
        assertClose(withoutFusion[0], expected(false, 0), 1e-5, "ten seconds");
        assertClose(withoutFusion[1], expected(false, 1), FOREIGN_RESAMPLER, "resampled");

        float[][] withFusion = fusion.encode(Modality.AUDIO, List.of(input(A), input(B)));
        assertClose(withFusion[0], expected(true, 0), 3e-5, "ten seconds, fusion");
        assertClose(withFusion[1], expected(true, 1), FOREIGN_RESAMPLER, "resampled, fusion");
    }

    @Test
    void longerSoundsGiveTheSameEveryTimeAndDependOnWhereTheyAreListenedTo() {
        for (boolean fused : List.of(false, true)) {
            Encoder middle = fused ? fusion : plain;
            float[] row = middle.encode(Modality.AUDIO, List.of(input(C)))[0];
            assertThat(middle.encode(Modality.AUDIO, List.of(input(C)))[0]).isEqualTo(row);
            // The official choice of chunks is another; the embedding is near, and not the same.
            assertThat(Goldens.largestDifference(row, expected(fused, 2))).isBetween(1e-4, 0.3);
        }
    }

    @Test
    void randomChunksDependOnSeedAndSoundAlone() {
        try (Encoder one = open(false, Map.of("chunks", "random", "seed", "1"));
                Encoder same = open(false, Map.of("chunks", "random", "seed", "1"));
                Encoder other = open(false, Map.of("chunks", "random", "seed", "2"))) {
            float[] row = one.encode(Modality.AUDIO, List.of(input(C)))[0];
            assertClose(same.encode(Modality.AUDIO, List.of(input(A), input(C)))[1], row, 1e-6, "same seed");
            assertThat(Goldens.largestDifference(other.encode(Modality.AUDIO, List.of(input(C)))[0], row))
                    .isGreaterThan(1e-4);
        }
    }

    @Test
    void aBatchGivesWhatItsItemsGiveAlone() {
        for (Encoder encoder : List.of(plain, fusion)) {
            assertBatchEqualsSingles(encoder, Modality.TEXT, captions());
            assertBatchEqualsSingles(encoder, Modality.AUDIO, List.of(input(C), input(A), input(B), input(C)));
        }
    }

    private static void assertBatchEqualsSingles(Encoder encoder, Modality modality, List<Item> items) {
        float[][] together = encoder.encode(modality, items);
        assertThat(together).hasNumberOfRows(items.size());
        for (int i = 0; i < items.size(); i++) {
            assertClose(together[i], encoder.encode(modality, List.of(items.get(i)))[0], 1e-5, modality + " " + i);
        }
    }

    @Test
    void theSizeOfBatchesDoesNotMatter() {
        try (Encoder three = open(false, Map.of("batch", "3"))) {
            assertClose(
                    flat(three.encode(Modality.TEXT, captions())),
                    flat(plain.encode(Modality.TEXT, captions())),
                    1e-5,
                    "captions by threes");
        }
    }

    @Test
    void weightsInHalfPrecisionGiveNearlyTheSame() {
        for (String precision : List.of("bfloat16", "float16")) {
            try (Encoder half = open(true, Map.of("precision", precision))) {
                for (Modality modality : List.of(Modality.AUDIO, Modality.TEXT)) {
                    List<Item> items = modality.equals(Modality.TEXT) ? captions() : List.of(input(A), input(C));
                    float[][] exact = fusion.encode(modality, items);
                    float[][] rounded = half.encode(modality, items);
                    for (int i = 0; i < exact.length; i++) {
                        assertThat(cosine(exact[i], rounded[i])).as(precision).isGreaterThan(0.99);
                    }
                    assertThat(flat(rounded)).as("precision matters").isNotEqualTo(flat(exact));
                }
            }
        }
    }

    @Test
    void realSoundsBecomeUnitRowsAndSpeakersOfOneDigitAreNotOneRow() throws IOException {
        List<Item> sounds = new ArrayList<>();
        for (String name : List.of("media", "speech")) {
            try (Stream<Path> files = Files.list(Goldens.shared("realdata").resolve(name))) {
                files.filter(file -> file.toString().endsWith(".wav"))
                        .sorted()
                        .forEach(file -> sounds.add(new Item.File(file)));
            }
        }
        assertThat(sounds).hasSizeGreaterThanOrEqualTo(13);
        for (Encoder encoder : List.of(plain, fusion)) {
            float[][] rows = encoder.encode(Modality.AUDIO, sounds);
            assertThat(rows).hasNumberOfRows(sounds.size());
            for (int i = 0; i < rows.length; i++) {
                assertThat(rows[i]).hasSize(Goldens.DIMENSION);
                assertThat(cosine(rows[i], rows[i])).isEqualTo(1, within(1e-5));
                for (int j = 0; j < i; j++) {
                    assertThat(Goldens.largestDifference(rows[i], rows[j])).isGreaterThan(1e-4);
                }
            }
        }
    }

    @Test
    void withoutAVocabularyThereIsNoText() {
        try (Encoder wordless = open(false, Map.of("vocabulary", ""))) {
            assertThat(wordless.space().modalities()).containsExactly(Modality.AUDIO);
            assertThatThrownBy(() -> wordless.encode(Modality.TEXT, captions()))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("'vocabulary'");
        }
    }

    @Test
    void optionsOutOfRangeAreRefusedNamingWhatIsAllowed() {
        assertRefused("precision", "int8", "float32, bfloat16, float16");
        assertRefused("batch", "0", "1 to 4096");
        assertRefused("device", "tpu", "auto, cpu, gpu");
        assertRefused("chunks", "front", "middle, random");
        assertRefused("text-heads", "0", "1 to 4096");
        assertRefused("text-heads", "5", "does not divide");
    }

    private static void assertRefused(String option, String value, String allowed) {
        assertThatThrownBy(() -> open(false, Map.of(option, value)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContainingAll("'" + option + "' is", value, allowed);
    }

    @Test
    void aVocabularyOfAnotherModelIsRefused() {
        assertThatThrownBy(() -> open(
                        false, Map.of("vocabulary", Goldens.path("tokenizer").toString())))
                .isInstanceOf(DataException.class)
                .hasMessageContainingAll("clap_tiny.pt", "388", "50265");
    }

    @Test
    void aCheckpointThatIsNotThereOrOfAnotherFamilyIsAnErrorThatNamesIt() {
        assertThatThrownBy(() -> open(false, Map.of("checkpoint", "none.pt")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none.pt");
        Path other = Goldens.shared("goldens").resolve("imagebind/tiny/imagebind_tiny.pth");
        assertThatThrownBy(() -> open(false, Map.of("checkpoint", other.toString())))
                .isInstanceOf(DataException.class)
                .hasMessageContainingAll("imagebind_tiny.pth", "audio_branch.bn0.weight");
    }

    private static double cosine(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
