package dev.freebind.encoders.clap;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.api.Item;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.TensorSummary;
import dev.freebind.formats.npy.NpyArray;
import dev.freebind.formats.npz.NpzFile;
import dev.freebind.media.audio.ChunkStart;
import dev.freebind.text.Tokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Assumptions;

/** The reference data of CLAP, made by the official code; tests are skipped where it is missing. */
final class Goldens {

    /** The tiny models' text towers are narrower than a usual head. */
    static final OptionalInt TINY_HEADS = OptionalInt.of(4);

    static final int DIMENSION = 24;
    static final String A = "a_10s_48k_mono.wav";
    static final String B = "b_3s_44k1_stereo.wav";
    static final String C = "c_14s_48k_mono.wav";

    private static final int CONTEXT_LENGTH = 77;

    private Goldens() {}

    static Path path(String name) {
        Path goldens = shared("goldens").resolve("clap");
        Assumptions.assumeTrue(Files.isDirectory(goldens), "the goldens of CLAP are not beside this checkout");
        return goldens.resolve(name);
    }

    static Path shared(String name) {
        Path folder = Path.of(System.getProperty("freebind.root"), "..", "shared", name);
        Assumptions.assumeTrue(Files.isDirectory(folder), folder + " is not there");
        return folder;
    }

    static Item input(String name) {
        return new Item.File(path("inputs/" + name));
    }

    static Path checkpoint(boolean fusion) {
        return path(fusion ? "tiny/clap_tiny_fusion.pt" : "tiny/clap_tiny.pt");
    }

    static float[] floats(String name) {
        return NpyArray.read(path(name)).floats();
    }

    /** The end results of the tiny models. */
    static float[] embeddings(boolean fusion, String modality) {
        return floats("tiny/" + (fusion ? "fusion_" : "nonfusion_") + modality + "_embedding.npy");
    }

    static float[] member(String file, String member) {
        try (NpzFile npz = NpzFile.open(path(file))) {
            return npz.array(member).floats();
        }
    }

    static JsonNode json(String name) {
        try {
            return new ObjectMapper().readTree(path(name).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> texts() {
        List<String> texts = new ArrayList<>();
        json("inputs/texts.json").forEach(text -> texts.add(text.textValue()));
        return texts;
    }

    /** The official ids of the captions. */
    static List<Tokens> tokens() {
        try (NpzFile npz = NpzFile.open(path("tiny/nonfusion_text.npz"))) {
            int[] ids = npz.array("input_ids").ints();
            int[] mask = npz.array("attention_mask").ints();
            List<Tokens> captions = new ArrayList<>();
            for (int i = 0; i < ids.length; i += CONTEXT_LENGTH) {
                int length = Arrays.stream(mask, i, i + CONTEXT_LENGTH).sum();
                captions.add(new Tokens(Arrays.copyOfRange(ids, i, i + CONTEXT_LENGTH), length));
            }
            return captions;
        }
    }

    /** Names and shapes of a model. */
    static Map<String, TensorSummary> inventory(String name) {
        Map<String, TensorSummary> tensors = new LinkedHashMap<>();
        json(name).properties().forEach(entry -> {
            JsonNode lengths = entry.getValue().get(0);
            long[] shape = new long[lengths.size()];
            for (int i = 0; i < shape.length; i++) {
                shape[i] = lengths.get(i).longValue();
            }
            ElementType type =
                    entry.getValue().get(1).textValue().contains("int64") ? ElementType.I64 : ElementType.F32;
            tensors.put(entry.getKey(), new TensorSummary(type, Shape.of(shape)));
        });
        return tensors;
    }

    /** Features of the three sounds as the official code made them, with its random choices and its resampler's samples of b. */
    static List<SoundFeatures> features(boolean fusion, int bins) {
        SoundPreparation preparation =
                SoundPreparation.of(bins, fusion, samples -> fusion ? fixed(36, 189, 330) : fixed(53_796));
        int[] quantised =
                NpyArray.read(path("preprocess/b_resampled_48k_int16.npy")).ints();
        float[] resampled = new float[quantised.length];
        for (int i = 0; i < resampled.length; i++) {
            resampled[i] = quantised[i] / 32_767f;
        }
        return List.of(preparation.apply(input(A)), preparation.features(resampled), preparation.apply(input(C)));
    }

    private static ChunkStart fixed(Integer... starts) {
        Iterator<Integer> next = Arrays.asList(starts).iterator();
        return (first, last) -> {
            int start = next.next();
            assertThat(start).isBetween(first, last);
            return start;
        };
    }

    /** Every so-manieth row of one item of a batch of items with equally many rows. */
    static float[] rows(float[] batch, int items, int item, int width, int step) {
        int count = batch.length / items / width;
        float[] rows = new float[(count + step - 1) / step * width];
        for (int row = 0; row < count; row += step) {
            System.arraycopy(batch, (item * count + row) * width, rows, row / step * width, width);
        }
        return rows;
    }

    static void assertClose(float[] actual, float[] expected, double tolerance, String what) {
        assertThat(actual).as(what).hasSameSizeAs(expected);
        assertThat(largestDifference(actual, expected)).as(what).isLessThanOrEqualTo(tolerance);
    }

    static double largestDifference(float[] actual, float[] expected) {
        double largest = 0;
        for (int i = 0; i < actual.length; i++) {
            double difference = Math.abs((double) actual[i] - expected[i]);
            largest = difference <= largest ? largest : difference; // NaN becomes the largest
        }
        return largest;
    }

    static float[] flat(float[][] rows) {
        int width = rows[0].length;
        float[] values = new float[rows.length * width];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, values, i * width, width);
        }
        return values;
    }
}
