package dev.freebind.formats.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import dev.freebind.formats.safetensors.NamedTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PyTorchWriterTest {

    @TempDir
    private Path folder;

    private static final List<NamedTensor> TENSORS = List.of(
            NamedTensor.of("layer.weight", new float[] {1, -2.5f, 3, 4, 5, 6}, 2, 3),
            NamedTensor.of("layer.bias", new float[] {0.5f, -0f}, 2),
            NamedTensor.of("norm.num_batches_tracked", new long[] {3_000_000_000L}),
            new NamedTensor.Floats("halves", ElementType.F16, Shape.of(3), new float[] {1, 0.5f, -2}),
            new NamedTensor.Floats("doubles", ElementType.F64, Shape.of(1), new float[] {0.25f}),
            new NamedTensor.Integers("flags", ElementType.BOOL, Shape.of(2), new long[] {1, 0}),
            NamedTensor.of("empty", new float[0], 0, 4));

    @Test
    void whatIsWrittenIsReadBack() {
        Path file = folder.resolve("best.pt");
        PyTorchWriter.write(file, TENSORS);
        try (PyTorchFile read = PyTorchFile.open(file)) {
            assertThat(read.tensors().keySet())
                    .containsExactlyElementsOf(
                            TENSORS.stream().map(NamedTensor::name).toList());
            for (NamedTensor tensor : TENSORS) {
                assertThat(read.tensors().get(tensor.name()).type()).isEqualTo(tensor.type());
                assertThat(read.tensors().get(tensor.name()).shape()).isEqualTo(tensor.shape());
                if (tensor instanceof NamedTensor.Floats floats) {
                    assertThat(read.floats(tensor.name())).as(tensor.name()).isEqualTo(floats.values());
                } else if (tensor instanceof NamedTensor.Integers integers) {
                    assertThat(read.longs(tensor.name())).as(tensor.name()).isEqualTo(integers.values());
                }
            }
        }
    }

    @Test
    void theSameTensorsGiveTheSameBytes() throws IOException {
        PyTorchWriter.write(folder.resolve("a/best.pt"), TENSORS);
        PyTorchWriter.write(folder.resolve("b/best.pt"), TENSORS);
        assertThat(Files.readAllBytes(folder.resolve("a/best.pt")))
                .isEqualTo(Files.readAllBytes(folder.resolve("b/best.pt")));
    }

    /** Another zip reader checks names, sizes and checksums. */
    @Test
    void theArchiveIsWhole() throws IOException {
        Path file = folder.resolve("best.pt");
        PyTorchWriter.write(file, TENSORS);
        try (ZipFile zip = new ZipFile(file.toFile())) {
            assertThat(zip.stream().map(ZipEntry::getName))
                    .hasSize(TENSORS.size() + 2)
                    .contains("best/data.pkl", "best/data/0", "best/data/6", "best/version");
            for (ZipEntry entry : zip.stream().toList()) {
                assertThat(zip.getInputStream(entry).readAllBytes()).hasSize((int) entry.getSize());
            }
        }
    }

    @Test
    void aTypeWithoutAStorageIsRefusedByName() {
        List<NamedTensor> tensors =
                List.of(new NamedTensor.Integers("counts", ElementType.U32, Shape.of(1), new long[] {7}));
        assertThatThrownBy(() -> PyTorchWriter.write(folder.resolve("x.pt"), tensors))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("'counts'")
                .hasMessageContaining("U32");
        assertThat(folder.resolve("x.pt")).doesNotExist();
    }

    @Test
    void oneNameForTwoTensorsIsRefused() {
        List<NamedTensor> tensors =
                List.of(NamedTensor.of("w", new float[] {1}, 1), NamedTensor.of("w", new float[] {2}, 1));
        assertThatThrownBy(() -> PyTorchWriter.write(folder.resolve("x.pt"), tensors))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("'w' is used twice");
    }

    @Test
    void deferredValuesAreAskedForOnceAndWritten() {
        AtomicInteger asked = new AtomicInteger();
        List<NamedTensor> tensors = List.of(NamedTensor.deferred(
                "later",
                () -> {
                    asked.incrementAndGet();
                    return new float[] {1, 2, 3};
                },
                3));
        PyTorchWriter.write(folder.resolve("x.pt"), tensors);
        try (PyTorchFile read = PyTorchFile.open(folder.resolve("x.pt"))) {
            assertThat(read.floats("later")).containsExactly(1, 2, 3);
        }
        assertThat(asked).hasValue(1);
    }
}
