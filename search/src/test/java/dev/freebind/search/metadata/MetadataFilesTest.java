package dev.freebind.search.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetadataFilesTest {

    @TempDir
    private Path folder;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static List<MetadataRow> all(Metadata metadata) {
        List<MetadataRow> rows = new ArrayList<>();
        try (Metadata.Cursor cursor = metadata.from(0)) {
            for (long row = 0; row < metadata.rows(); row++) {
                rows.add(cursor.next());
            }
        }
        return rows;
    }

    @Test
    void everyLineOfJsonIsARow() throws IOException {
        Path file =
                write("a.jsonl", "{\"path\": \"a.jpg\", \"width\": 3, \"tags\": [\"x\", null]}\n{\"caption\": \"ö\"}");
        try (Metadata metadata = MetadataFiles.open(List.of(file))) {
            Map<String, Object> first = new LinkedHashMap<>();
            first.put("path", "a.jpg");
            first.put("width", 3);
            List<Object> tags = new ArrayList<>(List.of("x"));
            tags.add(null);
            first.put("tags", tags);
            assertThat(all(metadata)).containsExactly(new MetadataRow(first), new MetadataRow(Map.of("caption", "ö")));
            assertThat(JsonLines.format(all(metadata).get(0)))
                    .isEqualTo("{\"path\":\"a.jpg\",\"width\":3,\"tags\":[\"x\",null]}");
        }
    }

    @Test
    void csvFieldsMayHoldSeparatorsQuotesAndLineFeeds() throws IOException {
        Path file = write("a.csv", "\uFEFFpath,caption\r\na.jpg,\"rain, and\n\"\"wind\"\"\"\r\nb.jpg,\r\n");
        try (Metadata metadata = MetadataFiles.open(List.of(file))) {
            assertThat(metadata.rows()).isEqualTo(2);
            assertThat(all(metadata))
                    .extracting(MetadataRow::fields)
                    .containsExactly(
                            Map.of("path", "a.jpg", "caption", "rain, and\n\"wind\""),
                            Map.of("path", "b.jpg", "caption", ""));
        }
    }

    @Test
    void everyLineOfATextIsALabel() throws IOException {
        try (Metadata metadata = MetadataFiles.open(List.of(write("a.txt", "cat\ndog\n")))) {
            assertThat(all(metadata))
                    .extracting(row -> row.label().orElseThrow())
                    .containsExactly("cat", "dog");
        }
    }

    @Test
    void anyRowOfAnyFormatIsFoundInAnyOrder() throws IOException {
        Random random = new Random(3);
        int rows = 3 * RecordFile.STRIDE + 17;
        StringBuilder json = new StringBuilder();
        StringBuilder csv = new StringBuilder("n,text\n");
        for (int row = 0; row < rows; row++) {
            String text = "x".repeat(random.nextInt(300)) + (row % 7 == 0 ? "\n\"" : "");
            json.append(JsonLines.format(new MetadataRow(Map.of("n", row)))).append('\n');
            csv.append(row).append(",\"").append(text.replace("\"", "\"\"")).append("\"\n");
        }
        Path first = write("m_0.jsonl", json.toString());
        Path second = write("m_1.csv", csv.toString());
        try (Metadata metadata = MetadataFiles.open(List.of(first, second, first))) {
            assertThat(metadata.rows()).isEqualTo(3L * rows);
            List<Long> asked = random.longs(500, 0, 3L * rows).boxed().toList();
            assertThat(metadata.read(asked))
                    .extracting(row -> row.fields().get("n").toString())
                    .isEqualTo(
                            asked.stream().map(row -> Long.toString(row % rows)).toList());
        }
    }

    @Test
    void anEmptyFileHasNoRows() throws IOException {
        try (Metadata metadata = MetadataFiles.open(List.of(write("a.jsonl", "")))) {
            assertThat(metadata.rows()).isZero();
        }
        assertThatThrownBy(() -> MetadataFiles.open(List.of(write("a.csv", ""))))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("first line names the fields");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "a.jsonl| {\"a\": 1}\\n[1]| row 1| is not a JSON object",
                "a.jsonl| {\"a\": 1}\\n\\n{}| row 1| is not a JSON object",
                "a.jsonl| {\"a\": 1}\\nnull| row 1| is not a JSON object",
                "a.jsonl| {} {}| row 0| is not a JSON object",
                "a.jsonl| {\"a\": | row 0| is not a JSON object",
                "a.csv| a,b\\n1| row 0| has 1 fields, but the first line names 2",
                "a.csv| a,b\\n1,2,3| row 0| has 3 fields",
                "a.csv| a,b\\n1,x\"y\\n\"| row 0| is not CSV: EOF",
                "a.csv| a,b\\n1,\"x\"y| row 0| is not CSV",
                "a.csv| a,b\\n1,\"x| row 0| is not CSV",
                "a.csv| a,b\\n1,x\"y\\n2\"| row 0| double quote inside a field",
                "a.csv| a,a\\n1,2| first line| named twice",
            })
    void damageIsNamedWithFileAndRow(String name, String text, String row, String message) throws IOException {
        Path file = write(name, text.replace("\\n", "\n"));
        assertThatThrownBy(() -> {
                    try (Metadata metadata = MetadataFiles.open(List.of(file))) {
                        all(metadata);
                    }
                })
                .isInstanceOf(DataException.class)
                .hasMessageContaining(name + ", " + row)
                .hasMessageContaining(message);
    }

    @Test
    void hostileFilesAreRefused() throws IOException {
        Path deep = write("deep.jsonl", "{\"a\":".repeat(100_000) + "\n");
        Path noText = Files.write(folder.resolve("bytes.jsonl"), new byte[] {'{', (byte) 0xC3, '\n'});
        Path endless = write("endless.jsonl", "x".repeat(RecordFile.LONGEST + 1));
        Path quote = write("quote.csv", "a\n\"" + "x\n".repeat(RecordFile.LONGEST));

        assertThatThrownBy(() -> all(MetadataFiles.open(List.of(deep)))).isInstanceOf(DataException.class);
        assertThatThrownBy(() -> all(MetadataFiles.open(List.of(noText))))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("is not UTF-8");
        assertThatThrownBy(() -> MetadataFiles.open(List.of(endless)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("row 0: longer than");
        assertThatThrownBy(() -> MetadataFiles.open(List.of(quote)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("double quote left open");
    }

    @Test
    void anUnknownEndingListsTheKnownOnes() throws IOException {
        Path file = write("a.xml", "");
        assertThatThrownBy(() -> MetadataFiles.open(List.of(file)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("'.xml' is not known")
                .hasMessageContaining(".csv, .jsonl");
    }

    @Test
    void theLabelIsTheMostTellingField() {
        assertThat(new MetadataRow(Map.of("key", "0001", "image_path", "a.jpg", "caption", "rain")).label())
                .contains("rain");
        assertThat(new MetadataRow(Map.of("key", "0001", "image_path", "../x/a.jpg", "caption", " ")).label())
                .contains("a.jpg");
        assertThat(new MetadataRow(Map.of("path", "0.tar", "member", "b/c.jpg")).label())
                .contains("c.jpg");
        assertThat(new MetadataRow(Map.of("key", "0001")).label()).contains("0001");
        assertThat(MetadataRow.EMPTY.label()).isEmpty();
    }
}
