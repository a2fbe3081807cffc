package dev.freebind.distribution.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleWorldTest {

    private static final SampleSize TINY = new SampleSize(20, 10, 8, 16, 8, 1, 1);

    @TempDir
    private Path folder;

    @Test
    void theSameSeedGivesTheSameBytesAndAnotherSeedOthers() throws IOException {
        new SampleWorld(TINY, 7).writeTo(folder.resolve("a"));
        new SampleWorld(TINY, 7).writeTo(folder.resolve("b"));
        new SampleWorld(TINY, 8).writeTo(folder.resolve("c"));

        assertThat(contents("a")).hasSizeGreaterThan(20).isEqualTo(contents("b"));
        assertThat(contents("c").get("train/vt/text.npy"))
                .isNotEqualTo(contents("a").get("train/vt/text.npy"));
    }

    @Test
    void everySpaceSeesItsOwnMediaInItsOwnDimension() throws IOException {
        new SampleWorld(TINY, 7).writeTo(folder);

        for (String set : List.of("train", "test")) {
            assertThat(contents(set).keySet())
                    .containsExactly(
                            "at1/audio.npy",
                            "at1/text.npy",
                            "at2/audio.npy",
                            "at2/text.npy",
                            "unified/audio.npy",
                            "unified/image.npy",
                            "unified/text.npy",
                            "vt/image.npy",
                            "vt/text.npy");
        }
        assertThat(Files.size(folder.resolve("train/vt/text.npy"))).isEqualTo(128 + 20 * 96 * 4);
        assertThat(Files.size(folder.resolve("test/at2/audio.npy"))).isEqualTo(128 + 10 * 64 * 4);
        assertThat(Files.readAllLines(folder.resolve("classes/labels.txt"))).hasSize(8);
    }

    private Map<String, List<Byte>> contents(String name) throws IOException {
        Map<String, List<Byte>> contents = new TreeMap<>();
        Path root = folder.resolve(name);
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                List<Byte> bytes = new java.util.ArrayList<>();
                for (byte value : Files.readAllBytes(file)) {
                    bytes.add(value);
                }
                contents.put(root.relativize(file).toString(), bytes);
            }
        }
        return contents;
    }
}
