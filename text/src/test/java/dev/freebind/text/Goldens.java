package dev.freebind.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Reference data: a small part beside the tests, the rest in the shared folder where there is one. */
public final class Goldens {

    private static final ObjectMapper JSON = new ObjectMapper();

    private Goldens() {}

    /** A file of the shared goldens; the calling test is skipped where they are missing. */
    public static Path shared(String path) {
        Path goldens = Path.of(System.getProperty("freebind.root"), "..", "shared", "goldens");
        Assumptions.assumeTrue(Files.isDirectory(goldens), "the shared goldens are not beside this checkout");
        return goldens.resolve(path);
    }

    /** A JSON file. */
    public static JsonNode json(Path file) throws IOException {
        return JSON.readTree(file.toFile());
    }

    /** A JSON resource of this package. */
    public static JsonNode json(String resource) throws IOException {
        return JSON.readTree(bytes(resource));
    }

    /** A resource of this package. */
    public static byte[] bytes(String resource) throws IOException {
        try (InputStream in = Goldens.class.getResourceAsStream(resource)) {
            return in.readAllBytes();
        }
    }

    /** Copies a resource of this package into a folder. */
    public static Path copy(String resource, Path folder) throws IOException {
        Path file = folder.resolve(resource.substring(resource.lastIndexOf('/') + 1));
        Files.write(file, bytes(resource));
        return file;
    }

    /** A JSON array of numbers. */
    public static int[] ints(JsonNode array) {
        int[] ints = new int[array.size()];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = array.get(i).intValue();
        }
        return ints;
    }
}
