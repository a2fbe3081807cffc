package dev.freebind.formats.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.formats.Samples;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpyFileTest {

    @TempDir
    Path folder;

    private static float[] read(Embeddings embeddings, long firstRow, int count) {
        FloatBuffer target = FloatBuffer.allocate(count * embeddings.dimension());
        embeddings.read(firstRow, count, target);
        assertThat(target.hasRemaining()).isFalse();
        return target.array();
    }

    /** A version 1 file with this dictionary and so many zero bytes behind it. */
    private Path file(String dictionary, long dataBytes) throws IOException {
        Path path = folder.resolve("made.npy");
        byte[] header = dictionary.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer bytes =
                ByteBuffer.allocate(10 + header.length + (int) dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        bytes.putShort((short) header.length).put(header);
        return Files.write(path, bytes.array());
    }

    private static String dictionary(String descr, String fortran, String shape) {
        return "{'descr': " + descr + ", 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"f2", "f4", "f8", "f2-big-endian", "f4-big-endian", "f8-big-endian", "version-2", "version-3"})
    void everyTypeAndVersionThatNumpyWritesIsRead(String name) {
        try (NpyFile file = NpyFile.open(Samples.file("numpy/" + name + ".npy"))) {
            assertThat(file.rows()).isEqualTo(3);
            assertThat(file.dimension()).isEqualTo(4);
            float scale = name.endsWith("big-endian") ? 8 : 1;
            float[] expected = Samples.ROWS.clone();
            for (int i = 0; i < expected.length; i++) {
                expected[i] *= scale;
            }
            assertThat(read(file, 0, 3)).isEqualTo(expected);
            assertThat(read(file, 1, 1)).containsExactly(expected[4], expected[5], expected[6], expected[7]);
            assertThat(file.origin()).endsWith(name + ".npy");
        }
    }

    @Test
    void aDirectBufferIsFilledFromItsPositionOn() {
        FloatBuffer target = ByteBuffer.allocateDirect(4 * 10)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer()
                .put(9f);
        for (String type : List.of("f2", "f4", "f8")) {
            try (NpyFile file = NpyFile.open(Samples.file("numpy/" + type + ".npy"))) {
                file.read(1, 2, target.position(1));
                assertThat(target.position()).isEqualTo(9);
                for (int i = 0; i < 8; i++) {
                    assertThat(target.get(1 + i)).isEqualTo(Samples.ROWS[4 + i]);
                }
            }
        }
    }

    @Test
    void noRowsAndNoReadsAreFine() {
        try (NpyFile file = NpyFile.open(Samples.file("numpy/no-rows.npy"))) {
            assertThat(file.rows()).isZero();
            file.read(0, 0, FloatBuffer.allocate(0));
        }
    }

    @Test
    void rowsThatDoNotExistAndBuffersWithoutRoomAreTheCallersError() {
        try (NpyFile file = NpyFile.open(Samples.file("numpy/f4.npy"))) {
            assertThatThrownBy(() -> file.read(2, 2, FloatBuffer.allocate(8)))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> file.read(-1, 1, FloatBuffer.allocate(8)))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> file.read(0, 2, FloatBuffer.allocate(7)))
                    .isInstanceOf(BufferOverflowException.class);
        }
    }

    @Test
    void aClosedFileSaysSo() {
        NpyFile file = NpyFile.open(Samples.file("numpy/f4.npy"));
        file.close();
        file.close();
        assertThatThrownBy(() -> file.read(0, 1, FloatBuffer.allocate(4)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
    }

    @Test
    void aTruncatedFileNamesTheFileAndTheMissingBytes() throws IOException {
        Path path = file(dictionary("'<f4'", "False", "(3, 4)"), 47);
        assertThatThrownBy(() -> NpyFile.open(path))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("made.npy")
                .hasMessageContaining("shape (3, 4)")
                .hasMessageContaining("1 bytes are missing");
    }

    @Test
    void bytesBehindTheLastRowAreALyingShape() throws IOException {
        Path path = file(dictionary("'<f4'", "False", "(2, 4)"), 48);
        assertThatThrownBy(() -> NpyFile.open(path))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("16 bytes are too many");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(4611686018427387904, 4)",
                "(9223372036854775807, 2)",
                "(99999999999999999999, 4)",
                "(-3, -4)",
                "(4611686018427387904, 1)"
            })
    void aShapeThatNoFileCanHoldIsRefused(String shape) throws IOException {
        Path path = file(dictionary("'<f4'", "False", shape), 48);
        assertThatThrownBy(() -> NpyFile.open(path))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("made.npy");
    }

    @Test
    void shapesThatAreNotMatricesAreRefused() throws IOException {
        for (String name : List.of("scalar", "cube", "bool", "i4")) {
            assertThatThrownBy(() -> NpyFile.open(Samples.file("numpy/" + name + ".npy")))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining(name + ".npy")
                    .hasMessageContaining("dimensions");
        }
        Path path = file(dictionary("'<f4'", "False", "(3, 0)"), 0);
        assertThatThrownBy(() -> NpyFile.open(path))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("rows of 0 values");
    }

    @Test
    void wholeNumbersAreNoEmbeddings() throws IOException {
        Path path = file(dictionary("'<i4'", "False", "(3, 4)"), 48);
        assertThatThrownBy(() -> NpyFile.open(path))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("<i4");
    }

    @Test
    void fortranOrderIsRefusedWithAWayOut() {
        assertThatThrownBy(() -> NpyFile.open(Samples.file("numpy/fortran.npy")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("Fortran order")
                .hasMessageContaining("np.ascontiguousarray");
    }

    @Test
    void fortranOrderOfASingleColumnIsTheSameAsCOrder() throws IOException {
        try (NpyFile file = NpyFile.open(file(dictionary("'<f4'", "True", "(3, 1)"), 12))) {
            assertThat(read(file, 0, 3)).containsExactly(0, 0, 0);
        }
    }

    @Test
    void pickledObjectsAreRefusedBecauseTheyRunCode() {
        assertThatThrownBy(() -> NpyFile.open(Samples.file("numpy/objects.npy")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("pickled");
    }

    @Test
    void otherKindsOfArraysAreRefusedByName() {
        assertThatThrownBy(() -> NpyFile.open(Samples.file("numpy/structured.npy")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("structured");
        assertThatThrownBy(() -> NpyFile.open(Samples.file("numpy/texts.npy")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("'<U2'");
        assertThatThrownBy(() -> NpyFile.open(Samples.file("numpy/complex.npy")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("'<c8'");
    }

    @Test
    void aHugeHeaderIsRefusedUnread() throws IOException {
        Path path = folder.resolve("huge.npy");
        ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0}).putInt(-1);
        Files.write(path, bytes.array());
        assertThatThrownBy(() -> NpyFile.open(path))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("4294967295 bytes");
    }

    static Stream<String> damagedDictionaries() {
        return Stream.of(
                "",
                "{",
                "{}",
                "[1]",
                "{'descr': '<f4', 'fortran_order': False}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4)} 1",
                "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3, 4)}",
                "{'descr': '<f4', 'fortran_order': 0, 'shape': (3, 4)}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': 3}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (3 4)}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (3, x)}",
                "{'descr': '<f4, 'fortran_order': False, 'shape': (3, 4)}",
                "{'descr': '', 'fortran_order': False, 'shape': (3, 4)}",
                "{'descr': '|f4', 'fortran_order': False, 'shape': (3, 4)}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), 'extra': '1'}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (" + "1, ".repeat(65) + ")}");
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.MethodSource("damagedDictionaries")
    void aDamagedDictionaryIsRefusedWithTheFilesName(String dictionary) throws IOException {
        Path path = file(dictionary, 48);
        assertThatThrownBy(() -> NpyFile.open(path))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("made.npy");
    }

    @Test
    void otherFilesAreNotNpyFiles() throws IOException {
        Path path = Files.writeString(folder.resolve("text.npy"), "these are not the bytes");
        assertThatThrownBy(() -> NpyFile.open(path))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("not an npy file");
        Path empty = Files.createFile(folder.resolve("empty.npy"));
        assertThatThrownBy(() -> NpyFile.open(empty))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("cut off");
        assertThatThrownBy(() -> NpyFile.open(folder.resolve("missing.npy")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("missing.npy")
                .hasMessageContaining("no such file");
        assertThatThrownBy(() -> NpyFile.open(folder)).isInstanceOf(DataException.class);
    }

    @Test
    void aFileShortenedWhileInUseIsAnErrorAndNotACrash() throws IOException {
        Path path = file(dictionary("'<f4'", "False", "(100000, 16)"), 6_400_000);
        try (NpyFile file = NpyFile.open(path)) {
            read(file, 0, 10);
            try (RandomAccessFile access = new RandomAccessFile(path.toFile(), "rw")) {
                access.setLength(5_000_000);
            }
            assertThatThrownBy(() -> read(file, 99_000, 10))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("shortened while in use");
        }
    }

    @Test
    void rowsBeyondTwoGigabytesAreRead() throws IOException {
        long rows = 2_800_000;
        int dimension = 300;
        long size = 128 + rows * dimension * 4;
        Assumptions.assumeTrue(
                Files.getFileStore(folder).getUsableSpace() > 64 << 20, "no room for a sparse file on this disk");
        Path path = folder.resolve("large.npy");
        try (RandomAccessFile access = new RandomAccessFile(path.toFile(), "rw")) {
            access.getChannel()
                    .write(NpyHeader.encode(
                            dev.freebind.formats.ElementType.F32, "(" + rows + ", " + dimension + ")", 128));
            access.setLength(size);
            for (long row = 0; row < rows; row += 1 + rows / 1000) {
                mark(access, row, dimension);
            }
            mark(access, rows - 1, dimension);
        }
        try (NpyFile file = NpyFile.open(path)) {
            assertThat(size).isGreaterThan(3L << 30);
            assertThat(read(file, rows - 1, 1)[dimension - 1]).isEqualTo(rows - 1);
            for (long row = 0; row < rows; row += 1 + rows / 1000) {
                assertThat(read(file, row, 1)[dimension - 1]).isEqualTo(row);
            }
            // Across the edges of the windows.
            for (long window = 1; window < 3; window++) {
                long edge = window * ((1L << 30) / (dimension * 4L));
                float[] values = read(file, edge - 3000, 6000);
                for (int i = 0; i < 6000; i++) {
                    long row = edge - 3000 + i;
                    boolean marked = row % (1 + rows / 1000) == 0;
                    assertThat(values[i * dimension + dimension - 1]).isEqualTo(marked ? row : 0);
                }
            }
        }
    }

    private static void mark(RandomAccessFile access, long row, int dimension) throws IOException {
        ByteBuffer value = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, row);
        access.getChannel().write(value, 128 + (row + 1) * dimension * 4 - 4);
    }

    @Test
    void severalThreadsReadAtOnce() throws Exception {
        float[] values = new float[20_000 * 8];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        Path path = folder.resolve("shared.npy");
        NpyArray.of(values, 20_000, 8).write(path);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (NpyFile file = NpyFile.open(path)) {
            List<Future<?>> results = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                int seed = t;
                results.add(threads.submit(() -> {
                    java.util.Random random = new java.util.Random(seed);
                    for (int i = 0; i < 500; i++) {
                        int first = random.nextInt(19_000);
                        float[] block = read(file, first, 1000);
                        assertThat(block[0]).isEqualTo(first * 8);
                        assertThat(block[7999]).isEqualTo(first * 8 + 7999);
                    }
                }));
            }
            for (Future<?> result : results) {
                result.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
