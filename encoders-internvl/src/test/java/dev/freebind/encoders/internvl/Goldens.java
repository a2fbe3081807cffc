package dev.freebind.encoders.internvl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.TensorSummary;
import dev.freebind.formats.npy.NpyArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** The reference data of InternVL, made by the official code; tests are skipped where it is missing. */
final class Goldens {

    static final int CONTEXT_LENGTH = 80;

    /** Allowed difference over the largest value, for everything but unit rows. */
    static final double RELATIVE = 2e-5;

    /** Allowed difference of unit rows. */
    static final double UNIT = 1e-5;

    private Goldens() {}

    static Path path(String name) {
        return shared("goldens").resolve("internvl").resolve(name);
    }

    static Path shared(String name) {
        Path folder = Path.of(System.getProperty("freebind.root"), "..", "shared", name);
        Assumptions.assumeTrue(Files.isDirectory(folder), "the shared reference data is not beside this checkout");
        return folder;
    }

    static NpyArray array(String name) {
        return NpyArray.read(path(name));
    }

    static float[] floats(String name) {
        return array(name).floats();
    }

    static JsonNode json(String name) {
        return json(path(name));
    }

    static JsonNode json(Path file) {
        try {
            return new ObjectMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> texts() {
        List<String> texts = new ArrayList<>();
        json("inputs/texts.json").forEach(text -> texts.add(text.textValue()));
        return texts;
    }

    /** {@code [captions][80]}: the official ids. */
    static List<int[]> ids(String name) {
        int[] all = array(name).ints();
        List<int[]> rows = new ArrayList<>();
        for (int i = 0; i < all.length; i += CONTEXT_LENGTH) {
            rows.add(Arrays.copyOfRange(all, i, i + CONTEXT_LENGTH));
        }
        return rows;
    }

    /** Names, types and shapes of the real model. */
    static Map<String, TensorSummary> publishedInventory() {
        Map<String, TensorSummary> tensors = new LinkedHashMap<>();
        json("full_state_dict.json").properties().forEach(entry -> {
            JsonNode lengths = entry.getValue().get(0);
            assertThat(entry.getValue().get(1).textValue()).isEqualTo("bfloat16");
            long[] shape = new long[lengths.size()];
            for (int i = 0; i < shape.length; i++) {
                shape[i] = lengths.get(i).longValue();
            }
            tensors.put(entry.getKey(), new TensorSummary(ElementType.BF16, Shape.of(shape)));
        });
        return tensors;
    }

    static void assertRelative(float[] actual, float[] expected, String what) {
        assertClose(actual, expected, RELATIVE * largest(expected), what);
    }

    static void assertClose(float[] actual, float[] expected, double tolerance, String what) {
        assertThat(actual).as(what).hasSameSizeAs(expected);
        assertThat(largestDifference(actual, expected)).as(what).isLessThanOrEqualTo(tolerance);
    }

    private static double largestDifference(float[] actual, float[] expected) {
        double largest = 0;
        for (int i = 0; i < actual.length; i++) {
            double difference = Math.abs((double) actual[i] - expected[i]);
            largest = difference <= largest ? largest : difference; // NaN becomes the largest
        }
        return largest;
    }

    private static double largest(float[] values) {
        double largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    static float[] flat(float[][] rows) {
        int dimension = rows[0].length;
        float[] values = new float[rows.length * dimension];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, values, i * dimension, dimension);
        }
        return values;
    }

    static double cosine(float[] a, float[] b) {
        double product = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            squaresA += (double) a[i] * a[i];
            squaresB += (double) b[i] * b[i];
        }
        return product / Math.sqrt(squaresA * squaresB);
    }
}
