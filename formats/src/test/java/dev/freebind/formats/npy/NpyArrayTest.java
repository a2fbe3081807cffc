package dev.freebind.formats.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Samples;
import dev.freebind.formats.Shape;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpyArrayTest {

    @TempDir
    Path folder;

    private static NpyArray sample(String name) {
        return NpyArray.read(Samples.file("numpy/" + name + ".npy"));
    }

    @Test
    void everyTypeOfNumberIsRead() {
        for (String type : List.of("f2", "f4", "f8")) {
            assertThat(sample(type).floats()).isEqualTo(Samples.ROWS);
            assertThat(sample(type).doubles()).hasSize(12).contains(-0.375);
            assertThat(sample(type + "-big-endian").floats()).startsWith(-4, -3, -2);
        }
        for (String type : List.of("i1", "i2", "i4", "i8")) {
            assertThat(sample(type).longs()).containsExactly(-3, 0, 100);
            assertThat(sample(type).ints()).containsExactly(-3, 0, 100);
        }
        for (String type : List.of("u1", "u2", "u4", "u8")) {
            assertThat(sample(type).longs()).containsExactly(3, 0, 200);
        }
        assertThat(sample("i2-big-endian").longs()).startsWith(-4, -3, -2);
        assertThat(sample("bool").longs()).containsExactly(1, 0, 1);
        assertThat(sample("scalar").floats()).containsExactly(2.5f);
        assertThat(sample("scalar").shape()).isEqualTo(Shape.of());
        assertThat(sample("cube").shape()).isEqualTo(Shape.of(2, 3, 4));
        assertThat(sample("cube").ints()).hasSize(24).endsWith(22, 23);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "bool", "scalar", "cube", "no-rows"
            })
    void whatIsWrittenIsWhatNumpyWrites(String name) {
        Path copy = folder.resolve("copy.npy");
        sample(name).write(copy);
        assertThat(copy).hasSameBinaryContentAs(Samples.file("numpy/" + name + ".npy"));
    }

    @Test
    void bigEndianArraysAreWrittenLittleEndian() {
        for (String name : List.of("f2", "f4", "f8", "i2")) {
            Path copy = folder.resolve("copy.npy");
            NpyArray array = sample(name + "-big-endian");
            array.write(copy);
            NpyArray back = NpyArray.read(copy);
            assertThat(back.type()).isEqualTo(array.type());
            if (array.type().isFloating()) {
                assertThat(back.floats()).isEqualTo(array.floats());
            } else {
                assertThat(back.longs()).isEqualTo(array.longs());
            }
        }
    }

    @Test
    void newArraysKeepTheirValues() {
        assertThat(NpyArray.of(new long[] {1L << 40, -1}, 2).longs()).containsExactly(1L << 40, -1);
        assertThat(NpyArray.of(new double[] {0.1}, 1, 1).doubles()).containsExactly(0.1);
        assertThat(NpyArray.of(new float[] {0.1f}).type()).isEqualTo(ElementType.F32);
        assertThatThrownBy(() -> NpyArray.of(new float[5], 2, 3)).isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void kindsOfNumbersAreNotMixedUp() {
        assertThatThrownBy(() -> sample("i4").floats())
                .isInstanceOf(DataException.class)
                .hasMessageContaining("i4.npy");
        assertThatThrownBy(() -> sample("f4").longs()).isInstanceOf(DataException.class);
        assertThatThrownBy(() -> NpyArray.of(new long[] {1L << 40}, 1).ints()).isInstanceOf(DataException.class);
    }

    @Test
    void damagedAndForeignFilesAreRefused() {
        for (String name : List.of("fortran", "objects", "structured", "texts", "complex")) {
            assertThatThrownBy(() -> sample(name))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining(name + ".npy");
        }
    }

    /**
     * Ten thousand damaged copies of real headers: bytes changed, removed, inserted and repeated. Each is read or refused; any
     * other exception, or an array as large as a lying shape, fails the test.
     */
    @Test
    void noDamagedHeaderDoesWorseThanADataException() throws IOException {
        Random random = new Random(20_240_601);
        String[] names = {
            "f2", "f4", "f8-big-endian", "version-2", "version-3", "cube", "scalar", "objects", "structured"
        };
        List<byte[]> originals = new ArrayList<>();
        for (String name : names) {
            originals.add(Files.readAllBytes(Samples.file("numpy/" + name + ".npy")));
        }
        int refused = 0;
        Path path = folder.resolve("fuzzed.npy");
        String alphabet = "{}()[]'\",:<>|=0123456789LTrueFalsdcpho_ \\\n-";
        for (int i = 0; i < 12_000; i++) {
            byte[] bytes = originals.get(i % names.length).clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                int at = random.nextInt(80);
                switch (random.nextInt(4)) {
                    case 0 -> bytes[at] = (byte) random.nextInt(256);
                    case 1 -> bytes[at] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
                    case 2 -> System.arraycopy(bytes, at + 1, bytes, at, bytes.length - at - 1);
                    default -> System.arraycopy(bytes, at, bytes, at + 1, bytes.length - at - 1);
                }
            }
            byte[] damaged = random.nextInt(10) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
            refused += refused(() -> readFromMemory(damaged));
            if (i % 10 == 0) {
                Files.write(path, damaged);
                refused(() -> NpyFile.open(path).close());
            }
        }
        assertThat(refused).isBetween(6_000, 11_999);
    }

    private static void readFromMemory(byte[] bytes) {
        try {
            NpyArray.read(new ByteArrayInputStream(bytes), bytes.length, "fuzzed.npy");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int refused(Runnable reading) {
        try {
            reading.run();
            return 0;
        } catch (DataException e) {
            assertThat(e.getMessage()).contains("fuzzed.npy").hasSizeLessThan(1000);
            return 1;
        }
    }
}
