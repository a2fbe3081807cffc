package dev.freebind.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.search.metadata.Metadata;
import dev.freebind.search.metadata.MetadataFiles;
import dev.freebind.search.metadata.MetadataRow;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code metadata_0.parquet} (Zstandard), {@code metadata_1.parquet} (Snappy), {@code metadata_2.parquet} (gzip), {@code
 * metadata_3.parquet} (LZ4) and {@code brotli.parquet} were written by DuckDB; the others have the first three rows of the first.
 */
class ParquetMetadataTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void copy() throws Exception {
        Files.createDirectories(folder.resolve("metadata"));
        for (String name :
                List.of("metadata_0.parquet", "metadata_1.parquet", "metadata_2.parquet", "metadata_3.parquet")) {
            try (InputStream file = getClass().getResourceAsStream(name)) {
                Files.copy(file, folder.resolve("metadata").resolve(name));
            }
        }
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
    void aFolderOfClipRetrievalIsReadAsItIs() {
        try (Metadata metadata = MetadataFiles.open(MetadataFiles.files(List.of(folder.toString())))) {
            assertThat(metadata.rows()).isEqualTo(14);
            List<MetadataRow> rows = all(metadata);
            for (int first : new int[] {5, 8, 11}) {
                assertThat(rows.subList(first, first + 3)).isEqualTo(rows.subList(0, 3));
            }
            assertThat(rows.get(0).fields())
                    .isEqualTo(Map.of(
                            "image_path",
                            "photos/0.jpg",
                            "caption",
                            "picture 0 ö",
                            "key",
                            "000000",
                            "url",
                            "https://example.org/0.jpg",
                            "width",
                            640L,
                            "similarity",
                            0.0,
                            "nsfw",
                            true,
                            "tags",
                            List.of("a", "b0"),
                            "exif",
                            Map.of("k", 0L, "s", "x")));
            assertThat(rows.get(1).fields()).containsEntry("caption", null);
            assertThat(rows.get(1).label()).contains("1.jpg");
            assertThat(rows.get(4).path()).contains("photos/4.jpg");
            assertThat(metadata.read(List.of(7L, 0L, 7L, 3L)))
                    .containsExactly(rows.get(7), rows.get(0), rows.get(7), rows.get(3));
        }
    }

    private Path written(int rows) throws Exception {
        MessageType schema = MessageTypeParser.parseMessageType(
                "message m { required int64 n; optional binary text (UTF8); required binary raw; optional int32 day (DATE);"
                        + " optional int32 price (DECIMAL(9, 2)); repeated int32 many; }");
        Path file = folder.resolve("rows-" + rows + ".parquet");
        SimpleGroupFactory records = new SimpleGroupFactory(schema);
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new LocalOutputFile(file))
                .withConf(new PlainParquetConfiguration())
                .withType(schema)
                .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
                .withRowGroupSize(2048L)
                .build()) {
            for (int row = 0; row < rows; row++) {
                Group record = records.newGroup()
                        .append("n", (long) row)
                        .append("day", 19_000)
                        .append("price", 1999);
                record.add("raw", org.apache.parquet.io.api.Binary.fromConstantByteArray(new byte[] {(byte) 0xFF, 0}));
                if (row % 3 > 0) {
                    record.append("text", "text " + row);
                }
                record.append("many", row).append("many", row + 1);
                writer.write(record);
            }
        }
        return file;
    }

    @Test
    void valuesOfOtherKindsAreToldPlainly() throws Exception {
        try (Metadata metadata = MetadataFiles.open(List.of(written(2)))) {
            Map<String, Object> expected = new LinkedHashMap<>();
            expected.put("n", 1L);
            expected.put("text", "text 1");
            expected.put("raw", "2 bytes");
            expected.put("day", "2022-01-08");
            expected.put("price", new java.math.BigDecimal("19.99"));
            expected.put("many", List.of(1L, 2L));
            assertThat(all(metadata).get(1).fields()).isEqualTo(expected);
        }
    }

    @Test
    void anyRowOfManyRowGroupsIsFoundInAnyOrder() throws Exception {
        int rows = 2000;
        Path file = written(rows);
        assertThat(ParquetMetadata.open(file).starts().length).as("row groups").isGreaterThan(5);
        try (Metadata metadata =
                MetadataFiles.open(List.of(file, folder.resolve("metadata/metadata_0.parquet"), file))) {
            assertThat(metadata.rows()).isEqualTo(2 * rows + 5);
            List<Long> asked = new Random(1).longs(200, 0, rows).boxed().toList();
            assertThat(metadata.read(asked))
                    .extracting(row -> row.fields().get("n"))
                    .isEqualTo(new ArrayList<Object>(asked));
            assertThat(ParquetMetadata.open(file).read(asked))
                    .extracting(row -> row.fields().get("n"))
                    .isEqualTo(new ArrayList<Object>(asked));
            assertThat(all(metadata).subList(rows + 5, 2 * rows + 5))
                    .extracting(row -> row.fields().get("n"))
                    .isEqualTo(LongStream.range(0, rows)
                            .boxed()
                            .map(Object.class::cast)
                            .toList());
        }
    }

    @Test
    void damagedFilesAreRefusedInWords() throws Exception {
        byte[] good = Files.readAllBytes(folder.resolve("metadata/metadata_0.parquet"));
        Random random = new Random(9);
        int refused = 0;
        for (int i = 0; i < 150; i++) {
            byte[] bad = i % 3 == 0 ? java.util.Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
            for (int change = i % 3; change > 0 && bad.length > 0; change--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            Path file = Files.write(folder.resolve("bad.parquet"), bad);
            try (Metadata metadata = MetadataFiles.open(List.of(file))) {
                // what a page says is not always checked: wrong values, but no crash
                all(metadata);
            } catch (DataException e) {
                refused++;
                assertThat(e.getMessage()).contains("bad.parquet").doesNotContain("org.apache");
            }
        }
        assertThat(refused).isGreaterThan(50);
    }

    @Test
    void anotherCompressionIsNamed() throws Exception {
        Path file = folder.resolve("brotli.parquet");
        try (InputStream stream = getClass().getResourceAsStream("brotli.parquet")) {
            Files.copy(stream, file);
        }
        try (Metadata metadata = MetadataFiles.open(List.of(file))) {
            assertThatThrownBy(() -> all(metadata))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("brotli.parquet: it is compressed by BROTLI")
                    .hasMessageContaining("SNAPPY");
        }
    }

    @Test
    void whatIsNoParquetFileIsRefused() throws Exception {
        for (String content : List.of("", "PAR1", "PAR1PAR1", "PAR1\uffff\uffff\uffff\uffffPAR1", "x".repeat(1000))) {
            Path file = Files.writeString(folder.resolve("not.parquet"), content);
            assertThatThrownBy(() -> MetadataFiles.open(List.of(file)))
                    .as(content)
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("not.parquet");
        }
        assertThatThrownBy(() -> MetadataFiles.open(List.of(folder.resolve("nowhere.parquet"))))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("nowhere.parquet");
    }
}
