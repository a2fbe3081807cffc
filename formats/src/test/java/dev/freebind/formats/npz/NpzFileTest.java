package dev.freebind.formats.npz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.formats.Samples;
import dev.freebind.formats.npy.NpyArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpzFileTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"stored", "compressed"})
    void whatNumpyWritesIsRead(String name) {
        try (NpzFile file = NpzFile.open(Samples.file("numpy/" + name + ".npz"))) {
            assertThat(file.names()).containsExactly("rows", "labels");
            assertThat(file.array("rows").floats()).isEqualTo(Samples.ROWS);
            assertThat(file.array("labels").ints()).containsExactly(1, 2, 3);
            assertThatThrownBy(() -> file.array("other"))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("other")
                    .hasMessageContaining("[rows, labels]");
        }
    }

    @Test
    void whatIsWrittenIsReadAndAlwaysTheSameBytes() throws IOException {
        Map<String, NpyArray> arrays = new LinkedHashMap<>();
        arrays.put("rows", NpyArray.of(Samples.ROWS, 3, 4));
        arrays.put("größe", NpyArray.of(new long[] {7}));
        arrays.put("none", NpyArray.of(new float[0], 0, 4));
        Path first = folder.resolve("first.npz");
        Path second = folder.resolve("second.npz");
        NpzFile.write(first, arrays);
        NpzFile.write(second, arrays);
        assertThat(first).hasSameBinaryContentAs(second);
        try (NpzFile file = NpzFile.open(first)) {
            assertThat(file.names()).containsExactly("rows", "größe", "none");
            assertThat(file.array("rows").floats()).isEqualTo(Samples.ROWS);
            assertThat(file.array("größe").longs()).containsExactly(7);
            assertThat(file.array("none").floats()).isEmpty();
        }
    }

    private Path zipped(String dictionary, long zeros) throws IOException {
        Path path = folder.resolve("made.npz");
        byte[] header = dictionary.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer start = ByteBuffer.allocate(10 + header.length).order(ByteOrder.LITTLE_ENDIAN);
        start.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        start.putShort((short) header.length).put(header);
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
            zip.setLevel(Deflater.BEST_SPEED);
            zip.putNextEntry(new ZipEntry("bomb.npy"));
            zip.write(start.array());
            byte[] block = new byte[1 << 20];
            for (long left = zeros; left > 0; left -= block.length) {
                zip.write(block, 0, (int) Math.min(left, block.length));
            }
            zip.closeEntry();
        }
        return path;
    }

    private static String dictionary(String shape) {
        return "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + "}\n";
    }

    @Test
    void aBombLargerThanTheLimitIsRefusedWithoutUnpacking() throws IOException {
        Path bomb = zipped(dictionary("(270000000,)"), 1_080_000_000L);
        assertThat(Files.size(bomb)).isLessThan(10_000_000);
        assertThatThrownBy(() -> NpzFile.open(bomb))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("bomb")
                .hasMessageContaining("at most");
    }

    @Test
    void anEntryThatUnpacksToOtherThanItsShapeIsRefused() throws IOException {
        for (String shape : new String[] {"(10,)", "(1000000000000,)", "(5242881,)"}) {
            try (NpzFile file = NpzFile.open(zipped(dictionary(shape), 20 << 20))) {
                assertThatThrownBy(() -> file.array("bomb"))
                        .isInstanceOf(DataException.class)
                        .hasMessageContaining("array 'bomb'");
            }
        }
    }

    @Test
    void anEntryThatLiesAboutItsUnpackedSizeIsRefused() throws IOException {
        Path path = zipped(dictionary("(250000000,)"), 100);
        byte[] bytes = Files.readAllBytes(path);
        ByteBuffer archive = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int directory = archive.getInt(bytes.length - 6);
        archive.putInt(directory + 24, 1_000_000_000);
        Files.write(path, bytes);
        assertThatThrownBy(() -> NpzFile.open(path))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no compression can do");
        archive.putInt(directory + 20, 1_000_000_000);
        Files.write(path, bytes);
        assertThatThrownBy(() -> NpzFile.open(path))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("made.npz");
    }

    @Test
    void otherFilesAreNotNpzFiles() throws IOException {
        Path text = Files.writeString(folder.resolve("text.npz"), "no archive");
        assertThatThrownBy(() -> NpzFile.open(text))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("text.npz")
                .hasMessageContaining("not an npz file");
        assertThatThrownBy(() -> NpzFile.open(folder.resolve("missing.npz")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no such file");
    }

    @Test
    void noDamagedArchiveDoesWorseThanADataException() throws IOException {
        Random random = new Random(5);
        Path path = folder.resolve("fuzzed.npz");
        int refused = 0;
        byte[][] originals = {
            Files.readAllBytes(Samples.file("numpy/stored.npz")),
            Files.readAllBytes(Samples.file("numpy/compressed.npz"))
        };
        for (int i = 0; i < 2_000; i++) {
            byte[] bytes = originals[i % 2].clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            Files.write(path, bytes);
            try (NpzFile file = NpzFile.open(path)) {
                for (String name : file.names()) {
                    file.array(name);
                }
            } catch (DataException e) {
                assertThat(e.getMessage()).contains("fuzzed.npz");
                refused++;
            }
        }
        assertThat(refused).isBetween(1_000, 1_999);
    }
}
