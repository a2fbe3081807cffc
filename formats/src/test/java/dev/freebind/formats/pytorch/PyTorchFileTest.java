package dev.freebind.formats.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Samples;
import dev.freebind.formats.Shape;
import dev.freebind.formats.npy.NpyArray;
import dev.freebind.formats.npz.NpzFile;
import dev.freebind.formats.safetensors.SafetensorsFile;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PyTorchFileTest {

    @TempDir
    Path folder;

    private static PyTorchFile official() {
        return PyTorchFile.open(Samples.file("pytorch/edge_cases_zip.pth"));
    }

    private static float[] counting(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i;
        }
        return values;
    }

    private Path file(byte[] pickle, float... storage) throws IOException {
        ArchiveAssembler archive = new ArchiveAssembler();
        archive.entry("data.pkl", pickle);
        archive.floats("0", storage);
        return archive.write(folder.resolve("made.pt"));
    }

    @Test
    void everyTypeAndEveryKindOfViewThatPyTorchWritesIsRead() {
        try (PyTorchFile file = official();
                NpzFile expected = NpzFile.open(Samples.file("pytorch/edge_cases_expected.npz"))) {
            assertThat(expected.names()).hasSize(19);
            for (String name : expected.names()) {
                NpyArray array = expected.array(name);
                PyTorchTensor tensor = file.tensor("state_dict." + name);
                assertThat(tensor.shape()).as(name).isEqualTo(array.shape());
                if (tensor.type().isFloating()) {
                    assertThat(file.floats("state_dict." + name)).as(name).isEqualTo(array.floats());
                } else {
                    assertThat(file.longs("state_dict." + name)).as(name).isEqualTo(array.longs());
                }
            }
            assertThat(file.tensor("state_dict.transposed_view").strides()).containsExactly(1L, 5L);
            assertThat(file.tensor("state_dict.expanded").strides()).containsExactly(0L, 1L);
            assertThat(file.tensor("state_dict.bf16").type()).isEqualTo(ElementType.BF16);
        }
    }

    @Test
    void valuesBesideTheTensorsAreKept() {
        try (PyTorchFile file = official()) {
            Map<?, ?> top = (Map<?, ?>) file.value();
            assertThat(top.get("epoch")).isEqualTo(7L);
            assertThat(top.get("big")).isEqualTo(BigInteger.ONE.shiftLeft(70));
            assertThat(top.get("neg")).isEqualTo(-300L);
            assertThat(top.get("lr")).isEqualTo(1.5e-4);
            assertThat(top.get("flag")).isEqualTo(true);
            assertThat(top.containsKey("none")).isTrue();
            assertThat(top.get("none")).isNull();
            assertThat(top.get("name")).isEqualTo("café 🐶");
            assertThat(top.get("list")).isEqualTo(List.of(1L, List.of(2.5, "x"), List.of(3L, 4L, 5L, 6L)));
            assertThat(top.get("size")).isEqualTo(List.of(2L, 3L));
            assertThat(((Map<?, ?>) top.get("nested")).get(5L)).isEqualTo("int key");
            assertThat(file.tensor("nested.module.a")).isEqualTo(file.tensor("state_dict.f32"));
            assertThatThrownBy(() -> ((Map<?, ?>) top).remove("epoch"))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void anyViewOfAStorageIsReadAsPyTorchWouldCopyIt() throws IOException {
        Random random = new Random(5);
        float[] storage = counting(80_000);
        for (int round = 0; round < 60; round++) {
            int dimensions = 1 + random.nextInt(4);
            Long[] shape = new Long[dimensions];
            Long[] strides = new Long[dimensions];
            long span = 1;
            for (int i = 0; i < dimensions; i++) {
                shape[i] = 1L + random.nextInt(dimensions == 1 ? 3000 : 11);
                strides[i] = (long) random.nextInt(round % 2 == 0 ? 12 : 1700);
                while ((shape[i] - 1) * strides[i] + span > storage.length) {
                    strides[i] /= 2;
                }
                span += (shape[i] - 1) * strides[i];
            }
            long offset = random.nextInt((int) (storage.length - span + 1));
            byte[] pickle = new PickleAssembler()
                    .tensor("FloatStorage", "0", storage.length, offset, List.of(shape), List.of(strides))
                    .stop();
            int elements = (int)
                    Shape.of(Arrays.stream(shape).mapToLong(Long::longValue).toArray())
                            .elements();
            float[] expected = new float[elements];
            for (int i = 0; i < elements; i++) {
                long at = offset;
                int rest = i;
                for (int dimension = dimensions - 1; dimension >= 0; dimension--) {
                    at += rest % shape[dimension] * strides[dimension];
                    rest /= shape[dimension];
                }
                expected[i] = at;
            }
            try (PyTorchFile file = PyTorchFile.open(file(pickle, storage))) {
                assertThat(file.floats("")).isEqualTo(expected);
                FloatBuffer target = FloatBuffer.allocate(elements + 2).position(1);
                file.read("", target);
                assertThat(target.position()).isEqualTo(elements + 1);
                assertThat(Arrays.copyOfRange(target.array(), 1, elements + 1)).isEqualTo(expected);
                ByteBuffer bytes = ByteBuffer.allocate(4 * elements + 3).order(ByteOrder.LITTLE_ENDIAN);
                file.readBytes("", bytes);
                float[] again = new float[elements];
                bytes.flip().asFloatBuffer().get(again);
                assertThat(again).isEqualTo(expected);
                long first = random.nextInt(shape[0].intValue());
                long count = shape[0] - first;
                int row = elements / shape[0].intValue();
                FloatBuffer rows = FloatBuffer.allocate((int) count * row);
                file.readRows("", first, count, rows);
                assertThat(rows.array()).isEqualTo(Arrays.copyOfRange(expected, (int) first * row, elements));
            }
        }
    }

    @Test
    void anExpandedScalarFillsTheCallersBufferButNoArrayOfAnySize() throws IOException {
        byte[] pickle = new PickleAssembler()
                .tensor("FloatStorage", "0", 1, 0, List.of(1L << 20, 1L << 20), List.of(0L, 0L))
                .stop();
        try (PyTorchFile file = PyTorchFile.open(file(pickle, 3))) {
            assertThatThrownBy(() -> file.floats(""))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("which repeat 1 stored ones");
            assertThatThrownBy(() -> file.read("", FloatBuffer.allocate(8)))
                    .isInstanceOf(BufferOverflowException.class);
            assertThatThrownBy(() -> file.readBytes("", ByteBuffer.allocate(8)))
                    .isInstanceOf(BufferOverflowException.class);
            FloatBuffer target = FloatBuffer.allocate(1 << 20);
            file.readRows("", 5, 1, target);
            assertThat(target.array()).containsOnly(3);
        }
    }

    @Test
    void protocolsFourAndFiveAndUntypedStoragesAreRead() throws IOException {
        byte[] pickle = new PickleAssembler()
                .raw(0x80, 5, 0x95, 1, 0, 0, 0, 0, 0, 0, 0)
                .op("}")
                .raw(0x94, 0x8c, 1, 'u')
                .raw(0x8c, 12)
                .op("torch._utils")
                .raw(0x8c, 18)
                .op("_rebuild_tensor_v3")
                .raw(0x93)
                .op("((")
                .text("storage")
                .global("torch.storage", "UntypedStorage")
                .text("0")
                .text("cpu")
                .number(8)
                .op("tQ")
                .number(1)
                .numbers(List.of(3L))
                .numbers(List.of(1L))
                .raw(0x89)
                .global("collections", "OrderedDict")
                .op(")R")
                .global("torch", "uint16")
                .op("}tRs")
                .stop();
        ArchiveAssembler archive = new ArchiveAssembler();
        archive.entry("data.pkl", pickle);
        archive.entry("data/0", new byte[] {9, 9, 1, 0, (byte) 0xff, (byte) 0xff, 2, 1});
        try (PyTorchFile file = PyTorchFile.open(archive.write(folder.resolve("five.pt")))) {
            assertThat(file.tensor("u").type()).isEqualTo(ElementType.U16);
            assertThat(file.longs("u")).containsExactly(1, 65535, 258);
        }
    }

    @Test
    void scoresOfNumPyBesideTheTensorsAreNumbers() throws IOException {
        PickleAssembler pickle = new PickleAssembler()
                .op("}")
                .text("best")
                .global("numpy.core.multiarray", "scalar")
                .op("(")
                .global("numpy", "dtype")
                .op("(")
                .text("f8")
                .raw(0x89, 0x88)
                .op("tR(")
                .number(3)
                .text("<")
                .op("NNN")
                .number(-1)
                .number(-1)
                .number(0)
                .op("tb")
                .global("_codecs", "encode")
                .op("(")
                .text("\0\0\0\0\0\0ø?")
                .text("latin1")
                .op("tRtRs");
        try (PyTorchFile file = PyTorchFile.open(file(pickle.stop()))) {
            assertThat(file.value()).isEqualTo(Map.of("best", 1.5));
            assertThat(file.tensors()).isEmpty();
        }
    }

    @Test
    void aPackedPickleIsReadAndPackedTensorsAreRefused() throws IOException {
        ArchiveAssembler archive = new ArchiveAssembler();
        archive.entry(
                        "data.pkl",
                        new PickleAssembler().vector("FloatStorage", "0", 3).stop())
                .deflated();
        archive.entry("byteorder", "little");
        ArchiveAssembler.Entry storage = archive.floats("0", 1, 2, 3);
        try (PyTorchFile file = PyTorchFile.open(archive.write(folder.resolve("packed.pt")))) {
            assertThat(file.floats("")).containsExactly(1, 2, 3);
        }
        storage.deflated();
        assertThatThrownBy(() -> PyTorchFile.open(archive.write(folder.resolve("packed.pt"))))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("compressed");
    }

    @Test
    void anArchiveBeyondFourGigabytesIsReadWhereItIsAsked() throws IOException {
        long elements = 5L << 30;
        ArchiveAssembler archive = new ArchiveAssembler().large();
        archive.entry(
                "data.pkl",
                new PickleAssembler()
                        .op("}(")
                        .text("end")
                        .tensor("FloatStorage", "0", elements, elements - 3, List.of(3L), List.of(1L))
                        .text("column")
                        .tensor("FloatStorage", "0", elements, 0, List.of(5L), List.of(1L << 30))
                        .text("behind")
                        .vector("FloatStorage", "1", 2)
                        .op("u")
                        .stop());
        archive.floats("0", 7).hole(4 * elements - 4);
        archive.floats("1", 8, 9);
        Path path = archive.write(folder.resolve("huge.pt"));
        assertThat(Files.size(path)).isGreaterThan(20L << 30);
        try (PyTorchFile file = PyTorchFile.open(path)) {
            assertThat(file.floats("end")).containsExactly(0, 0, 0);
            assertThat(file.floats("column")).containsExactly(7, 0, 0, 0, 0);
            assertThat(file.floats("behind")).containsExactly(8, 9);
        }
    }

    @Test
    void unreadStoragesAreNeverTouched() throws IOException {
        // The optimizer's storage has a local header that lies: reading it would be an error.
        ArchiveAssembler archive = new ArchiveAssembler();
        archive.entry(
                "data.pkl",
                new PickleAssembler()
                        .op("}(")
                        .text("state_dict")
                        .op("}(")
                        .text("w")
                        .vector("FloatStorage", "0", 2)
                        .op("u")
                        .text("optimizer")
                        .op("}(")
                        .number(0)
                        .vector("FloatStorage", "1", 2)
                        .op("uu")
                        .stop());
        archive.floats("0", 1, 2);
        archive.floats("1", 3, 4);
        Path path = archive.write(folder.resolve("optimizer.pt"));
        byte[] bytes = Files.readAllBytes(path);
        byte[] name = (ArchiveAssembler.ROOT + "/data/1").getBytes(StandardCharsets.UTF_8);
        int at = 0;
        while (!Arrays.equals(bytes, at, at + name.length, name, 0, name.length)) {
            at++;
        }
        bytes[at] ^= 1;
        Files.write(path, bytes);
        try (PyTorchFile file = PyTorchFile.open(path)) {
            assertThat(file.tensors().keySet()).containsExactly("state_dict.w", "optimizer.0");
            assertThat(file.floats("state_dict.w")).containsExactly(1, 2);
            assertThatThrownBy(() -> file.floats("optimizer.0"))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("contradicts its directory");
        }
    }

    @Test
    void missingTensorsWrongKindsAndClosedFilesAreNamed() {
        PyTorchFile file = official();
        assertThatThrownBy(() -> file.floats("other"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no tensor 'other'")
                .hasMessageContaining("state_dict.f32");
        assertThatThrownBy(() -> file.floats("state_dict.i64"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("I64");
        assertThatThrownBy(() -> file.longs("state_dict.f32"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("F32");
        assertThatThrownBy(() -> file.read("state_dict.f32", FloatBuffer.allocate(23)))
                .isInstanceOf(BufferOverflowException.class);
        assertThatThrownBy(() -> file.readRows("state_dict.f32", 3, 2, FloatBuffer.allocate(99)))
                .isInstanceOf(IndexOutOfBoundsException.class);
        file.close();
        file.close();
        assertThatThrownBy(() -> file.floats("state_dict.f32")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void thePublishedProjectorsEqualTheirSafetensorsTwins() {
        Path goldens = Samples.goldens();
        for (String head : List.of("A", "T", "V", "AT", "AV", "TV", "mix")) {
            Path path =
                    goldens.resolve("checkpoints/IB_PP_G_Proj").resolve(head).resolve("best.pt");
            try (PyTorchFile file = PyTorchFile.open(path);
                    SafetensorsFile twin =
                            SafetensorsFile.open(goldens.resolve("projector").resolve(head + ".safetensors"))) {
                assertThat(file.tensors().keySet())
                        .containsExactlyInAnyOrderElementsOf(twin.tensors().keySet());
                twin.tensors().forEach((name, tensor) -> {
                    assertThat(file.tensor(name).shape()).as(name).isEqualTo(tensor.shape());
                    assertThat(file.tensor(name).type()).as(name).isEqualTo(tensor.type());
                    ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes());
                    file.readBytes(name, bytes);
                    assertThat(bytes.flip()).as(name).isEqualTo(twin.bytes(name));
                });
            }
        }
    }
}
