package dev.freebind.distribution.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.npy.NpyFile;
import dev.freebind.formats.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The files below a folder. */
final class Tree {

    private Tree() {}

    static List<Path> files(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SHA-256 by path of what a bound space promises to be the same for the same seed: all but provenance and work/. */
    static Map<String, String> reproducible(Path space) {
        Map<String, String> hashes = new TreeMap<>();
        for (Path file : files(space)) {
            String name = space.relativize(file).toString();
            if (!name.startsWith("work") && !name.equals("provenance.json")) {
                hashes.put(name, sha256(file));
            }
        }
        return hashes;
    }

    static String sha256(Path file) {
        try {
            return HexFormat.of()
                    .formatHex(
                            java.security.MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Every file that has its final name is whole; how many there are. */
    static int assertNothingHalfWritten(Path folder) {
        int whole = 0;
        for (Path file : files(folder)) {
            if (AtomicFile.isTemporary(file)) {
                continue;
            }
            String name = file.getFileName().toString();
            if (name.endsWith(".npy")) {
                try (NpyFile opened = NpyFile.open(file)) {
                    assertThat(opened.rows()).as(name).isPositive();
                }
            } else if (name.endsWith(".safetensors")) {
                try (SafetensorsFile opened = SafetensorsFile.open(file)) {
                    assertThat(opened.tensors()).as(name).isNotEmpty();
                }
            } else if (name.endsWith(".json")) {
                try {
                    assertThat(new ObjectMapper().readTree(file.toFile()).isMissingNode())
                            .as(name)
                            .isFalse();
                } catch (IOException e) {
                    throw new AssertionError(file + " is damaged", e);
                }
            } else {
                assertThat(name).isIn("space.yaml", "lock");
            }
            whole++;
        }
        return whole;
    }

    static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, IOException error) throws IOException {
                    Files.delete(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
