package dev.freebind.formats.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.freebind.api.DataException;
import dev.freebind.formats.Samples;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HostilePickleTest {

    @TempDir
    Path folder;

    private static PickleAssembler pickle() {
        return new PickleAssembler();
    }

    private static PickleAssembler tensor(long stored, long offset, List<Long> shape, List<Long> strides) {
        return pickle().tensor("FloatStorage", "0", stored, offset, shape, strides);
    }

    static Stream<Arguments> pickles() {
        return Stream.of(
                Arguments.of(
                        "a call of os.system",
                        pickle().global("os", "system")
                                .op("(")
                                .text("touch owned")
                                .op("tR"),
                        "mentions 'os.system'"),
                Arguments.of(
                        "the same by protocol 4",
                        pickle().text("builtins").text("eval").raw(0x93),
                        "mentions 'builtins.eval'"),
                Arguments.of(
                        "a class with state",
                        pickle().global("argparse", "Namespace")
                                .op(")")
                                .raw(0x81)
                                .op("}b"),
                        "mentions 'argparse.Namespace'"),
                Arguments.of("a name with dots", pickle().global("torch", "_utils.os.system"), "_utils.os.system"),
                Arguments.of(
                        "an unknown storage", pickle().storage("ComplexFloatStorage", "0", 2), "ComplexFloatStorage"),
                Arguments.of("a name as a value", pickle().global("torch", "FloatStorage"), "stores a name itself"),
                Arguments.of("a call of no name", pickle().text("x").op(")R"), "calls a text"),
                Arguments.of("attributes of a list", pickle().op("]}b"), "sets attributes of a list"),
                Arguments.of("an old opcode", pickle().op("I5\n"), "opcode 0x49"),
                Arguments.of("protocol 0", new PickleAssembler().raw(0x80, 0).op("N"), "protocol 0"),
                Arguments.of("an unset memo", pickle().raw('h', 7), "memo index 7"),
                Arguments.of("a memo index of 4 billion", pickle().op("N").raw('r', 255, 255, 255, 255), "4294967295"),
                Arguments.of("an empty stack", pickle().op("0"), "empty stack"),
                Arguments.of("a value below a mark", pickle().op("]N(a"), "empty stack"),
                Arguments.of("no mark", pickle().op("]NNe"), "a mark that it did not set"),
                Arguments.of("values left over", pickle().op("NN"), "left over"),
                Arguments.of("a text of 4 GiB", pickle().raw('X', 255, 255, 255, 255), "cut off"),
                Arguments.of(
                        "a text of 2^63 bytes", pickle().raw(0x8d, 0, 0, 0, 0, 0, 0, 0, 128), "9223372036854775808"),
                Arguments.of("a whole number of 2 GiB", pickle().raw(0x8b, 255, 255, 255, 127), "2147483647 bytes"),
                Arguments.of("a frame that is longer", pickle().raw(0x95, 9, 0, 0, 0, 0, 0, 0, 0), "cut off"),
                Arguments.of("a text that is not UTF-8", pickle().raw(0x8c, 2, 0xc3, 0x28), "not UTF-8"),
                Arguments.of("a key that is a list", pickle().op("}]Ns"), "a list as the key"),
                Arguments.of("a key without a value", pickle().op("}(Nu"), "without a value"),
                Arguments.of(
                        "a list that contains itself",
                        pickle().op("]").raw('q', 0, 'h', 0).op("a"),
                        "itself"),
                Arguments.of(
                        "a dictionary that contains itself",
                        pickle().op("}").raw('q', 0).text("a").raw('h', 0).op("s"),
                        "itself"),
                Arguments.of("lists in lists", pickle().op("]".repeat(100_000) + "a".repeat(99_999)), "deep"),
                Arguments.of("tuples in tuples", pickle().op(")" + "\u0085".repeat(100_000)), "deep"),
                Arguments.of("lists in lists, inside out", insideOut(), "deep"),
                Arguments.of("each list twice in the next", doubling(), "more places"),
                Arguments.of("a long list made a set again and again", copies(), "more values"),
                Arguments.of("a tensor made again and again", manyTensors(), "more values"),
                Arguments.of("five million values", pickle().op("(" + "N".repeat(5_000_000) + "t"), "more values"),
                Arguments.of("one key twice on different ways", sameName(), "two tensors have the name 'a.b'"),
                Arguments.of(
                        "a view beyond its storage", tensor(4, 1, List.of(4L), List.of(1L)), "does not lie within"),
                Arguments.of("a negative offset", tensor(4, -1, List.of(2L), List.of(1L)), "negative"),
                Arguments.of("a negative stride", tensor(4, 3, List.of(2L), List.of(-1L)), "negative"),
                Arguments.of("a negative length", tensor(4, 0, List.of(-2L), List.of(1L)), "negative"),
                Arguments.of("a stride too few", tensor(4, 0, List.of(2L, 2L), List.of(1L)), "not that of a tensor"),
                Arguments.of(
                        "lengths that overflow",
                        tensor(4, 0, List.of(1L << 32, 1L << 32), List.of(0L, 0L)),
                        "more elements"),
                Arguments.of(
                        "strides that overflow",
                        tensor(4, 0, List.of(3L, 3L), List.of(Long.MAX_VALUE / 2, Long.MAX_VALUE / 2)),
                        "more than any file"),
                Arguments.of(
                        "an offset that overflows",
                        tensor(4, Long.MAX_VALUE - 1, List.of(2L), List.of(2L)),
                        "more than any file"),
                Arguments.of(
                        "a storage that is larger than its entry",
                        tensor(1L << 40, 1L << 39, List.of(2L), List.of(1L)),
                        "which has 16"),
                Arguments.of(
                        "a storage of a negative length", tensor(-4, 0, List.of(0L), List.of(1L)), "not a storage"),
                Arguments.of(
                        "a storage that is not there",
                        pickle().vector("FloatStorage", "9", 4),
                        "has no 'any name/data/9'"),
                Arguments.of(
                        "a storage elsewhere",
                        pickle().vector("FloatStorage", "../data.pkl", 4),
                        "has no 'any name/data/../"),
                Arguments.of("no end", pickle().op("N").raw(0x8c), "cut off"));
    }

    /** Python would make these without recursion, and walking through them would overflow the stack. */
    private static PickleAssembler insideOut() {
        PickleAssembler pickle = pickle().op("(]").raw('q', 0);
        for (int i = 0; i < 500; i++) {
            pickle.op("]").raw('h', 0).op("a").raw('q', 0);
        }
        return pickle.op("t");
    }

    private static PickleAssembler doubling() {
        PickleAssembler pickle = pickle().op("]").raw('q', 0).op("0");
        for (int i = 0; i < 60; i++) {
            pickle.op("](").raw('h', 0, 'h', 0).op("e").raw('q', 0).op("0");
        }
        return pickle.raw('h', 0);
    }

    private static PickleAssembler copies() {
        PickleAssembler pickle =
                pickle().op("(" + "](NNe".repeat(10_000) + "t").raw('q', 0).op("0(](");
        for (int i = 0; i < 10_000; i++) {
            pickle.op("](NNe");
        }
        pickle.op("e").raw('q', 1);
        for (int i = 0; i < 10_000; i++) {
            pickle.global("collections", "OrderedDict").raw('h', 1, 0x85).op("R");
        }
        return pickle.op("t");
    }

    private static PickleAssembler manyTensors() {
        List<Long> ones = Collections.nCopies(64, 1L);
        PickleAssembler pickle = pickle().global("torch._utils", "_rebuild_tensor_v2")
                .raw('q', 0)
                .op("(")
                .storage("FloatStorage", "0", 4)
                .number(0)
                .numbers(ones)
                .numbers(ones)
                .op("t")
                .raw('q', 1)
                .op("00(");
        for (int i = 0; i < 500_000; i++) {
            pickle.raw('h', 0, 'h', 1, 'R');
        }
        return pickle.op("t");
    }

    private static PickleAssembler sameName() {
        return pickle().op("}(")
                .text("a")
                .op("}")
                .text("b")
                .vector("FloatStorage", "0", 4)
                .op("s")
                .text("a.b")
                .vector("FloatStorage", "0", 4)
                .op("u");
    }

    private Path write(byte[] pickle) throws IOException {
        ArchiveAssembler archive = new ArchiveAssembler();
        archive.entry("data.pkl", pickle);
        archive.floats("0", 1, 2, 3, 4);
        return archive.write(folder.resolve("hostile.pt"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pickles")
    void aPickleThatLiesOrAttacksIsRefused(String what, PickleAssembler pickle, String message) throws IOException {
        Path path = write(pickle.stop());
        assertTimeoutPreemptively(
                Duration.ofMinutes(3),
                () -> assertThatThrownBy(() -> PyTorchFile.open(path))
                        .as(what)
                        .isInstanceOf(DataException.class)
                        .hasMessageContaining("hostile.pt")
                        .hasMessageContaining(message)
                        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(2000)));
    }

    @Test
    void aPickleThatIsTooLongIsRefusedUnread() throws IOException {
        Path path = write(new byte[PyTorchFile.MAX_PICKLE_BYTES + 1]);
        assertThatThrownBy(() -> PyTorchFile.open(path))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("at most " + PyTorchFile.MAX_PICKLE_BYTES);
    }

    @Test
    void olderFormatsSayHowToConvertThem() throws IOException {
        assertThatThrownBy(() -> PyTorchFile.open(Samples.file("pytorch/edge_cases_legacy.pth")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("before version 1.6")
                .hasMessageContaining("torch.save(torch.load(");
        byte[] tar = new byte[1024];
        System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
        assertRefused(tar, "tar archive");
        assertRefused(
                "version https://git-lfs.github.com/spec/v1\n".getBytes(StandardCharsets.US_ASCII), "git lfs pull");
        assertRefused(new byte[0], "not a PyTorch file");
        assertRefused(new byte[] {'P', 'K'}, "incomplete");
        assertThatThrownBy(() -> PyTorchFile.open(folder.resolve("absent.pt")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no such file");
    }

    private void assertRefused(byte[] bytes, String message) throws IOException {
        Path path = Files.write(folder.resolve("other.pt"), bytes);
        assertThatThrownBy(() -> PyTorchFile.open(path))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("other.pt")
                .hasMessageContaining(message);
    }

    private void assertArchiveRefused(Consumer<ArchiveAssembler> change, String message) throws IOException {
        ArchiveAssembler archive = new ArchiveAssembler();
        archive.entry("data.pkl", pickle().vector("FloatStorage", "0", 4).stop());
        archive.floats("0", 1, 2, 3, 4);
        change.accept(archive);
        assertRefused(Files.readAllBytes(archive.write(folder.resolve("archive.pt"))), message);
    }

    @Test
    void otherKindsOfArchivesAreNamed() throws IOException {
        assertArchiveRefused(archive -> archive.entry("byteorder", "big"), "byte order 'big'");
        assertArchiveRefused(archive -> archive.entry("constants.pkl", "x"), "TorchScript");
        assertArchiveRefused(archive -> archive.entry("x", "x").name = "other/data.pkl", "several");
        ArchiveAssembler empty = new ArchiveAssembler();
        assertRefused(Files.readAllBytes(empty.write(folder.resolve("empty.pt"))), "not a PyTorch file");
        empty.entry("x", "x");
        assertRefused(Files.readAllBytes(empty.write(folder.resolve("empty.pt"))), "not a PyTorch file");
    }

    @Test
    void archivesThatLieAboutTheirEntriesAreRefused() throws IOException {
        for (boolean large : new boolean[] {false, true}) {
            assertLieRefused(large, entry -> entry.header = 3, "reaches beyond");
            assertLieRefused(large, entry -> entry.header = 0, "reaches beyond");
            assertLieRefused(large, entry -> entry.header = 1L << 31, "reaches beyond");
            assertLieRefused(large, entry -> entry.flags |= 1, "encrypted");
            assertLieRefused(large, entry -> entry.method = 12, "method 12");
            assertLieRefused(large, entry -> entry.packed = 15, "takes 15");
            assertLieRefused(large, entry -> entry.packed = entry.size = 1 << 20, "reaches beyond");
            assertLieRefused(large, entry -> entry.name = ArchiveAssembler.ROOT + "/data.pkl", "two entries");
        }
        assertLieRefused(true, entry -> entry.packed = entry.size = Long.MAX_VALUE, "reaches beyond");
        assertLieRefused(true, entry -> entry.packed = entry.size = -5, "takes 18446744073709551611");
        assertLieRefused(true, entry -> entry.header = Long.MAX_VALUE, "reaches beyond");
        assertLieRefused(true, entry -> entry.header = -1L << 40, "at byte 18446742974197923840");
    }

    private void assertLieRefused(boolean large, Consumer<ArchiveAssembler.Entry> lie, String message)
            throws IOException {
        assertArchiveRefused(
                archive -> {
                    lie.accept(archive.floats("1", 5, 6, 7, 8));
                    if (large) {
                        archive.large();
                    }
                },
                message);
    }

    @Test
    void aPackedPickleThatLiesAboutItsSizeIsRefused() throws IOException {
        for (int difference : new int[] {-1, 1, 1 << 24}) {
            ArchiveAssembler archive = new ArchiveAssembler();
            archive.entry(
                            "data.pkl",
                            pickle().op("(" + "N".repeat(100_000) + "t").stop())
                    .deflated()
                    .size += difference;
            assertRefused(Files.readAllBytes(archive.write(folder.resolve("packed.pt"))), "bytes");
        }
    }

    @Test
    void aFileCutOffAnywhereIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(Samples.file("pytorch/edge_cases_zip.pth"));
        for (int length = 2; length < whole.length; length += 7) {
            assertRefused(Arrays.copyOf(whole, length), "incomplete");
        }
    }

    /** Twenty thousand damaged copies: each is read or refused, whatever the damage, in bounded time and memory. */
    @Test
    void noDamagedFileDoesWorseThanADataException() throws IOException {
        byte[] official = Files.readAllBytes(Samples.file("pytorch/edge_cases_zip.pth"));
        ArchiveAssembler archive = new ArchiveAssembler().large();
        archive.entry(
                        "data.pkl",
                        pickle().op("}(")
                                .text("a")
                                .tensor("FloatStorage", "0", 6, 1, List.of(2L, 2L), List.of(1L, 2L))
                                .text("b")
                                .vector("LongStorage", "1", 2)
                                .op("u")
                                .stop())
                .deflated();
        archive.floats("0", 1, 2, 3, 4, 5, 6);
        archive.floats("1", 1, 2, 3, 4);
        byte[] packed = Files.readAllBytes(archive.write(folder.resolve("packed.pt")));
        Random random = new Random(20);
        int refused = 0;
        int rounds = 20_000;
        long slowest = 0;
        for (int i = 0; i < rounds; i++) {
            byte[] bytes = damaged(random.nextInt(4) == 0 ? packed : official, random);
            long begin = System.nanoTime();
            try {
                readAll(bytes);
            } catch (DataException e) {
                assertThat(e.getMessage()).contains("fuzzed.pt");
                refused++;
            }
            slowest = Math.max(slowest, System.nanoTime() - begin);
        }
        assertThat(refused).isBetween(rounds / 3, rounds - 1000);
        assertThat(Duration.ofNanos(slowest)).isLessThan(Duration.ofSeconds(10));
    }

    private static byte[] damaged(byte[] whole, Random random) {
        byte[] bytes = whole.clone();
        byte[] telling = {0, 1, 2, 4, 8, 127, -128, -1, '(', ')', '.', 'R', 'Q', 'b', 'h', 'q', 't', 'u', 'X', 'P'};
        for (int change = random.nextInt(3); change >= 0; change--) {
            // The description and the directory are where damage matters most.
            int at = random.nextInt(3) == 0
                    ? bytes.length - 1 - random.nextInt(Math.min(bytes.length, 1500))
                    : random.nextInt(Math.min(bytes.length, 2200));
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] = telling[random.nextInt(telling.length)];
                case 2 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 3 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 4), (byte) (random.nextInt(3) - 1));
                default -> {
                    int from = random.nextInt(bytes.length);
                    int count = Math.min(random.nextInt(40), bytes.length - Math.max(at, from));
                    System.arraycopy(whole, from, bytes, at, count);
                }
            }
        }
        return random.nextInt(20) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }

    private static void readAll(byte[] bytes) {
        FileBytes.Reading reading = (target, position) -> {
            int count = (int) Math.min(target.remaining(), bytes.length - position);
            target.put(bytes, (int) position, count);
            return count == 0 ? -1 : count;
        };
        try (PyTorchFile file =
                PyTorchFile.open(new FileBytes(Path.of("fuzzed.pt"), reading, () -> {}, bytes.length))) {
            file.tensors().forEach((name, tensor) -> {
                if (tensor.type().isFloating()) {
                    assertThat(file.floats(name)).hasSize((int) tensor.shape().elements());
                    if (tensor.shape().dimensions() > 0 && tensor.shape().length(0) > 0) {
                        int row = (int)
                                (tensor.shape().elements() / tensor.shape().length(0));
                        file.readRows(name, 0, 1, FloatBuffer.allocate(row));
                    }
                } else {
                    assertThat(file.longs(name)).hasSize((int) tensor.shape().elements());
                }
            });
        }
    }
}
