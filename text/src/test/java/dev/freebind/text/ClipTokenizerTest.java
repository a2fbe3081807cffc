package dev.freebind.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClipTokenizerTest {

    @TempDir
    private static Path folder;

    private static ClipTokenizer tokenizer;

    @BeforeAll
    static void openTheStandInVocabulary() throws IOException {
        tokenizer = ClipTokenizer.open(write("merges.txt", ClipVocabulary.file()));
    }

    @Test
    void everyReferenceCaptionHasTheOfficialIds() throws IOException {
        JsonNode captions = Goldens.json("imagebind/text_details.json");
        assertThat(captions).hasSize(18);
        for (JsonNode caption : captions) {
            Tokens tokens = tokenizer.encode(caption.get("text").asText());
            assertThat(tokens.ids()).as(caption.get("text").asText()).isEqualTo(Goldens.ints(caption.get("tokens")));
            assertThat(firstEnd(tokens.ids()))
                    .isEqualTo(caption.get("eos_index").asInt());
        }
    }

    @Test
    void everyReferenceCaptionIsCleanedAsOfficially() throws IOException {
        for (JsonNode caption : Goldens.json("imagebind/text_details.json")) {
            assertThat(ClipTokenizer.clean(caption.get("text").asText()))
                    .isEqualTo(caption.get("after_whitespace_and_lower").asText());
        }
    }

    @Test
    void theOfficialVocabularyGivesTheOfficialIds() throws IOException {
        String vocabulary = System.getenv("FREEBIND_CLIP_VOCABULARY");
        Assumptions.assumeTrue(
                vocabulary != null, "FREEBIND_CLIP_VOCABULARY does not name a bpe_simple_vocab_16e6.txt.gz");
        ClipTokenizer official = ClipTokenizer.open(Path.of(vocabulary));
        for (JsonNode caption : Goldens.json("imagebind/text_details.json")) {
            assertThat(official.encode(caption.get("text").asText()).ids())
                    .isEqualTo(Goldens.ints(caption.get("tokens")));
        }
    }

    @Test
    void aGzipFileIsReadLikeThePlainOne() throws IOException {
        ClipTokenizer zipped = ClipTokenizer.open(write("merges.txt.gz", gzip(ClipVocabulary.file())));
        assertThat(zipped.encode("a dog.").ids())
                .isEqualTo(tokenizer.encode("a dog.").ids());
    }

    @Test
    void aBatchHasOneRowPerCaptionAndAMaskOfItsLengths() {
        TokenBatch batch = tokenizer.encodeAll(List.of("A dog.", ""));
        assertThat(batch.rows()).isEqualTo(2);
        assertThat(batch.lengths()).containsExactly(5, 2);
        assertThat(Arrays.copyOfRange(batch.ids(), 77, 80)).containsExactly(49406, 49407, 0);
        assertThat(IntStream.of(batch.attentionMask()).sum()).isEqualTo(7);
        assertThat(batch.attentionMask()[4]).isEqualTo(1);
        assertThat(batch.attentionMask()[5]).isZero();
        assertThat(tokenizer.encodeAll(List.of()).rows()).isZero();
    }

    @Test
    void aSigmaIsFinalBeforeADigit() {
        assertThat(ClipTokenizer.clean("\u039F\u0394\u039F\u03A310\u00B5M \u03A3\u0391\u03A3'"))
                .isEqualTo("\u03BF\u03B4\u03BF\u03C210\u00B5m \u03C3\u03B1\u03C2'");
    }

    @Test
    void unpairedSurrogatesCountAsReplacementCharacters() {
        assertThat(tokenizer.encode("a\uD83D b\uDE00").ids())
                .isEqualTo(tokenizer.encode("a\uFFFD b\uFFFD").ids());
    }

    @Test
    void aWordOfAMillionLettersIsEncodedInTimeAndCut() {
        Tokens tokens = assertTimeout(Duration.ofMinutes(3), () -> tokenizer.encode("ab".repeat(500_000)));
        assertThat(tokens.length()).isEqualTo(77);
        assertThat(tokens.ids()[76]).isEqualTo(ClipTokenizer.END);
    }

    @Test
    void textsMadeToWasteTimeAreCleanedInTime() {
        List<String> hostile = List.of(
                "&" + "amp;".repeat(250_000),
                "e" + "\u0301\u0316".repeat(500_000),
                "\u00C3\u00A9".repeat(500_000),
                "\u00C3\u0192\u00C2\u00A9 \u20AC\u2122".repeat(100_000),
                "\u03A3'".repeat(500_000),
                "\u001B[".repeat(500_000),
                " ".repeat(1_000_000),
                "\uD83D\uDC69\u200D\uD83D\uDE80".repeat(200_000),
                "&#".repeat(500_000),
                "\n".repeat(1_000_000));
        for (String text : hostile) {
            assertTimeout(Duration.ofMinutes(3), () -> tokenizer.encode(text), text.substring(0, 4));
        }
    }

    @Test
    void aTextLongerThanAnyCaptionIsRefused() {
        assertThatThrownBy(() -> tokenizer.encode("a".repeat(TextTokenizer.MAXIMUM_CHARACTERS + 1)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("4194305 characters; at most 4194304");
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> ClipTokenizer.open(folder.resolve("none.gz")))
                .isInstanceOf(DataException.class)
                .hasMessage("cannot read " + folder.resolve("none.gz") + ": there is no such file");
        assertThatThrownBy(() -> ClipTokenizer.open(folder)).hasMessageContaining("it is a folder");
    }

    @Test
    void aFileThatIsNoMergeListIsRefused() {
        assertRefused("hello\n".getBytes(StandardCharsets.UTF_8), "does not begin with a '#version' line");
        assertRefused(new byte[0], "does not begin with a '#version' line");
        assertRefused(new byte[] {'#', (byte) 0xFF, 'a'}, "is not UTF-8 text: byte 1 is wrong");
        assertRefused(new byte[] {0x1F, (byte) 0x8B, 8, 0}, "is a damaged gzip file");
    }

    @Test
    void aCutGzipFileIsRefused() throws IOException {
        byte[] whole = gzip(ClipVocabulary.file());
        assertRefused(Arrays.copyOf(whole, whole.length / 2), "is a damaged gzip file");
    }

    @Test
    void aGzipFileThatUnpacksWithoutEndIsRefused() throws IOException {
        assertRefused(gzip(new byte[40_000_000]), "unpacks to more than 33554432 bytes");
    }

    @Test
    void missingMergesAreCounted() throws IOException {
        assertRefused(
                changed(lines -> lines.subList(100, lines.size()).clear()),
                "has 99 merges; CLIP's vocabulary has 48894");
    }

    @Test
    void aWrongLineIsNamed() throws IOException {
        assertRefused(
                changed(lines -> lines.set(99, "abc")),
                "line 100: expected two symbols and one space between, found 'abc'");
        assertRefused(changed(lines -> lines.set(99, "a b c")), "line 100: expected two symbols");
        assertRefused(changed(lines -> lines.set(99, "")), "line 100: expected two symbols");
        assertRefused(
                changed(lines -> lines.set(99, "qzx a")),
                "line 100: 'qzx' is neither a byte's symbol nor made by an earlier line");
        assertRefused(changed(lines -> lines.set(99, lines.get(50))), "line 100: the symbol '");
        assertRefused(
                changed(lines -> lines.set(99, "a " + "b".repeat(5000))), "line 100: a symbol of 5002 characters");
    }

    private interface Change {
        void apply(List<String> lines);
    }

    private static byte[] changed(Change change) throws IOException {
        List<String> lines = new ArrayList<>(ClipVocabulary.lines());
        change.apply(lines);
        return String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    }

    private static void assertRefused(byte[] content, String message) {
        assertThatThrownBy(() -> ClipTokenizer.open(write("wrong", content)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(folder.resolve("wrong").toString())
                .hasMessageContaining(message);
    }

    private static int firstEnd(int[] ids) {
        return IntStream.range(0, ids.length)
                .filter(i -> ids[i] == ClipTokenizer.END)
                .findFirst()
                .orElseThrow();
    }

    private static Path write(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(content);
        }
        return bytes.toByteArray();
    }
}
