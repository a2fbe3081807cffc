package dev.freebind.evaluation.leak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.configuration.Configuration.EmbeddingFiles;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.Configuration.RawItems;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.configuration.EvaluationTask.Pair;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.configuration.ResourcePath;
import dev.freebind.evaluation.PlainNearestItems;
import dev.freebind.evaluation.leak.Leak.Example;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Random texts and images; two texts of the task are planted in the corpus, and one is there slightly changed. */
class LeakCheckTest {

    private static final int ITEMS = 40;
    private static final int ROWS = 300;
    private static final List<Integer> EXACT = List.of(7, 23);
    private static final int NEAR = 31;

    private final Map<String, Embeddings> files = new HashMap<>();
    private Configuration configuration = configuration();
    private final EvaluationTask task = new Retrieval(
            "test",
            Map.of(Modality.TEXT, data("test"), Modality.IMAGE, data("test")),
            List.of(new Pair(Modality.IMAGE, Modality.TEXT)),
            List.of(1),
            null);

    @BeforeEach
    void plantDuplicates() {
        Random random = new Random(9);
        for (String space : List.of("small", "large")) {
            int dimension = space.equals("small") ? 8 : 32;
            float[][] texts = random(random, ITEMS, dimension);
            float[][] corpus = random(random, ROWS, dimension);
            for (int item : EXACT) {
                // the same direction; lengths do not matter
                for (int i = 0; i < dimension; i++) {
                    corpus[100 + item][i] = 3 * texts[item][i];
                }
            }
            for (int i = 0; i < dimension; i++) {
                corpus[250][i] = texts[NEAR][i] + (float) (0.12 * random.nextGaussian());
            }
            files.put(space + " test text", flat(texts));
            files.put(space + " corpus text", flat(corpus));
        }
        files.put("small test image", flat(random(random, ITEMS, 8)));
    }

    private static float[][] random(Random random, int rows, int dimension) {
        float[][] values = new float[rows][dimension];
        for (float[] row : values) {
            for (int i = 0; i < dimension; i++) {
                row[i] = (float) random.nextGaussian();
            }
        }
        return values;
    }

    private static Embeddings flat(float[][] rows) {
        float[] values = new float[rows.length * rows[0].length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, values, i * rows[0].length, rows[0].length);
        }
        return Embeddings.of(values, rows[0].length, "rows.npy");
    }

    private static ItemData data(String name) {
        ResourcePath path = new ResourcePath(name, name, Path.of(""));
        return new ItemData(null, Map.of("small", new EmbeddingFiles(List.of(path))));
    }

    private static Configuration configuration() {
        Map<String, SpaceDeclaration> spaces = new LinkedHashMap<>();
        for (String space : List.of("small", "large")) {
            spaces.put(
                    space,
                    new SpaceDeclaration(
                            space,
                            List.of(Modality.IMAGE, Modality.TEXT),
                            space.equals("small") ? 8 : 32,
                            null,
                            null,
                            Map.of()));
        }
        Map<String, Corpus> corpora = new LinkedHashMap<>();
        corpora.put("texts", new Corpus("texts", Modality.TEXT, data("corpus")));
        corpora.put("images", new Corpus("images", Modality.IMAGE, data("corpus")));
        return new Configuration(Path.of("c.yaml"), "c", 7, spaces, corpora, Map.of(), Map.of(), List.of());
    }

    private LeakReport check(double threshold, @Nullable String space) {
        return new LeakCheck(
                        (name, modality, data) -> Optional.ofNullable(files.get(name + " "
                                + data.embeddings()
                                        .values()
                                        .iterator()
                                        .next()
                                        .files()
                                        .get(0)
                                        .written() + " " + modality)),
                        (items, modality, consumer) -> {
                            throw new AssertionError("there are no items");
                        },
                        new PlainNearestItems(),
                        threshold,
                        space,
                        2,
                        Progress.SILENT)
                .check(configuration, List.of(task));
    }

    @Test
    void plantedDuplicatesAreFoundAndNothingElse() {
        LeakReport report = check(0.95, null);
        assertThat(report.leaks()).hasSize(1);
        Leak leak = report.leaks().get(0);
        assertThat(leak.compared()).as("the space of the larger dimension").isEqualTo("large");
        assertThat(leak.exact()).isEqualTo(EXACT.size());
        assertThat(leak.near()).isEqualTo(1);
        assertThat(leak.examples())
                .extracting(Example::item)
                .containsExactlyInAnyOrderElementsOf(
                        EXACT.stream().map(Integer::longValue).toList());
        assertThat(leak.examples()).allMatch(example -> example.row() == 100 + example.item());
        assertThat(report.found()).isTrue();
        assertThat(report.render())
                .contains("2 exact and 1 near duplicates", "not compared: test image with images: no leaf space");
    }

    @Test
    void aHigherThresholdLeavesOnlyExactCopies() {
        Leak leak = check(1, "small").leaks().get(0);
        assertThat(leak.compared()).isEqualTo("small");
        assertThat(leak.exact()).isEqualTo(EXACT.size());
        assertThat(leak.near()).isZero();
    }

    @Test
    void withoutDuplicatesNothingIsFound() {
        Random random = new Random(10);
        files.put("large corpus text", flat(random(random, ROWS, 32)));
        LeakReport report = check(0.95, null);
        assertThat(report.found()).isFalse();
        assertThat(report.leaks().get(0).highest()).isLessThan(0.95);
        assertThat(report.verdict()).startsWith("No evaluation item");
        assertThat(IntStream.of(
                        report.leaks().get(0).exact(), report.leaks().get(0).near()))
                .containsOnly(0);
    }

    @Test
    void itemsThatAreGivenRawAreComparedByContentBeforeAnythingIsEncoded() {
        ItemData asked = raw("test.txt");
        ItemData corpus = raw("corpus.txt");
        Configuration raw = new Configuration(
                Path.of("c.yaml"),
                "c",
                7,
                configuration.spaces(),
                Map.of("texts", new Corpus("texts", Modality.TEXT, corpus)),
                Map.of(),
                Map.of(),
                List.of());
        Map<String, List<String>> contents =
                Map.of("test.txt", List.of("a", "b", "c", "b"), "corpus.txt", List.of("x", "b", "y", "c", "b"));
        LeakReport report = new LeakCheck(
                        (name, modality, data) -> {
                            assertThat(name)
                                    .as("the files of small are not there yet")
                                    .isNotEqualTo("small");
                            return Optional.empty();
                        },
                        (items, modality, consumer) -> {
                            List<String> of = contents.get(items.path().written());
                            for (int i = 0; i < of.size(); i++) {
                                consumer.accept(i, of.get(i));
                            }
                        },
                        new PlainNearestItems(),
                        0.9,
                        null,
                        10,
                        Progress.SILENT)
                .check(raw, List.of(new Retrieval("test", Map.of(Modality.TEXT, asked), List.of(), List.of(1), null)));
        assertThat(report.leaks()).hasSize(1);
        Leak leak = report.leaks().get(0);
        assertThat(leak.compared()).isEqualTo(Leak.CONTENT);
        assertThat(List.of(leak.items(), leak.rows())).isEqualTo(List.of(4L, 5L));
        assertThat(leak.exact()).isEqualTo(3);
        assertThat(leak.examples()).containsExactly(new Example(1, 1, 1), new Example(2, 3, 1), new Example(3, 1, 1));
        assertThat(report.unchecked())
                .as("what is still to be compared, and how")
                .hasSize(1)
                .allMatch(line ->
                        line.startsWith("test text with texts: not by embeddings") && line.contains("freebind encode"));
    }

    private static ItemData raw(String name) {
        ResourcePath path = new ResourcePath(name, name, Path.of(""));
        ResourcePath later = new ResourcePath("not/yet.npy", "not/yet.npy", Path.of(""));
        return new ItemData(new RawItems(path, null), Map.of("small", new EmbeddingFiles(List.of(later))));
    }

    @Test
    void aWrongSpaceOrThresholdIsRefused() {
        assertThatThrownBy(() -> check(0.9, "vt"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("small, large");
        assertThatThrownBy(() -> check(1.5, null)).hasMessageContaining("--threshold 1.5");
    }
}
