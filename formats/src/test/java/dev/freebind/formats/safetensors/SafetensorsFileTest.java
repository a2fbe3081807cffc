package dev.freebind.formats.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Samples;
import dev.freebind.formats.Shape;
import java.io.IOException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsFileTest {

    private static final float[] VALUES = {1, -2.5f, 0, 3.140625f};

    @TempDir
    Path folder;

    private static SafetensorsFile official() {
        return SafetensorsFile.open(Samples.file("official/every-type.safetensors"));
    }

    private Path file(String json, int dataBytes) throws IOException {
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(header.length).put(header);
        return Files.write(folder.resolve("made.safetensors"), bytes.array());
    }

    @Test
    void everyTypeThatTheOfficialLibraryWritesIsRead() {
        try (SafetensorsFile file = official()) {
            for (String name : List.of("half", "brain", "single", "double")) {
                assertThat(file.floats(name)).as(name).isEqualTo(VALUES);
            }
            assertThat(file.longs("long")).containsExactly(-7);
            assertThat(file.longs("int")).containsExactly(-1, 2);
            assertThat(file.longs("byte")).containsExactly(0, 127, 255);
            assertThat(file.longs("truth")).containsExactly(1, 0);
            assertThat(file.floats("nothing")).isEmpty();
            assertThat(file.tensor("half").shape()).isEqualTo(Shape.of(2, 2));
            assertThat(file.tensor("brain").type()).isEqualTo(ElementType.BF16);
            assertThat(file.tensors()).hasSize(9);
            assertThat(file.metadata()).containsOnly(Map.entry("format", "pt"), Map.entry("note", "grüße"));
        }
    }

    @Test
    void tensorsCanBeMappedAndReadIntoBuffers() {
        try (SafetensorsFile file = official()) {
            assertThat(file.bytes("single").getFloat(4)).isEqualTo(-2.5f);
            assertThat(file.bytes("single", 12, 4).getFloat(0)).isEqualTo(3.140625f);
            assertThat(file.bytes("single").isReadOnly()).isTrue();
            assertThatThrownBy(() -> file.bytes("single", 13, 4)).isInstanceOf(IndexOutOfBoundsException.class);
            FloatBuffer target = FloatBuffer.allocate(6).position(1);
            file.read("half", target);
            assertThat(target.array()).containsExactly(0, 1, -2.5f, 0, 3.140625f, 0);
            assertThatThrownBy(() -> file.read("half", FloatBuffer.allocate(3)))
                    .isInstanceOf(BufferOverflowException.class);
        }
    }

    @Test
    void missingTensorsAndWrongKindsAreNamed() {
        try (SafetensorsFile file = official()) {
            assertThatThrownBy(() -> file.floats("other"))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("no tensor 'other'")
                    .hasMessageContaining("half");
            assertThatThrownBy(() -> file.floats("long"))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("I64");
            assertThatThrownBy(() -> file.longs("half"))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("F16");
        }
    }

    @Test
    void aClosedFileSaysSo() {
        SafetensorsFile file = official();
        file.close();
        file.close();
        assertThatThrownBy(() -> file.floats("half")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> file.bytes("half")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatIsWrittenIsReadForEveryType() {
        Random random = new Random(3);
        Path path = folder.resolve("out.safetensors");
        for (ElementType type : ElementType.values()) {
            NamedTensor tensor;
            int count = 70_001;
            if (type.isFloating()) {
                float[] values = new float[count];
                for (int i = 0; i < count; i++) {
                    values[i] = random.nextInt(256) / 8f - 16; // exact in every type
                }
                tensor = new NamedTensor.Floats("t", type, Shape.of(count), values);
            } else {
                long[] values = new long[count];
                for (int i = 0; i < count; i++) {
                    values[i] = type == ElementType.BOOL ? random.nextInt(2) : random.nextInt(128);
                }
                values[0] = type.name().startsWith("I") ? -1L << (8 * type.bytes() - 1) : 0;
                tensor = new NamedTensor.Integers("t", type, Shape.of(count), values);
            }
            SafetensorsWriter.write(path, List.of(tensor), Map.of());
            try (SafetensorsFile file = SafetensorsFile.open(path)) {
                assertThat(file.tensor("t").type()).isEqualTo(type);
                if (tensor instanceof NamedTensor.Floats floats) {
                    assertThat(file.floats("t")).as(type.name()).isEqualTo(floats.values());
                } else if (tensor instanceof NamedTensor.Integers integers) {
                    assertThat(file.longs("t")).as(type.name()).isEqualTo(integers.values());
                }
            }
        }
    }

    @Test
    void theBytesWrittenAreTheSameEveryTimeAndTheOrderIsKept() throws IOException {
        List<NamedTensor> tensors = List.of(
                NamedTensor.of("z", new float[] {1, 2}, 2),
                NamedTensor.of("a", new long[] {5}),
                NamedTensor.of("m", new float[6], 2, 3));
        Path first = folder.resolve("first.safetensors");
        Path second = folder.resolve("second.safetensors");
        SafetensorsWriter.write(first, tensors, Map.of("format", "pt"));
        SafetensorsWriter.write(second, tensors, Map.of("format", "pt"));
        assertThat(first).hasSameBinaryContentAs(second);
        byte[] bytes = Files.readAllBytes(first);
        long headerLength =
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        assertThat(headerLength % 8).isZero();
        assertThat(new String(bytes, 8, (int) headerLength, StandardCharsets.UTF_8).stripTrailing())
                .isEqualTo("{\"__metadata__\":{\"format\":\"pt\"},"
                        + "\"z\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                        + "\"a\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[8,16]},"
                        + "\"m\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[16,40]}}");
    }

    @Test
    void theOrderOfTheMetadataMapDoesNotMatter() {
        List<NamedTensor> tensors = List.of(NamedTensor.of("a", new float[] {1}, 1));
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("one", "1");
        metadata.put("two", "2");
        Map<String, String> reversed = new LinkedHashMap<>();
        reversed.put("two", "2");
        reversed.put("one", "1");
        Path first = folder.resolve("first.safetensors");
        Path second = folder.resolve("second.safetensors");
        SafetensorsWriter.write(first, tensors, metadata);
        SafetensorsWriter.write(second, tensors, reversed);
        assertThat(first).hasSameBinaryContentAs(second);
    }

    @Test
    void everyTensorLiesAtAMultipleOfItsElementSize() {
        Path path = folder.resolve("out.safetensors");
        SafetensorsWriter.write(
                path,
                List.of(
                        new NamedTensor.Integers("byte", ElementType.U8, Shape.of(3), new long[] {1, 2, 3}),
                        new NamedTensor.Floats("half", ElementType.F16, Shape.of(3), new float[] {4, 5, 6}),
                        NamedTensor.of("long", new long[] {7}, 1),
                        NamedTensor.of("single", new float[] {8}, 1)),
                Map.of());
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.tensors().keySet()).containsExactly("byte", "half", "long", "single");
            assertThat(file.tensors().values())
                    .allSatisfy(tensor ->
                            assertThat(tensor.begin() % tensor.type().bytes()).isZero());
            assertThat(file.longs("byte")).containsExactly(1, 2, 3);
            assertThat(file.floats("half")).containsExactly(4, 5, 6);
            assertThat(file.longs("long")).containsExactly(7);
            assertThat(file.floats("single")).containsExactly(8);
        }
    }

    @Test
    void wrongTensorsAreNotWritten() throws IOException {
        assertThatThrownBy(() -> NamedTensor.of("a", new float[5], 2, 3)).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> new NamedTensor.Integers("a", ElementType.U8, Shape.of(1), new long[] {256}))
                .isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> new NamedTensor.Floats("a", ElementType.I64, Shape.of(1), new float[1]))
                .isInstanceOf(InvalidRequestException.class);
        NamedTensor tensor = NamedTensor.of("a", new float[1], 1);
        assertThatThrownBy(() -> SafetensorsWriter.write(folder.resolve("x"), List.of(tensor, tensor), Map.of()))
                .isInstanceOf(InvalidRequestException.class);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    private static String tensor(String name, String type, String shape, String offsets) {
        return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
    }

    static Stream<Arguments> hostileHeaders() {
        String good = tensor("a", "F32", "[2]", "[0,8]");
        return Stream.of(
                Arguments.of("{" + good + "}", 7, "incomplete"),
                Arguments.of("{" + good + "}", 9, "8 bytes, but the file has 9"),
                Arguments.of("{" + tensor("a", "F32", "[3]", "[0,8]") + "}", 8, "needs 12 bytes"),
                Arguments.of("{" + tensor("a", "F32", "[2]", "[8,0]") + "}", 8, "lies at bytes 8 to 0"),
                Arguments.of("{" + tensor("a", "F32", "[2]", "[-8,0]") + "}", 8, "lies at bytes -8"),
                Arguments.of("{" + tensor("a", "F32", "[2]", "[4,12]") + "}", 12, "gap"),
                Arguments.of("{" + good + "," + tensor("b", "F32", "[2]", "[4,12]") + "}", 12, "overlap"),
                Arguments.of("{" + good + "," + good + "}", 8, "uplicate"),
                Arguments.of("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 0, "uplicate"),
                Arguments.of("{" + tensor("a", "F8_E4M3", "[8]", "[0,8]") + "}", 8, "F8_E4M3"),
                Arguments.of("{" + tensor("a", "F32", "[-2]", "[0,8]") + "}", 8, "negative"),
                Arguments.of("{" + tensor("a", "F32", "[4294967296,4294967296]", "[0,8]") + "}", 8, "more elements"),
                Arguments.of("{" + tensor("a", "F32", "[99999999999999999999]", "[0,8]") + "}", 8, "made.safetensors"),
                Arguments.of("{" + tensor("a", "F32", "[2.0]", "[0,8]") + "}", 8, "whole numbers"),
                Arguments.of("{" + tensor("a", "F32", "[2]", "[0,8,9]") + "}", 8, "whole numbers"),
                Arguments.of("{" + tensor("a", "F32", "[2]", "[0]") + "}", 8, "data_offsets"),
                Arguments.of("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "lacks"),
                Arguments.of("{\"a\":3}", 0, "where an object belongs"),
                Arguments.of("{\"__metadata__\":{\"a\":1}}", 0, "where a text belongs"),
                Arguments.of("{\"a\":" + "{\"a\":".repeat(50_000), 0, "made.safetensors"),
                Arguments.of("{\"a\":{\"shape\":" + "[".repeat(100_000), 0, "made.safetensors"),
                Arguments.of("{" + good + "} {}", 8, "after its end"),
                Arguments.of("{" + good, 8, "damaged"),
                Arguments.of("[]", 0, "not a safetensors file"),
                Arguments.of("", 0, "not a safetensors file"));
    }

    @ParameterizedTest
    @MethodSource("hostileHeaders")
    void aHeaderThatLiesIsRefused(String json, int dataBytes, String message) throws IOException {
        Path path = file(json, dataBytes);
        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("made.safetensors")
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(2000));
    }

    @Test
    void aHeaderLengthThatLiesIsRefusedUnread() throws IOException {
        for (long length : new long[] {-1, Long.MAX_VALUE, 100_000_001, 9}) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
            Path path = Files.write(folder.resolve("lying.safetensors"), bytes.array());
            assertThatThrownBy(() -> SafetensorsFile.open(path))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining(Long.toUnsignedString(length) + " bytes long");
        }
        Path path = Files.write(folder.resolve("short.safetensors"), new byte[5]);
        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("only 5 bytes");
    }

    /** Twelve thousand damaged copies: each is read or refused with a {@link DataException}, whatever the damage. */
    @Test
    void noDamagedHeaderDoesWorseThanADataException() throws IOException {
        Random random = new Random(42);
        byte[] whole = Files.readAllBytes(Samples.file("official/every-type.safetensors"));
        int headerEnd =
                8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        String alphabet = "{}[]\",:0123456789-+.eEtruefalsnFIBU_\\ ";
        Path path = folder.resolve("fuzzed.safetensors");
        int refused = 0;
        for (int i = 0; i < 12_000; i++) {
            byte[] bytes = whole.clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                int at = random.nextInt(headerEnd);
                switch (random.nextInt(4)) {
                    case 0 -> bytes[at] = (byte) random.nextInt(256);
                    case 1 -> bytes[at] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
                    case 2 -> System.arraycopy(bytes, at + 1, bytes, at, bytes.length - at - 1);
                    default -> System.arraycopy(bytes, at, bytes, at + 1, bytes.length - at - 1);
                }
            }
            if (random.nextInt(10) == 0) {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            try {
                if (i % 10 == 0) {
                    readAll(Files.write(path, bytes));
                } else {
                    parse(bytes);
                }
            } catch (DataException e) {
                assertThat(e.getMessage()).contains("fuzzed.safetensors");
                refused++;
            }
        }
        assertThat(refused).isBetween(8_000, 11_999);
    }

    private static void readAll(Path path) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            for (TensorInfo tensor : file.tensors().values()) {
                if (tensor.type().isFloating()) {
                    assertThat(file.floats(tensor.name()).length)
                            .isEqualTo((int) tensor.shape().elements());
                }
            }
        }
    }

    /** As a file is opened, but from memory, with the header ending where the undamaged one did if its length is a lie. */
    private static void parse(byte[] bytes) {
        int available = Math.max(0, bytes.length - 8);
        long length = bytes.length < 8
                ? 0
                : ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        int header = length < 0 || length > available ? Math.min(available, 500) : (int) length;
        byte[] json = Arrays.copyOfRange(bytes, bytes.length - available, bytes.length - available + header);
        SafetensorsHeader.parse(json, available - header, "fuzzed.safetensors");
    }

    @Test
    void theSharedProjectorsAreReadAndWrittenBack() {
        for (String head : List.of("A", "T", "V", "AT", "AV", "TV", "mix")) {
            Path golden = Samples.goldens().resolve("projector").resolve(head + ".safetensors");
            Path copy = folder.resolve(head + ".safetensors");
            try (SafetensorsFile file = SafetensorsFile.open(golden)) {
                assertThat(file.tensor("Head2.mlps.0.weight").shape()).isEqualTo(Shape.of(2048, 10));
                List<NamedTensor> tensors = file.tensors().values().stream()
                        .<NamedTensor>map(tensor -> tensor.type().isFloating()
                                ? new NamedTensor.Floats(
                                        tensor.name(), tensor.type(), tensor.shape(), file.floats(tensor.name()))
                                : new NamedTensor.Integers(
                                        tensor.name(), tensor.type(), tensor.shape(), file.longs(tensor.name())))
                        .toList();
                assertThat(tensors).hasSize(14);
                SafetensorsWriter.write(copy, tensors, file.metadata());
            }
            assertThat(copy).hasSameBinaryContentAs(golden);
        }
    }
}
