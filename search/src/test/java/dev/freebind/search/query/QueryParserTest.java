package dev.freebind.search.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.search.query.Query.Term;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueryParserTest {

    @Test
    void partsOfSeveralModalitiesAreAddedAndSubtracted() {
        assertThat(Query.parse("image:a.jpg - text:\"cat\" + audio:rain.wav").terms())
                .containsExactly(
                        new Term(1, new Operand.Raw(Modality.IMAGE, "a.jpg")),
                        new Term(-1, new Operand.Raw(Modality.TEXT, "cat")),
                        new Term(1, new Operand.Raw(Modality.AUDIO, "rain.wav")));
    }

    @Test
    void aWeightStandsBeforeItsPart() {
        assertThat(Query.parse("-0.5*text:\"cat\"+2 * image:a.jpg").terms())
                .containsExactly(
                        new Term(-0.5, new Operand.Raw(Modality.TEXT, "cat")),
                        new Term(2, new Operand.Raw(Modality.IMAGE, "a.jpg")));
    }

    @Test
    void withoutColonAndQuotesTheWholeIsAText() {
        assertThat(Query.parse("  a dog - or a cat ").terms())
                .containsExactly(new Term(1, new Operand.Raw(Modality.TEXT, "a dog - or a cat")));
    }

    @Test
    void aQuotedPartAloneIsAText() {
        assertThat(Query.parse("\"a \\\"wild\\\" dog\\\\\" − \"a cat\"").terms())
                .containsExactly(
                        new Term(1, new Operand.Raw(Modality.TEXT, "a \"wild\" dog\\")),
                        new Term(-1, new Operand.Raw(Modality.TEXT, "a cat")));
    }

    @Test
    void namesOfFilesMayHoldSignsAndColons() {
        assertThat(Query.parse("image:c:/my-pictures/a+b.jpg - image:\"with blank.jpg\"")
                        .terms())
                .containsExactly(
                        new Term(1, new Operand.Raw(Modality.IMAGE, "c:/my-pictures/a+b.jpg")),
                        new Term(-1, new Operand.Raw(Modality.IMAGE, "with blank.jpg")));
    }

    @Test
    void rowsOfGalleriesAndFilesNeedNoEncoder() {
        assertThat(Query.parse("row:17 + row:photos/3 + npy:q#1.npy#2 + npy:\"a b.npy\"#5")
                        .terms())
                .extracting(Term::operand)
                .containsExactly(
                        new Operand.GalleryRow(null, 17),
                        new Operand.GalleryRow("photos", 3),
                        new Operand.SpaceRow("q#1.npy", 2),
                        new Operand.SpaceRow("a b.npy", 5));
    }

    @Test
    void oneItemMayHaveEmbeddingsInSeveralLeafSpaces() {
        assertThat(Query.parse("audio@at1:a.npy,at-2:\"b, c.npy\",u:d.npy#7 - text@u:t.npy#0")
                        .terms())
                .extracting(Term::operand)
                .containsExactly(
                        new Operand.LeafRow(
                                Modality.AUDIO, Map.of("at1", "a.npy", "at-2", "b, c.npy", "u", "d.npy"), 7),
                        new Operand.LeafRow(Modality.TEXT, Map.of("u", "t.npy"), 0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "image:a.jpg text:b| 13| + or - must stand between",
                "image:a.jpg -| 14| something must follow",
                "image:| 1| nothing stands after the colon",
                "text:\"| 6| does not end",
                "Image:a.jpg| 1| 'Image' is not the name of a modality",
                "row:x| 5| 'x' is not a row",
                "row:-1| 5| '-1' is not a row",
                "row:99999999999999999999| 5| is not a row",
                "npy:a.npy| 5| the row is missing",
                "npy:\"a.npy\"7| 5| the row is missing",
                "audio@:a.npy#1| 7| after @ stand leaf spaces",
                "audio@a:x.npy,a:y.npy#1| 15| named twice",
                "audio@a:x.npy| 9| the row is missing",
                "0*text:a| 1| above 0",
                "1.2.3*text:a| 1| is not a number",
                "..*text:a| 1| is not a number",
                "+ + text:a| 3| a part begins with what it is",
                "\"a\" \"b\"| 5| + or - must stand between",
                "*text:a| 1| a part begins with",
            })
    void whatIsNotAQueryIsShownWhereItGoesWrong(String query, int character, String message) {
        assertThatThrownBy(() -> Query.parse(query))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("at character " + character + ":")
                .hasMessageContaining(message)
                .hasMessageEndingWith("\n  " + " ".repeat(character - 1) + "^");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "\n"})
    void anEmptyQueryIsRefused(String query) {
        assertThatThrownBy(() -> Query.parse(query))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("empty");
    }

    @Test
    void aQueryOfManyPartsOrLettersIsRefused() {
        assertThatThrownBy(() -> Query.parse("row:1 + ".repeat(64) + "row:1")).hasMessageContaining("at most 64 parts");
        assertThatThrownBy(() -> Query.parse("a".repeat(20_001))).hasMessageContaining("at most 20000");
    }

    @Test
    void whateverIsTypedGivesAQueryOrAnErrorForPeople() {
        Random random = new Random(5);
        String alphabet = "row:npytextimage@#,*+-−\"\\ 019./";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(12); length >= 0; length--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            Query query;
            try {
                query = Query.parse(text.toString());
            } catch (InvalidRequestException e) {
                continue;
            }
            assertThat(Query.parse(query.toString())).as(text.toString()).isEqualTo(query);
        }
    }

    @Test
    void theDirectionIsTheNormalisedSumOfWeightedUnitVectors() {
        Query query = Query.parse("2*row:0 - row:1");
        float[][] vectors = {{1, 0}, {0, 1}};

        float[] direction = query.direction(2, operand -> vectors[(int) ((Operand.GalleryRow) operand).row()]);

        assertThat(direction[0]).isCloseTo((float) (2 / Math.sqrt(5)), within(1e-7f));
        assertThat(direction[1]).isCloseTo((float) (-1 / Math.sqrt(5)), within(1e-7f));
    }

    @Test
    void partsThatCancelOutPointNowhere() {
        assertThatThrownBy(() -> Query.parse("row:0 - row:0").direction(2, operand -> new float[] {0.6f, 0.8f}))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("cancel each other out");
        assertThatThrownBy(() -> new Query(List.of())).isInstanceOf(InvalidRequestException.class);
    }
}
