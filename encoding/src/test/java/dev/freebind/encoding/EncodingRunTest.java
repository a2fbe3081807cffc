package dev.freebind.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.encoding.output.EncodingManifest;
import dev.freebind.encoding.output.ItemsFile;
import dev.freebind.encoding.output.Layout;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.npy.EmbeddingFiles;
import dev.freebind.formats.npy.EmbeddingShards;
import dev.freebind.formats.npy.NpyArray;
import dev.freebind.spi.encoders.EncoderRegistry;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncodingRunTest {

    private static final String SPACES = """
            spaces:
              a: {encoder: letters, modalities: [image, text]}
              b: {encoder: one-stage, modalities: [image, text], options: {length: 5}}
            corpora:
            """;

    private static final int SHARD = 10;

    @TempDir
    private Path folder;

    @BeforeEach
    void nothingIsOpen() {
        LetterEncoders.reset();
    }

    private Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private void captions(int count) throws IOException {
        write("captions.txt", String.join("\n", texts(count)) + "\n");
    }

    private static List<String> texts(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "caption " + "abcdefgh".substring(i % 8) + i)
                .toList();
    }

    private EncodingRun run(String corpora, EncodingOptions options) throws IOException {
        return run(corpora, options, Map.of());
    }

    private EncodingRun run(String corpora, EncodingOptions options, Map<String, String> defaults) throws IOException {
        Configuration configuration = new ConfigurationReader()
                .read(write("bind.yaml", corpora.startsWith("spaces") ? corpora : SPACES + corpora));
        List<ItemCollection> collections = new ArrayList<>(ItemCollection.corpora(configuration));
        collections.addAll(ItemCollection.tasks(
                configuration.evaluation(), classes -> List.of("a photo of a dog", "a photo of a cat")));
        return new EncodingRun(
                configuration,
                collections,
                () -> EncoderRegistry.discover(EncodingRunTest.class.getClassLoader(), List.of())
                        .withDefaults(defaults),
                options,
                "0.1",
                Progress.SILENT);
    }

    private static EncodingOptions options(boolean skipBroken) {
        return new EncodingOptions(Set.of(), Set.of(), Long.MAX_VALUE, null, SHARD, null, skipBroken, true, 3);
    }

    private EncodingRun.Outcome encode(String corpora) throws IOException {
        return run(corpora, options(false)).run();
    }

    @Test
    void aDefaultHoldsWhereAnOptionIsLeftOpenAndEncodesNothingAgain() throws IOException {
        captions(3);
        String open = "spaces: {a: {encoder: letters, modalities: [text]}}\n"
                + "corpora: {captions: {modality: text, items: captions.txt}}\n";
        String given = open.replace("[text]}", "[text], options: {refuses: broken}}");
        Map<String, String> defaults = Map.of("refuses", "caption", "length", "short", "device", "cpu");

        assertThatThrownBy(() -> run(open, options(false), defaults).run()).hasMessageContaining("captions.txt");
        run(given, options(false), defaults).run();
        assertThat(manifest("embeddings/a/captions/manifest.json").dimension())
                .as("what an option does not take is no default")
                .isEqualTo(8);
        assertThat(run(open, options(false), defaults).plan().toEncode()).isZero();
    }

    private float[][] rows(String path) {
        try (EmbeddingShards shards =
                EmbeddingFiles.open(List.of(folder.resolve(path).toString()))) {
            float[][] rows = new float[(int) shards.rows()][shards.dimension()];
            for (int i = 0; i < rows.length; i++) {
                shards.read(i, 1, FloatBuffer.wrap(rows[i]));
            }
            return rows;
        }
    }

    private List<ItemsFile.Row> items(String path) {
        List<ItemsFile.Row> items = new ArrayList<>();
        ItemsFile.read(folder.resolve(path), items::add);
        return items;
    }

    private EncodingManifest manifest(String path) {
        return EncodingManifest.read(folder.resolve(path)).orElseThrow();
    }

    /** Content by name of everything below embeddings, but what is only remembered or locked. */
    private Map<String, String> tree(String... roots) throws IOException {
        Map<String, String> content = new TreeMap<>();
        for (String root : roots) {
            try (Stream<Path> files = Files.walk(folder.resolve(root))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    String name = file.getFileName().toString();
                    assertThat(AtomicFile.isTemporary(file)).as(name).isFalse();
                    if (!name.equals("hashes.json") && !name.equals("lock")) {
                        content.put(
                                folder.relativize(file).toString(),
                                HexFormat.of().formatHex(Files.readAllBytes(file)));
                    }
                }
            }
        }
        return content;
    }

    @Test
    void everySpaceEmbedsEveryItemInShardsWithListAndManifest() throws Exception {
        captions(23);

        EncodingRun run = run("  texts: {modality: text, items: captions.txt}\n", options(false));
        EncodingRun.Outcome outcome = run.run();

        assertThat(outcome.rows()).containsExactly(23L, 23L);
        float[][] rows = rows("embeddings/a/texts");
        assertThat(rows).hasDimensions(23, 8);
        for (float[] row : rows) {
            double squares = 0;
            for (float value : row) {
                squares += value * value;
            }
            assertThat(Math.sqrt(squares)).isCloseTo(1, org.assertj.core.data.Offset.offset(1e-6));
        }
        assertThat(items("embeddings/a/texts/items.jsonl"))
                .extracting(ItemsFile.Row::text)
                .containsExactlyElementsOf(texts(23));
        JsonNode manifest = new ObjectMapper()
                .readTree(folder.resolve("embeddings/b/texts/manifest.json").toFile());
        assertThat(manifest.path("space").asText()).isEqualTo("b");
        assertThat(manifest.path("modality").asText()).isEqualTo("text");
        assertThat(manifest.path("dimension").asInt()).isEqualTo(5);
        assertThat(manifest.path("dtype").asText()).isEqualTo("float32");
        assertThat(manifest.path("rows").asInt()).isEqualTo(23);
        assertThat(manifest.path("encoder").path("name").asText()).isEqualTo("one-stage");
        assertThat(manifest.path("encoder").path("version").asText()).isEqualTo("1.0");
        assertThat(manifest.path("encoder").path("options").path("length").asText())
                .isEqualTo("5");
        assertThat(manifest.path("complete").asBoolean()).isTrue();
        assertThat(manifest.path("shards").path(2).path("file").asText()).isEqualTo("text_emb_2.npy");
        assertThat(manifest.path("shards").path(2).path("rows").asInt()).isEqualTo(3);
        assertThat(manifest.path("shards").path(2).path("sha256").asText()).hasSize(64);
        assertThat(run.dimensions()).isEqualTo(Map.of("a", 8, "b", 5));
        assertThat(LetterEncoders.MOST_OPEN.get())
                .as("one space in memory at a time")
                .isEqualTo(1);
        assertThat(LetterEncoders.OPEN.get()).isZero();
    }

    @Test
    void itemsAreNotPreparedFarAheadOfTheNetwork() throws Exception {
        captions(500);

        run("  texts: {modality: text, items: captions.txt}\n", options(false)).run();

        assertThat(LetterEncoders.MOST_WAITING.get()).isBetween(1, 3 * LetterEncoders.BATCH + 3);
    }

    @Test
    void whatIsUpToDateIsNotEncodedAgain() throws Exception {
        captions(23);
        encode("  texts: {modality: text, items: captions.txt}\n");
        Map<String, String> before = tree("embeddings");
        LetterEncoders.reset();

        EncodingRun.Outcome again = encode("  texts: {modality: text, items: captions.txt}\n");

        assertThat(again.plan().toEncode()).isZero();
        assertThat(LetterEncoders.MOST_OPEN.get()).as("no encoder is opened").isZero();
        assertThat(tree("embeddings")).isEqualTo(before);
    }

    @Test
    void aChangedItemRedoesItsShardAlone() throws Exception {
        captions(35);
        encode("  texts: {modality: text, items: captions.txt}\n");
        Map<String, String> before = tree("embeddings");
        List<String> changed = new ArrayList<>(texts(35));
        changed.set(12, "another");
        changed.add("and one more");
        write("captions.txt", String.join("\n", changed));
        LetterEncoders.reset();

        encode("  texts: {modality: text, items: captions.txt}\n");

        assertThat(LetterEncoders.EMBEDDED.get())
                .as("shards 1 and 3 in both spaces")
                .isEqualTo(2 * (10 + 6));
        Map<String, String> after = tree("embeddings");
        for (String space : List.of("a", "b")) {
            String shards = "embeddings/" + space + "/texts/text_emb_";
            assertThat(after.get(shards + "0.npy")).isEqualTo(before.get(shards + "0.npy"));
            assertThat(after.get(shards + "1.npy")).isNotEqualTo(before.get(shards + "1.npy"));
            assertThat(after.get(shards + "2.npy")).isEqualTo(before.get(shards + "2.npy"));
            assertThat(manifest("embeddings/" + space + "/texts/manifest.json").rows())
                    .isEqualTo(36);
        }
    }

    @Test
    void anotherOptionOrCheckpointRedoesItsSpaceAlone() throws Exception {
        captions(12);
        write("weights.pt", "first");
        String configuration = """
                spaces:
                  a: {encoder: letters, modalities: [text], options: {checkpoint: weights.pt}}
                  b: {encoder: letters, modalities: [text], options: {length: 5}}
                corpora:
                  texts: {modality: text, items: captions.txt}
                """;
        encode(configuration);
        Map<String, String> before = tree("embeddings");
        LetterEncoders.reset();
        write("weights.pt", "second weights");

        encode(configuration);

        assertThat(LetterEncoders.EMBEDDED.get()).isEqualTo(12);
        assertThat(tree("embeddings/b"))
                .allSatisfy((name, content) -> assertThat(before).containsEntry(name, content));
        assertThat(tree("embeddings/a")).allSatisfy((name, content) -> {
            if (!name.endsWith("items.jsonl")) {
                assertThat(content).as(name).isNotEqualTo(before.get(name));
            }
        });
        LetterEncoders.reset();
        EncodingRun.Outcome shorter = encode(configuration.replace("length: 5", "length: 6"));
        assertThat(shorter.plan().entries())
                .extracting(EncodingPlan.Entry::toEncode)
                .containsExactly(0L, 12L);
        assertThat(rows("embeddings/b/texts")).hasDimensions(12, 6);
    }

    @Test
    void aShorterListLeavesNothingStaleBehind() throws Exception {
        captions(35);
        encode("  texts: {modality: text, items: captions.txt}\n");
        captions(8);

        encode("  texts: {modality: text, items: captions.txt}\n");

        assertThat(folder.resolve("embeddings/a/texts/text_emb_1.npy")).doesNotExist();
        assertThat(rows("embeddings/a/texts")).hasDimensions(8, 8);
        assertThat(items("embeddings/a/texts/items.jsonl")).hasSize(8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "  texts: {modality: text, items: captions.txt}\n",
                "  texts: {modality: text, items: captions.txt, embeddings: {a: out/a.npy, b: \"out/b-*.npy\"}}\n",
            })
    void anInterruptedRunGoesOnToTheSameBytes(String corpora) throws Exception {
        captions(47);
        encode(corpora);
        String root = corpora.contains("out") ? "out" : "embeddings";
        Map<String, String> whole = tree(root);
        for (int diesAfter : List.of(2, 41, 88)) {
            delete(folder.resolve(root));
            LetterEncoders.reset();
            LetterEncoders.DIES_AFTER.set(diesAfter);
            assertThatThrownBy(() -> encode(corpora)).isInstanceOf(OutOfMemoryError.class);
            LetterEncoders.reset();

            encode(corpora);

            assertThat(tree(root)).as("killed after " + diesAfter).isEqualTo(whole);
            assertThat(LetterEncoders.EMBEDDED.get())
                    .as("only the shard in flight is done twice")
                    .isBetween(94 - diesAfter, 94 - diesAfter + SHARD);
        }
    }

    private static void delete(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void aConfiguredPathIsOneFileAndAPatternIsShards() throws Exception {
        captions(23);
        String corpora =
                "  texts: {modality: text, items: captions.txt, embeddings: {a: out/a.npy, b: \"out/b-*.npy\"}}\n";

        encode(corpora);

        assertThat(NpyArray.read(folder.resolve("out/a.npy")).shape().toString())
                .contains("23", "8");
        assertThat(manifest("out/a.npy.json").sha256()).hasSize(64);
        assertThat(items("out/a.npy.items.jsonl")).hasSize(23);
        assertThat(folder.resolve("out/a.npy.parts")).doesNotExist();
        assertThat(NpyArray.read(folder.resolve("out/b-2.npy")).shape().toString())
                .contains("3", "5");
        assertThat(manifest("out/b-manifest.json").rows()).isEqualTo(23);
        assertThat(items("out/b-items.jsonl")).hasSize(23);

        List<String> changed = new ArrayList<>(texts(23));
        changed.set(15, "another");
        write("captions.txt", String.join("\n", changed));
        LetterEncoders.reset();
        encode(corpora);
        assertThat(LetterEncoders.EMBEDDED.get())
                .as("rows in one file are kept too")
                .isEqualTo(20);
    }

    @Test
    void clipRetrievalsLayoutIsWrittenAndRead() throws Exception {
        for (int i = 0; i < 12; i++) {
            write("photos/" + i + ".jpg", "image " + i);
        }
        EncodingOptions clip = new EncodingOptions(
                Set.of("a"),
                Set.of("photos"),
                Long.MAX_VALUE,
                ElementType.F16,
                SHARD,
                Layout.CLIP_RETRIEVAL,
                false,
                true,
                2);

        run("  photos: {modality: image, items: photos}\n", clip).run();

        assertThat(rows("embeddings/a/photos")).hasDimensions(12, 8);
        assertThat(folder.resolve("embeddings/a/photos/img_emb/img_emb_1.npy")).exists();
        assertThat(Files.readAllLines(folder.resolve("embeddings/a/photos/metadata/metadata_1.jsonl")))
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains("image_path"));
        assertThat(manifest("embeddings/a/photos/manifest.json").dtype()).isEqualTo("float16");
        assertThat(items("embeddings/a/photos/items.jsonl").get(3).path()).isEqualTo("../../../photos/3.jpg");
        assertThat(folder.resolve("embeddings/b/photos"))
                .as("was not asked for")
                .doesNotExist();
        LetterEncoders.reset();
        run("  photos: {modality: image, items: photos}\n", EncodingOptions.MISSING.withSpaces(Set.of("a")))
                .run();
        assertThat(LetterEncoders.EMBEDDED.get())
                .as("type, shards and layout stay as they are")
                .isZero();
    }

    @Test
    void aBrokenItemStopsTheRunAndIsNamed() throws Exception {
        write("captions.txt", "one\ntwo\nthis is broken\nfour\n");

        assertThatThrownBy(() -> encode("  texts: {modality: text, items: captions.txt}\n"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("captions.txt:3")
                .hasMessageContaining("is broken")
                .hasMessageContaining("--skip-broken");
        assertThat(folder.resolve("embeddings/a/texts/text_emb_0.npy")).doesNotExist();
        assertThat(LetterEncoders.OPEN.get()).as("the encoder is closed").isZero();
    }

    @Test
    void aMissingFileIsFoundBeforeAnEncoderIsOpened() throws Exception {
        write("photos/1.jpg", "image");
        write("list.txt", "photos/1.jpg\nphotos/2.jpg\n");

        assertThatThrownBy(() -> encode("  photos: {modality: image, items: list.txt}\n"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("2.jpg")
                .hasMessageContaining("list.txt:2");
        assertThat(LetterEncoders.MOST_OPEN.get()).isZero();
    }

    @Test
    void anItemThatOneSpaceCannotEncodeIsLeftOutInEverySpace() throws Exception {
        List<String> lines = new ArrayList<>(texts(30));
        lines.set(3, "this is broken");
        lines.set(14, "this only b cannot do");
        lines.set(21, "this is refused by the network");
        write("captions.txt", String.join("\n", lines));
        String configuration = """
                spaces:
                  a: {encoder: letters, modalities: [text]}
                  b: {encoder: one-stage, modalities: [text], options: {refuses: only b}}
                corpora:
                  texts: {modality: text, items: captions.txt}
                """;

        EncodingRun.Outcome outcome = run(configuration, options(true)).run();

        assertThat(outcome.rows()).containsExactly(27L, 27L);
        assertThat(outcome.notes()).anySatisfy(note -> assertThat(note).contains("3 broken items are left out"));
        List<String> kept = new ArrayList<>(lines);
        kept.removeAll(List.of(lines.get(3), lines.get(14), lines.get(21)));
        for (String space : List.of("a", "b")) {
            String place = "embeddings/" + space + "/texts";
            assertThat(rows(place)).hasNumberOfRows(27);
            assertThat(items(place + "/items.jsonl"))
                    .extracting(ItemsFile.Row::text)
                    .containsExactlyElementsOf(kept);
            assertThat(manifest(place + "/manifest.json").skipped())
                    .extracting(EncodingManifest.Skipped::item)
                    .containsExactly(3L, 14L, 21L);
            assertThat(manifest(place + "/manifest.json").complete()).isTrue();
        }
        float[] ofKept = rows("embeddings/a/texts")[13];
        assertThat(ofKept).as("rows after the gap are those of the list").isEqualTo(rowOf(kept.get(13)));
        Map<String, String> before = tree("embeddings");
        LetterEncoders.reset();
        run(configuration, options(false)).run();
        assertThat(LetterEncoders.EMBEDDED.get())
                .as("what is left out stays left out")
                .isZero();
        assertThat(tree("embeddings")).isEqualTo(before);
    }

    /** What the encoder of space a makes of a text in a full batch. */
    private float[] rowOf(String text) throws IOException {
        write("single/captions.txt", String.join("\n", List.of(text, text, text, text)));
        run("""
                spaces:
                  a: {encoder: letters, modalities: [text]}
                corpora:
                  single: {modality: text, items: single/captions.txt}
                """, options(false)).run();
        return rows("embeddings/a/single")[0];
    }

    @Test
    void aRepairedItemGetsItsRow() throws Exception {
        write("captions.txt", "one\ntwo\nthis is broken\nfour\n");
        run("  texts: {modality: text, items: captions.txt}\n", options(true)).run();
        assertThat(rows("embeddings/a/texts")).hasNumberOfRows(3);

        write("captions.txt", "one\ntwo\nthree\nfour\n");
        run("  texts: {modality: text, items: captions.txt}\n", options(false)).run();

        assertThat(rows("embeddings/a/texts")).hasNumberOfRows(4);
        assertThat(manifest("embeddings/a/texts/manifest.json").skipped()).isEmpty();
    }

    @Test
    void anItemOfAnEvaluationIsNeverLeftOut() throws Exception {
        captions(4);
        write("test.txt", "one\nthis is broken\n");
        String configuration = SPACES + """
                  texts: {modality: text, items: captions.txt}
                evaluation:
                  - name: test
                    task: retrieval
                    items:
                      text: {items: test.txt}
                      image: {embeddings: {a: x.npy}}
                """;

        assertThatThrownBy(() -> run(configuration, options(true)).run())
                .isInstanceOf(DataException.class)
                .hasMessageContaining("test.txt:2")
                .hasMessageContaining("count on their row numbers");
    }

    @Test
    void classNamesAreEncodedTaskByTask() throws Exception {
        write("photos/1.jpg", "image");
        EncodingRun.Outcome outcome = encode(SPACES.replace("corpora:\n", "") + """
                evaluation:
                  - name: animals
                    task: classification
                    items: {image: {items: "photos/*.jpg"}}
                    labels: labels.txt
                    classes: {names: names.txt, templates: templates.txt}
                """);

        assertThat(outcome.plan().entries())
                .extracting(entry -> entry.space() + " " + entry.collection())
                .containsExactly("a animals/image", "a animals/classes", "b animals/image", "b animals/classes");
        assertThat(outcome.rows()).containsExactly(1L, 2L, 1L, 2L);
        assertThat(rows("embeddings/a/animals/classes")).hasNumberOfRows(2);
        assertThat(rows("embeddings/b/animals/image")).hasNumberOfRows(1);
    }

    @Test
    void thePairsOfATunedSpaceAreEncodedAndNeverLeftOut() throws Exception {
        captions(4);
        write("photos/1.jpg", "image");
        write("photos/2.jpg", "another");
        String configuration = SPACES + """
                  texts: {modality: text, items: captions.txt}
                  photos: {modality: image, items: photos}
                bonds:
                  moved: {displace: a, into: b}
                  tuned: {tune: moved, modality: text, against: image, pairs: {text: {items: pairs.txt}, image: {items: photos}}}
                """;
        write("pairs.txt", "one\ntwo\n");

        run(configuration, options(true).withLimit(1)).run();
        EncodingRun.Outcome outcome = run(configuration, options(true)).run();

        assertThat(outcome.plan().entries())
                .extracting(entry -> entry.space() + " " + entry.collection())
                .contains("a tuned/text", "b tuned/text", "a tuned/image", "b tuned/image");
        write("pairs.txt", "one\nthis is broken\n");
        assertThatThrownBy(() -> run(configuration, options(true)).run())
                .isInstanceOf(DataException.class)
                .hasMessageContaining("count on their row numbers");
    }

    @Test
    void embeddingsThatSomebodyElseMadeStayAsTheyAre() throws Exception {
        captions(3);
        float[] given = {1, 0, 0, 1, 1, 0};
        Files.createDirectories(folder.resolve("out"));
        NpyArray.of(given, 3, 2).write(folder.resolve("out/a.npy"));

        EncodingRun.Outcome outcome =
                encode("  texts: {modality: text, items: captions.txt, embeddings: {a: out/a.npy}}\n");

        assertThat(NpyArray.read(folder.resolve("out/a.npy")).floats()).isEqualTo(given);
        assertThat(outcome.notes())
                .anySatisfy(note -> assertThat(note).contains("texts in a", "not made by 'freebind encode'"));
        assertThat(outcome.plan().entries())
                .extracting(EncodingPlan.Entry::space)
                .containsExactly("b");
        write("captions.txt", "one\nthis is broken\nthree\n");
        assertThatThrownBy(() -> run(
                                "  texts: {modality: text, items: captions.txt, embeddings: {a: out/a.npy}}\n",
                                options(true))
                        .run())
                .isInstanceOf(DataException.class)
                .hasMessageContaining("embeddings of other spaces, not made here, have a row for it");
    }

    @Test
    void aLimitTriesTheFirstItemsAndTakesNothingAway() throws Exception {
        captions(47);
        String corpora = "  texts: {modality: text, items: captions.txt}\n";

        run(corpora, options(false).withLimit(13)).run();
        assertThat(rows("embeddings/a/texts")).hasNumberOfRows(13);
        assertThat(manifest("embeddings/a/texts/manifest.json").complete()).isFalse();
        LetterEncoders.reset();
        run(corpora, options(false).withLimit(13)).run();
        assertThat(LetterEncoders.EMBEDDED.get()).isZero();

        run(corpora, options(false)).run();
        assertThat(LetterEncoders.EMBEDDED.get())
                .as("the cut shard is done again")
                .isEqualTo(2 * 37);
        Map<String, String> whole = tree("embeddings");
        run(corpora, options(false).withLimit(5)).run();
        assertThat(tree("embeddings")).isEqualTo(whole);
    }

    @Test
    void completeEmbeddingsAreUsedWhereItemsOrCheckpointAreNot() throws Exception {
        captions(12);
        write("weights.pt", "weights");
        String configuration = """
                spaces:
                  a: {encoder: letters, modalities: [text], options: {checkpoint: weights.pt}}
                corpora:
                  texts: {modality: text, items: captions.txt}
                """;
        encode(configuration);
        LetterEncoders.reset();
        Files.delete(folder.resolve("weights.pt"));

        EncodingRun withoutCheckpoint = run(configuration, EncodingOptions.MISSING);
        withoutCheckpoint.run();
        assertThat(withoutCheckpoint.dimensions()).isEqualTo(Map.of("a", 8));
        Files.delete(folder.resolve("captions.txt"));
        EncodingRun.Outcome withoutItems =
                run(configuration, EncodingOptions.MISSING).run();

        assertThat(withoutItems.notes()).anySatisfy(note -> assertThat(note).contains("texts", "used as they are"));
        assertThat(LetterEncoders.MOST_OPEN.get()).isZero();
        assertThatThrownBy(() -> encode(configuration))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("captions.txt");
    }

    @Test
    void wrongNamesAndDimensionsAreRefusedBeforeAnythingIsWritten() throws Exception {
        captions(3);
        String corpora = "  texts: {modality: text, items: captions.txt}\n";

        assertThatThrownBy(() -> run(corpora, EncodingOptions.MISSING.withSpaces(Set.of("bb")))
                        .run())
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("no space is named 'bb'");
        EncodingOptions other =
                new EncodingOptions(Set.of(), Set.of("text"), Long.MAX_VALUE, null, 0, null, false, true, 0);
        assertThatThrownBy(() -> run(corpora, other).run())
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("did you mean 'texts'");
        assertThatThrownBy(() -> encode(SPACES.replace("letters,", "letters, dimension: 9,") + corpora))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("spaces.a.dimension")
                .hasMessageContaining("is 9, but the encoder 'letters' gives dimension 8");
        assertThat(folder.resolve("embeddings/a")).doesNotExist();
    }
}
