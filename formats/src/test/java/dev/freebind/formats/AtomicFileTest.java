package dev.freebind.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {

    @TempDir
    Path folder;

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aCommittedFileReplacesTheOldOneAndLeavesNothingElse() throws IOException {
        Path target = folder.resolve("result.json");
        AtomicFile.writeString(target, "old");
        AtomicFile.writeString(target, "neu: ü");
        assertThat(target).content().isEqualTo("neu: ü");
        assertThat(names()).containsExactly("result.json");
    }

    @Test
    void anAbandonedWriteLeavesTheOldFileAndNoTemporaryOne() throws IOException {
        Path target = folder.resolve("result.json");
        AtomicFile.writeString(target, "old");
        AtomicFile file = AtomicFile.create(target);
        file.write(ByteBuffer.wrap(new byte[100]));
        assertThat(names()).hasSize(2);
        file.close();
        file.close();
        assertThat(target).content().isEqualTo("old");
        assertThat(names()).containsExactly("result.json");
        assertThatThrownBy(file::commit).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void twoWritersOfOneTargetDoNotDisturbEachOther() throws IOException {
        Path target = folder.resolve("result.json");
        try (AtomicFile first = AtomicFile.create(target);
                AtomicFile second = AtomicFile.create(target)) {
            first.write(ByteBuffer.wrap("first".getBytes()));
            second.write(ByteBuffer.wrap("second".getBytes()));
            second.commit();
            first.commit();
        }
        assertThat(target).content().isEqualTo("first");
        assertThat(names()).containsExactly("result.json");
    }

    @Test
    void missingFoldersAreMade() {
        Path target = folder.resolve("a/b/result.json");
        AtomicFile.writeString(target, "x");
        assertThat(target).content().isEqualTo("x");
    }

    @Test
    void aKilledProcessLeavesNothingUnderTheNameAndIsCleanedUpAfter() throws Exception {
        Path target = folder.resolve("result.json");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        EndlessWriter.class.getName(),
                        target.toString())
                .redirectErrorStream(true)
                .start();
        try {
            assertThat(process.getInputStream().read()).isEqualTo('w');
            assertThat(names()).hasSize(1).doesNotContain("result.json");

            AtomicFile.writeString(folder.resolve("other.json"), "x");
            try (AtomicFile abandoned = AtomicFile.create(target)) {
                assertThat(names())
                        .as("the temporary file of a living process stays")
                        .hasSize(3);
            }
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(names()).hasSize(2).doesNotContain("result.json");
        AtomicFile.writeString(target, "whole");
        assertThat(names()).containsExactly("other.json", "result.json");
        assertThat(target).content().isEqualTo("whole");
    }

    /** Writes until it is killed. */
    static final class EndlessWriter {
        private EndlessWriter() {}

        public static void main(String[] arguments) throws Exception {
            try (AtomicFile file = AtomicFile.create(Path.of(arguments[0]))) {
                file.write(ByteBuffer.wrap(new byte[1000]));
                System.out.write('w');
                System.out.flush();
                while (true) {
                    file.write(ByteBuffer.wrap(new byte[10]));
                    Thread.sleep(10);
                }
            }
        }
    }

    @Test
    void aFolderThatCannotBeMadeNamesTheFileAndTheCause() throws IOException {
        Path notAFolder = Files.createFile(folder.resolve("plain"));
        for (String below : List.of("result.json", "deeper/result.json")) {
            assertThatThrownBy(() -> AtomicFile.writeString(notAFolder.resolve(below), "x"))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining(notAFolder.resolve(below).toString())
                    .hasMessageContaining("a file, not a folder");
        }
        assertThat(names()).containsExactly("plain");
    }

    @Test
    void aFolderOfTheNameIsNotOverwritten() throws IOException {
        Path target = Files.createDirectory(folder.resolve("result"));
        assertThatThrownBy(() -> AtomicFile.writeString(target, "x"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("it is a folder");
    }

    @Test
    void aFullDiskIsSaidInWords() {
        assertThat(FileErrors.cannotWrite(folder.resolve("a.npy"), new IOException("No space left on device")))
                .hasMessageContaining("a.npy")
                .hasMessageContaining("the disk is full");
        assertThat(FileErrors.cannotWrite(folder.resolve("a.npy"), new IOException("Disk quota exceeded")))
                .hasMessageContaining("quota");
    }
}
