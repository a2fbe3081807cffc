package dev.freebind.media;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.api.Item;
import dev.freebind.formats.npy.NpyArray;
import dev.freebind.formats.npz.NpzFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The reference data beside the project, where it is there, and the samples among the test resources. */
public final class Goldens {

    private Goldens() {}

    /** A file or folder of the shared data; skips the test where there is none. */
    public static Path shared(String path) {
        Path shared = Path.of(System.getProperty("freebind.root", "."), "..", "shared");
        Assumptions.assumeTrue(
                Files.isDirectory(shared),
                "the shared reference data is not beside this clone: " + path + " is missing");
        return shared.resolve(path);
    }

    public static Item item(String path) {
        return new Item.File(shared(path));
    }

    public static float[] floats(String path) {
        return NpyArray.read(shared(path)).floats();
    }

    public static int[] ints(String path) {
        return NpyArray.read(shared(path)).ints();
    }

    public static NpyArray member(String path, String member) {
        try (NpzFile file = NpzFile.open(shared(path))) {
            return file.array(member);
        }
    }

    /** A test resource beside a class. */
    public static byte[] resource(Class<?> neighbour, String name) {
        try (InputStream input = neighbour.getResourceAsStream(name)) {
            return input.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asserts the largest and the mean difference. */
    public static void assertClose(float[] actual, float[] expected, double max, double mean) {
        assertThat(actual).hasSameSizeAs(expected);
        double largest = 0;
        double sum = 0;
        for (int i = 0; i < actual.length; i++) {
            double difference = Math.abs((double) actual[i] - expected[i]);
            // A NaN must fail as well.
            largest = difference <= largest ? largest : difference;
            sum += difference;
        }
        assertThat(largest).as("largest difference").isLessThanOrEqualTo(max);
        assertThat(sum / actual.length).as("mean difference").isLessThanOrEqualTo(mean);
    }
}
