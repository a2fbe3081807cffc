package dev.freebind.formats.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Float16;
import dev.freebind.formats.Samples;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NpyWriterTest {

    @TempDir
    Path folder;

    private static float[] values(int count) {
        Random random = new Random(11);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private void write(Path path, int dimension, ElementType type, float[] values, int rowsAtOnce) {
        try (NpyWriter writer = NpyWriter.create(path, dimension, type)) {
            for (int at = 0; at < values.length; at += rowsAtOnce * dimension) {
                writer.append(FloatBuffer.wrap(values, at, Math.min(rowsAtOnce * dimension, values.length - at)));
            }
            assertThat(writer.rows()).isEqualTo(values.length / dimension);
            writer.commit();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"F32", "F16"})
    void whatIsWrittenIsRead(ElementType type) throws IOException {
        int dimension = 37;
        float[] values = values(dimension * 5000);
        Path path = folder.resolve("out.npy");
        write(path, dimension, type, values, 333);
        try (NpyFile file = NpyFile.open(path)) {
            assertThat(file.storedType()).isEqualTo(type);
            FloatBuffer read = FloatBuffer.allocate(values.length);
            file.read(0, 5000, read);
            float[] expected = values.clone();
            if (type == ElementType.F16) {
                for (int i = 0; i < expected.length; i++) {
                    expected[i] = Float16.toFloat(Float16.fromFloat(values[i]));
                }
            }
            assertThat(read.array()).isEqualTo(expected);
        }
    }

    @Test
    void theBytesDoNotDependOnTheBlocksAndAreThoseOfNumpy() throws IOException {
        Path one = folder.resolve("one.npy");
        Path many = folder.resolve("many.npy");
        write(one, 8, ElementType.F16, values(8 * 40_000), 40_000);
        write(many, 8, ElementType.F16, values(8 * 40_000), 7);
        assertThat(one).hasSameBinaryContentAs(many);

        Path rows = folder.resolve("rows.npy");
        write(rows, 4, ElementType.F32, Samples.ROWS, 1);
        assertThat(rows).hasSameBinaryContentAs(Samples.file("numpy/f4.npy"));
    }

    @Test
    void theRowCountStandsInAHeaderAlignedToSixtyFourBytes() throws IOException {
        Path path = folder.resolve("out.npy");
        write(path, 4, ElementType.F16, values(4 * 1234), 100);
        byte[] bytes = Files.readAllBytes(path);
        assertThat(bytes).hasSize(128 + 1234 * 8);
        assertThat(new String(bytes, 10, 118, StandardCharsets.US_ASCII))
                .startsWith("{'descr': '<f2', 'fortran_order': False, 'shape': (1234, 4), }")
                .endsWith(" \n");
    }

    @Test
    void noRowsAreAFileToo() {
        Path path = folder.resolve("none.npy");
        try (NpyWriter writer = NpyWriter.create(path, 4, ElementType.F32)) {
            writer.commit();
        }
        assertThat(path).hasSameBinaryContentAs(Samples.file("numpy/no-rows.npy"));
    }

    @Test
    void withoutACommitNothingIsLeft() throws IOException {
        try (NpyWriter writer = NpyWriter.create(folder.resolve("out.npy"), 4, ElementType.F32)) {
            writer.append(FloatBuffer.wrap(Samples.ROWS));
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void partsOfRowsAndWrongRequestsAreRefused() {
        Path path = folder.resolve("out.npy");
        try (NpyWriter writer = NpyWriter.create(path, 5, ElementType.F32)) {
            assertThatThrownBy(() -> writer.append(FloatBuffer.wrap(Samples.ROWS)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("dimension 5");
        }
        assertThatThrownBy(() -> NpyWriter.create(path, 0, ElementType.F32))
                .isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> NpyWriter.create(path, 4, ElementType.BF16))
                .isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed() throws IOException {
        Path plain = Files.createFile(folder.resolve("plain"));
        assertThatThrownBy(() -> NpyWriter.create(plain.resolve("out.npy"), 4, ElementType.F32))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("cannot write " + plain.resolve("out.npy"))
                .hasMessageContaining("a file, not a folder");
    }
}
