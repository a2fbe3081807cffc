package dev.freebind.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.freebind.api.DataException;
import dev.freebind.text.LlamaTokenizer.Padding;
import dev.freebind.text.internal.IdList;
import dev.freebind.text.internal.sentencepiece.SentencePieceBpe;
import dev.freebind.text.internal.sentencepiece.SentencePieceModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LlamaTokenizerTest {

    @TempDir
    private Path folder;

    @Test
    void everyReferenceCaptionHasTheOfficialIdsInTheTinyModel() throws IOException {
        Path model = Goldens.copy("internvl-tiny/tokenizer.model", folder);
        assertCaptions(model, Goldens.json("internvl-tiny/tokens.json"), 599);
        assertEdgeCases(model, Goldens.json("internvl-tiny/edge_cases.json"));
    }

    @Test
    void everyReferenceCaptionHasTheOfficialIdsInTheRealModel() throws IOException {
        Path model = Goldens.shared("internvl/tokenizer/tokenizer.model");
        assertCaptions(model, Goldens.json(Goldens.shared("internvl/tokenizer/tokens.json")), 49_953);
        assertEdgeCases(model, Goldens.json(Goldens.shared("internvl/tokenizer/edge_cases.json")));
    }

    @Test
    void everyReferenceStringHasTheLibrarysIdsInBothModels() throws IOException {
        assertCorpus(
                Goldens.shared("internvl/tokenizer/tokenizer.model"),
                Goldens.shared("internvl/tokenizer/sp_corpus.json"));
        assertCorpus(
                Goldens.shared("internvl/tiny/tokenizer.model"), Goldens.shared("internvl/tiny/text/sp_corpus.json"));
    }

    @Test
    void theHighestScoreIsJoinedFirstAndEqualScoresFromTheLeft() throws IOException {
        Path model = Files.write(
                folder.resolve("m"),
                ModelFile.like()
                        .piece("a", -9, 1) // 259
                        .piece("b", -9, 1) // 260
                        .piece("ab", -2, 1) // 261
                        .piece("ba", -1, 1) // 262
                        .piece("aa", -2, 1) // 263
                        .toBytes());
        assertThat(plain(model, "aba")).containsExactly(byteIds(0xE2, 0x96, 0x81, 259, 262));
        assertThat(plain(model, "aab")).containsExactly(byteIds(0xE2, 0x96, 0x81, 263, 260));
        assertThat(plain(model, "aaa")).containsExactly(byteIds(0xE2, 0x96, 0x81, 263, 259));
    }

    @Test
    void piecesWithASpaceInsideAreFoundAcrossWords() throws IOException {
        Path model = Files.write(
                folder.resolve("m"),
                ModelFile.like()
                        .piece("\u2581", -9, 1) // 259
                        .piece("a", -9, 1) // 260
                        .piece("a\u2581", -1, 1) // 261
                        .toBytes());
        assertThat(plain(model, "a a")).containsExactly(259, 261, 260);
    }

    @Test
    void unpairedSurrogatesCountAsReplacementCharacters() throws IOException {
        LlamaTokenizer tokenizer = tiny();
        assertThat(tokenizer.encode("a\uDC00").ids())
                .isEqualTo(tokenizer.encode("a\uFFFD").ids());
    }

    @Test
    void textsOfAMillionCharactersAreEncodedInTimeAndCut() throws IOException {
        LlamaTokenizer tokenizer = tiny();
        for (String part : List.of("a", "ab", " ", "\n", "the ", "\u0301", "<s>", "\u2581", "\uD83D\uDC26")) {
            String text = part.repeat(1_000_000 / part.length());
            Tokens tokens = assertTimeout(Duration.ofMinutes(3), () -> tokenizer.encode(text), part);
            assertThat(tokens.length()).isEqualTo(80);
            assertThat(tokens.ids()[79]).isEqualTo(2);
        }
    }

    @Test
    void aModelWithoutPadPieceCannotPadWithIt() throws IOException {
        Path model = Files.write(folder.resolve("m"), ModelFile.like().toBytes());
        assertThat(LlamaTokenizer.forInternVlC(model, Padding.ZERO).paddingId()).isZero();
        assertThatThrownBy(() -> LlamaTokenizer.forInternVlC(model, Padding.PAD_PIECE))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("has no piece [PAD]; choose padding with id 0");
    }

    @Test
    void aModelOfAnotherKindIsRefusedWithWhatDiffers() throws IOException {
        assertRefused(like().message(2, new ModelFile().varint(3, 1)), "its type is unigram; LLaMA's is BPE");
        assertRefused(like().message(2, new ModelFile().varint(3, 77)), "its type is unknown (77)");
        assertRefused(like().message(2, new ModelFile().varint(3, 2)), "has no byte fallback");
        assertRefused(
                like().message(2, new ModelFile().varint(3, 2).varint(24, 1).varint(35, 1)), "at the end of words");
        assertRefused(like().message(3, new ModelFile()), "removes extra white space");
        assertRefused(like().message(3, new ModelFile().varint(4, 0).varint(5, 0)), "does not write spaces as U+2581");
        assertRefused(
                like().message(
                                3,
                                new ModelFile()
                                        .bytes(1, "nmt_nfkc".getBytes())
                                        .bytes(2, new byte[8])
                                        .varint(4, 0)),
                "normalises characters (rule 'nmt_nfkc')");
        assertRefused(like().piece("x", 0, 4), "piece 259 'x': pieces of type USER_DEFINED are not supported");
        assertRefused(like().piece("x", 0, 7), "piece 259 'x': unknown type 7");
        assertRefused(like().piece("x", Float.NaN, 1), "piece 259 'x': its score is NaN");
        assertRefused(like().piece("", 0, 1), "piece 259: it has no text");
        assertRefused(like().piece("<s>", 0, 1), "pieces 1 and 259 are both '<s>'");
        assertRefused(like().piece("x".repeat(300), 0, 1), "piece 259: a text of 300 bytes; at most 256");
        assertRefused(like().piece("byte", 0, 6), "piece 259: a byte is written <0x00> to <0xFF>, found 'byte'");
        assertRefused(
                like().message(1, new ModelFile().bytes(1, new byte[] {(byte) 0xC3})),
                "piece 259: its text is not UTF-8");
        assertRefused(
                new ModelFile()
                        .message(2, new ModelFile().varint(3, 2).varint(35, 1))
                        .message(3, new ModelFile().varint(4, 0)),
                "has no piece for byte 0");
    }

    @Test
    void aDamagedModelIsRefusedWithThePlace() throws IOException {
        assertRefused(new ModelFile(), "is empty");
        assertRefused(new ModelFile().raw(0x0A, 0x7F), "field 1 claims 127 bytes, but 0 are left (byte 2 of 2)");
        assertRefused(new ModelFile().raw(0x0A), "it ends inside a number");
        assertRefused(new ModelFile().raw(0x02), "a field has the impossible number 0");
        assertRefused(new ModelFile().raw(0x0B), "field 1 has the unknown wire type 3");
        assertRefused(new ModelFile().raw(0x0D, 1, 2), "it ends inside field 1");
        assertRefused(new ModelFile().varint(1, 5), "field 1 is not a string or message");
        assertRefused(
                new ModelFile().raw(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01),
                "more than 10 bytes");
        assertRefused(
                new ModelFile().raw(0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01),
                "field 1 claims 18446744073709551615 bytes");
    }

    private LlamaTokenizer tiny() throws IOException {
        return LlamaTokenizer.forInternVlC(Goldens.copy("internvl-tiny/tokenizer.model", folder), Padding.ZERO);
    }

    private static ModelFile like() {
        return ModelFile.like();
    }

    private void assertRefused(ModelFile model, String message) throws IOException {
        Path file = Files.write(folder.resolve("wrong.model"), model.toBytes());
        assertThatThrownBy(() -> LlamaTokenizer.forInternVlC(file, Padding.ZERO))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }

    private static void assertCaptions(Path model, JsonNode golden, int padPiece) {
        LlamaTokenizer official = LlamaTokenizer.forInternVlC(model, Padding.ZERO);
        LlamaTokenizer published = LlamaTokenizer.forInternVlC(model, Padding.PAD_PIECE);
        assertThat(golden.get("texts")).hasSize(10);
        assertThat(official.vocabularySize()).isEqualTo(golden.get("vocab_size").asInt());
        assertThat(published.paddingId()).isEqualTo(padPiece);
        for (JsonNode caption : golden.get("texts")) {
            String text = caption.get("text").asText();
            int[] ids = Goldens.ints(caption.get("ids"));
            Tokens tokens = official.encode(text);
            assertThat(tokens.ids()).as(text).isEqualTo(ids);
            assertThat(tokens.length())
                    .isEqualTo(caption.get("length_after_truncation").asInt());
            assertThat(tokens.length() - 1)
                    .isEqualTo(caption.get("pooled_index_official").asInt());
            Arrays.fill(ids, tokens.length(), ids.length, padPiece);
            assertThat(published.encode(text).ids()).as(text).isEqualTo(ids);
        }
    }

    private static void assertEdgeCases(Path model, JsonNode cases) {
        LlamaTokenizer tokenizer = LlamaTokenizer.forInternVlC(model, Padding.ZERO);
        LlamaTokenizer longer = LlamaTokenizer.open(model, "summarize:", 1000, Padding.ZERO);
        assertThat(cases).hasSize(16);
        for (JsonNode golden : cases) {
            String text = golden.get("text").asText();
            assertThat(tokenizer.encode(text).ids()).as(text).isEqualTo(Goldens.ints(golden.get("ids_padded80")));
            assertThat(longer.encode(text).unpadded())
                    .as(text)
                    .isEqualTo(Goldens.ints(golden.get("ids_with_prefix_bos_eos")));
        }
    }

    private static void assertCorpus(Path model, Path corpus) throws IOException {
        JsonNode strings = Goldens.json(corpus);
        assertThat(strings).hasSize(232);
        for (JsonNode string : strings) {
            assertThat(plain(model, string.get("text").asText()))
                    .as(string.get("text").asText())
                    .isEqualTo(Goldens.ints(string.get("ids")));
        }
    }

    private static SentencePieceBpe last;

    private static int[] plain(Path model, String text) {
        if (last == null || !last.model().file().equals(model)) {
            last = new SentencePieceBpe(SentencePieceModel.read(model));
        }
        IdList ids = new IdList(Integer.MAX_VALUE);
        last.encode(text, ids);
        return ids.toArray();
    }

    /** Ids of bytes below 256, and ids from 259 on as they are. */
    private static int[] byteIds(int... bytesAndIds) {
        return Arrays.stream(bytesAndIds).map(id -> id < 256 ? id + 3 : id).toArray();
    }
}
