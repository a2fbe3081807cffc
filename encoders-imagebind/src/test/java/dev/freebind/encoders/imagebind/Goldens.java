package dev.freebind.encoders.imagebind;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.TensorSummary;
import dev.freebind.formats.npy.NpyArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** The reference data of ImageBind, made by the official code; tests are skipped where it is missing. */
final class Goldens {

    private Goldens() {}

    static Path path(String name) {
        Path goldens = shared("goldens").resolve("imagebind");
        Assumptions.assumeTrue(Files.isDirectory(goldens), "the goldens of ImageBind are not beside this checkout");
        return goldens.resolve(name);
    }

    static Path shared(String name) {
        Path folder = Path.of(System.getProperty("freebind.root"), "..", "shared", name);
        Assumptions.assumeTrue(Files.isDirectory(folder), folder + " is not there");
        return folder;
    }

    static float[] floats(String name) {
        return NpyArray.read(path(name)).floats();
    }

    static JsonNode json(String name) {
        try {
            return new ObjectMapper().readTree(path(name).toFile());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static List<String> texts() {
        List<String> texts = new ArrayList<>();
        json("inputs/texts.json").forEach(text -> texts.add(text.textValue()));
        return texts;
    }

    /** {@code [18][77]}: the official ids of the captions. */
    static List<int[]> tokens() {
        int[] all = NpyArray.read(path("preprocess/text_tokens.npy")).ints();
        List<int[]> rows = new ArrayList<>();
        for (int i = 0; i < all.length; i += 77) {
            rows.add(java.util.Arrays.copyOfRange(all, i, i + 77));
        }
        return rows;
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
            tensors.put(entry.getKey(), new TensorSummary(ElementType.F32, Shape.of(shape)));
        });
        return tensors;
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

    /** Rows over their norms. */
    static float[] unit(float[] rows, int dimension) {
        float[] unit = rows.clone();
        for (int first = 0; first < rows.length; first += dimension) {
            double squares = 0;
            for (int j = 0; j < dimension; j++) {
                squares += (double) rows[first + j] * rows[first + j];
            }
            for (int j = 0; j < dimension; j++) {
                unit[first + j] = (float) (rows[first + j] / Math.sqrt(squares));
            }
        }
        return unit;
    }

    static float[] flat(float[][] rows) {
        int dimension = rows[0].length;
        float[] values = new float[rows.length * dimension];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, values, i * dimension, dimension);
        }
        return values;
    }
}
