package dev.freebind.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.freebind.api.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RobertaTokenizerTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void copyTheTinyVocabulary() throws IOException {
        Goldens.copy("clap-tiny/vocab.json", folder);
        Goldens.copy("clap-tiny/merges.txt", folder);
    }

    @Test
    void everyReferenceTextHasTheOfficialIdsInTheTinyVocabulary() throws IOException {
        assertThat(assertIds(RobertaTokenizer.open(folder), Goldens.json("clap-tiny/expected_ids.json")))
                .isEqualTo(34);
    }

    @Test
    void everyReferenceTextHasTheOfficialIdsInTheRealVocabulary() throws IOException {
        RobertaTokenizer tokenizer = RobertaTokenizer.open(Goldens.shared("clap/tokenizer"));
        assertThat(tokenizer.vocabularySize()).isEqualTo(50_265);
        assertThat(assertIds(tokenizer, Goldens.json(Goldens.shared("clap/tokenizer/expected_ids.json"))))
                .isEqualTo(34);
    }

    @Test
    void manyThreadsGetTheSameIdsAsOne() throws IOException {
        List<String> texts = IntStream.range(0, 2000)
                .mapToObj(i -> "a dog number " + i % 37 + " is barking")
                .toList();
        RobertaTokenizer shared = RobertaTokenizer.open(folder);
        RobertaTokenizer alone = RobertaTokenizer.open(folder);
        List<int[]> together =
                texts.parallelStream().map(text -> shared.encode(text).ids()).toList();
        for (int i = 0; i < texts.size(); i++) {
            assertThat(together.get(i)).isEqualTo(alone.encode(texts.get(i)).ids());
        }
    }

    @Test
    void aMissingByteIsTheUnknownToken() throws IOException {
        String vocabulary = Files.readString(folder.resolve("vocab.json"));
        Files.writeString(folder.resolve("vocab.json"), vocabulary.replace("\"Q\"", "\"Q-was-here\""));
        assertThat(RobertaTokenizer.open(folder).encode("Q").unpadded()).containsExactly(0, 3, 2);
    }

    @Test
    void unpairedSurrogatesCountAsReplacementCharacters() {
        RobertaTokenizer tokenizer = RobertaTokenizer.open(folder);
        assertThat(tokenizer.encode("a\uD83D").ids())
                .isEqualTo(tokenizer.encode("a\uFFFD").ids());
    }

    @Test
    void textsOfAMillionCharactersAreEncodedInTimeAndCut() {
        RobertaTokenizer tokenizer = RobertaTokenizer.open(folder);
        for (String part : List.of("a", "ab", " ", "\n", "!", "\u0301", "<s>", "7", "\uD83D\uDC26")) {
            String text = part.repeat(1_000_000 / part.length());
            Tokens tokens = assertTimeout(Duration.ofMinutes(3), () -> tokenizer.encode(text), part);
            assertThat(tokens.ids()).hasSize(77);
            assertThat(tokens.ids()[tokens.length() - 1]).isEqualTo(2);
        }
    }

    @Test
    void aMissingFileIsNamed() throws IOException {
        Files.delete(folder.resolve("merges.txt"));
        assertThatThrownBy(() -> RobertaTokenizer.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessage("cannot read " + folder.resolve("merges.txt") + ": there is no such file");
    }

    @Test
    void aDamagedVocabularyIsRefusedWithWhatIsWrong() throws IOException {
        String whole = Files.readString(folder.resolve("vocab.json"));
        assertRefused("[]", "is not a JSON object from token to id");
        assertRefused("", "is not a JSON object from token to id");
        assertRefused("{}", "has no token <unk>");
        assertRefused(whole.substring(0, whole.indexOf(',') + 1), "is not valid JSON");
        assertRefused(whole + "{}", "goes on after its JSON object");
        assertRefused(whole.replace("\"<mask>\"", "\"mask\""), "has no token <mask>");
        assertRefused("{\"a\": 1, \"a\": 2}", "lists the token 'a' twice");
        assertRefused("{\"a\": 1, \"b\": 1}", "gives the id 1 to both 'a' and 'b'");
        assertRefused("{\"a\": -1}", "token 'a': id -1 is outside 0 to");
        assertRefused("{\"a\": 99999999}", "token 'a': id 99999999 is outside 0 to");
        assertRefused("{\"a\": 99999999999999999999999}", "is not valid JSON");
        assertRefused("{\"a\": 1.5}", "token 'a': expected an id, found '1.5'");
        assertRefused("{\"a\": {\"b\": 1}}", "token 'a': expected an id, found '{'");
        assertRefused("{\"" + "a".repeat(5000) + "\": 1}", "has a token of 5000 characters");
    }

    private void assertRefused(String vocabulary, String message) throws IOException {
        Files.writeString(folder.resolve("vocab.json"), vocabulary);
        assertThatThrownBy(() -> RobertaTokenizer.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(folder.resolve("vocab.json").toString())
                .hasMessageContaining(message);
    }

    private static int assertIds(RobertaTokenizer tokenizer, JsonNode groups) {
        int texts = 0;
        for (JsonNode group : groups) {
            for (JsonNode expected : group) {
                Tokens tokens = tokenizer.encode(expected.get("text").asText());
                int[] ids = Goldens.ints(expected.get("input_ids"));
                assertThat(tokens.unpadded())
                        .as(expected.get("text").asText())
                        .isEqualTo(Arrays.copyOf(ids, tokens.length()));
                assertThat(tokens.length()).isEqualTo(expected.get("n_tokens").asInt());
                assertThat(Arrays.stream(tokens.ids()).skip(tokens.length())).allMatch(id -> id == 1);
                assertThat(tokens.ids()).hasSize(77);
                texts++;
            }
        }
        return texts;
    }
}
