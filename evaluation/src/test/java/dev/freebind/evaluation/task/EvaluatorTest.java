package dev.freebind.evaluation.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.collection.CollectionSettings;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.configuration.Configuration.EmbeddingFiles;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.configuration.EvaluationTask.Classes;
import dev.freebind.bonds.configuration.EvaluationTask.Classification;
import dev.freebind.bonds.configuration.EvaluationTask.Pair;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.configuration.EvaluationTask.Tagging;
import dev.freebind.bonds.configuration.ResourcePath;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.EmbeddingExpression.ProjectorMixture;
import dev.freebind.bonds.product.Exclusion;
import dev.freebind.bonds.product.FactorGrid;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.bonds.product.ProjectorSelection;
import dev.freebind.bonds.projector.Mixture;
import dev.freebind.evaluation.PlainNearestItems;
import dev.freebind.evaluation.interval.Bootstrap;
import dev.freebind.evaluation.result.ClassScore;
import dev.freebind.evaluation.result.LeftOut;
import dev.freebind.evaluation.result.Measure;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.result.Results;
import dev.freebind.evaluation.result.Subject;
import dev.freebind.evaluation.result.Sweep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A noisy unified space, and an audio-text expert combined into it. */
class EvaluatorTest {

    private static final Modality AUDIO = Modality.AUDIO;
    private static final Modality IMAGE = Modality.IMAGE;
    private static final Modality TEXT = Modality.TEXT;
    private static final int DIMENSION = 16;
    private static final int ITEMS = 60;

    @TempDir
    Path folder;

    private final Map<String, Embeddings> files = new HashMap<>();
    private final PlainInference inference = new PlainInference();
    private BondGraph graph;
    private long memory = 1 << 20;

    @BeforeEach
    void world() {
        graph = BondGraph.of(configuration());
        Random random = new Random(1);
        float[] concepts = new float[ITEMS * DIMENSION];
        for (int i = 0; i < concepts.length; i++) {
            concepts[i] = (float) random.nextGaussian();
        }
        for (Modality modality : List.of(AUDIO, IMAGE, TEXT)) {
            files.put("unified/" + modality, noisy(concepts, 1.2, random, "unified/" + modality));
            if (modality != IMAGE) {
                files.put("at/" + modality, noisy(concepts, 0.5, random, "at/" + modality));
            }
        }
    }

    private static Embeddings noisy(float[] concepts, double noise, Random random, String name) {
        float[] values = concepts.clone();
        for (int i = 0; i < values.length; i++) {
            values[i] += (float) (noise * random.nextGaussian());
        }
        return Embeddings.of(values, DIMENSION, name + ".npy");
    }

    private Configuration configuration() {
        TrainingSettings training =
                new TrainingSettings(1, 8, 1e-3, 0.02, 8, new Mixture.All(), 0, 0, TrainingSettings.Storage.FLOAT32);
        Bond bond = new Combination(
                "bound",
                List.of("at"),
                "unified",
                Map.of(),
                Map.of(AUDIO, 0.5, TEXT, 0.5),
                new CollectionSettings(0.01, null, null),
                training);
        Map<String, SpaceDeclaration> spaces = new LinkedHashMap<>();
        spaces.put("unified", space("unified", AUDIO, IMAGE, TEXT));
        spaces.put("at", space("at", AUDIO, TEXT));
        Map<String, Corpus> corpora = new LinkedHashMap<>();
        for (Modality modality : List.of(TEXT, IMAGE, AUDIO)) {
            corpora.put(
                    modality + "s",
                    new Corpus(modality + "s", modality, modality == IMAGE ? data("unified") : data("unified", "at")));
        }
        return new Configuration(
                folder.resolve("world.yaml"), "world", 7, spaces, corpora, Map.of("bound", bond), Map.of(), List.of());
    }

    private static SpaceDeclaration space(String name, Modality... modalities) {
        return new SpaceDeclaration(name, List.of(modalities), DIMENSION, null, null, Map.of());
    }

    private static ItemData data(String... spaces) {
        Map<String, EmbeddingFiles> embeddings = new LinkedHashMap<>();
        for (String space : spaces) {
            embeddings.put(space, new EmbeddingFiles(List.of(new ResourcePath("x.npy", "x.npy", Path.of("")))));
        }
        return new ItemData(null, embeddings);
    }

    private ResourcePath file(String name, String content) {
        try {
            Files.writeString(folder.resolve(name), content);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return new ResourcePath(name, name, folder);
    }

    private Results evaluate(EvaluationRequest request, EvaluationTask... tasks) {
        EmbeddingSource source = (space, modality, data) -> data.embeddings().containsKey(space)
                ? Optional.ofNullable(files.get(space + "/" + modality))
                : Optional.empty();
        EvaluationLimits limits = new EvaluationLimits(new Bootstrap(200, 7), memory, folder);
        return new Evaluator(graph, source, inference, new PlainNearestItems(), Progress.SILENT, limits)
                .evaluate(List.of(tasks), request);
    }

    private static Retrieval retrieval(Map<Modality, ItemData> items, ResourcePath relevance, Pair... pairs) {
        return new Retrieval("test", items, List.of(pairs), List.of(1, 5), relevance);
    }

    private static Retrieval everything() {
        return retrieval(
                Map.of(AUDIO, data("unified", "at"), IMAGE, data("unified"), TEXT, data("unified", "at")),
                null,
                new Pair(AUDIO, TEXT),
                new Pair(IMAGE, TEXT));
    }

    private static ResultRow row(Results results, Subject subject, String pair, String direction, String metric) {
        List<ResultRow> found = results.rows().stream()
                .filter(row -> row.subject().equals(subject)
                        && row.measure().pair().equals(pair)
                        && row.measure().direction().equals(direction)
                        && row.measure().metric().name().equals(metric))
                .toList();
        assertThat(found).as("%s %s %s %s", subject, pair, direction, metric).hasSize(1);
        return found.get(0);
    }

    private static Subject subject(String space) {
        return new Subject(space, null);
    }

    @Test
    void productsAndLeavesAreMeasuredBothWaysWithTheMean() {
        Results results = evaluate(EvaluationRequest.ALL, everything());
        assertThat(results.subjects()).containsExactly(subject("bound"), subject("unified"), subject("at"));
        ResultRow there = row(results, subject("bound"), "audio-text", "audio->text", "recall@1");
        ResultRow back = row(results, subject("bound"), "audio-text", "text->audio", "recall@1");
        ResultRow mean = row(results, subject("bound"), "audio-text", Measure.MEAN, "recall@1");
        assertThat(mean.value()).isCloseTo((there.value() + back.value()) / 2, within(1e-12));
        assertThat(there.counts()).isEqualTo(new ResultRow.Counts(ITEMS, 0, ITEMS));
        assertThat(there.ci95().contains(there.value())).isTrue();
        assertThat(there.conditions().factors()).isEqualTo(Map.of("bound", Map.of("audio", 0.5, "text", 0.5)));
        assertThat(mean.value())
                .isGreaterThan(row(results, subject("unified"), "audio-text", Measure.MEAN, "recall@1")
                        .value());
        // 2 spaces × image-text + 3 × audio-text, each 3 directions × (2 recalls + median rank)
        assertThat(results.rows()).hasSize(5 * 9);
        assertThat(results.queries()).hasSize(10);
    }

    @Test
    void aSpaceThatLacksAModalityOrALeafIsListed() {
        Retrieval task =
                retrieval(Map.of(AUDIO, data("unified"), TEXT, data("unified", "at")), null, new Pair(AUDIO, TEXT));
        Results results = evaluate(EvaluationRequest.ALL, task, everything());
        assertThat(results.leftOut())
                .contains(
                        new LeftOut("bound", "test", "audio-text", List.of("at.audio")),
                        new LeftOut("at", "test", "audio-text", List.of("at.audio")),
                        new LeftOut("at", "test", "image-text", List.of("image")));
    }

    @Test
    void ifNoSpaceCanTakePartTheRequestIsWrongAndSaysWhatIsMissing() {
        Retrieval task = retrieval(Map.of(AUDIO, data("unified"), TEXT, data("at")), null, new Pair(AUDIO, TEXT));
        assertThatThrownBy(() -> evaluate(EvaluationRequest.ALL, task))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("unified lacks unified.text")
                .hasMessageContaining("at lacks at.audio");
    }

    @Test
    void anUnknownSpaceIsRefused() {
        EvaluationRequest request = new EvaluationRequest(List.of("bond"), List.of(), Customisation.CONFIGURED);
        assertThatThrownBy(() -> evaluate(request, everything()))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("bond");
    }

    @Test
    void settingsGiveOneSetOfRowsEachAndUnaffectedRowsAppearOnce() {
        Setting same = new Setting("same", new FactorSettings(Map.of("bound", Map.of(AUDIO, 0.5))));
        Setting other = new Setting("other", new FactorSettings(Map.of("bound", Map.of(AUDIO, 1.0, TEXT, 0.2))));
        Results results = evaluate(
                new EvaluationRequest(List.of(), List.of(same, other), Customisation.CONFIGURED), everything());
        // `same` repeats the configured audio factor: it decides audio-text, but not image-text
        assertThat(subjects(results, "audio-text"))
                .containsExactly(
                        new Subject("bound", "same"), new Subject("bound", "other"), subject("unified"), subject("at"));
        assertThat(subjects(results, "image-text"))
                .containsExactly(subject("bound"), new Subject("bound", "other"), subject("unified"));
        assertThat(row(results, new Subject("bound", "other"), "audio-text", Measure.MEAN, "recall@1")
                        .conditions()
                        .factors())
                .isEqualTo(Map.of("bound", Map.of("audio", 1.0, "text", 0.2)));
    }

    private static List<Subject> subjects(Results results, String pair) {
        return results.rows().stream()
                .filter(row -> row.measure().pair().equals(pair))
                .map(ResultRow::subject)
                .distinct()
                .toList();
    }

    @Test
    void equalExpressionsAreComputedOnceAndWithoutItsExpertTheBaseRemains() {
        Customisation base = new Customisation(
                FactorSettings.CONFIGURED, Set.of(new Exclusion(null, "at")), ProjectorSelection.ALL, Map.of());
        Results results = evaluate(new EvaluationRequest(List.of(), List.of(), base), everything());
        ResultRow bound = row(results, subject("bound"), "audio-text", Measure.MEAN, "recall@1");
        assertThat(bound.value())
                .isEqualTo(row(results, subject("unified"), "audio-text", Measure.MEAN, "recall@1")
                        .value());
        assertThat(bound.conditions().without()).containsExactly("at");
        // unified: audio, text, image; the expert: audio, text
        assertThat(inference.asked).hasSize(5).doesNotHaveDuplicates();
    }

    @Test
    void aSweepMeasuresEveryPointAndComputesWhatTheyShareOnce() {
        FactorGrid grid = FactorGrid.parse(graph, "bound", "audio=0:1:0.25,text=0:1:0.5");
        Evaluator evaluator = new Evaluator(
                graph,
                (space, modality, data) -> Optional.ofNullable(files.get(space + "/" + modality)),
                inference,
                new PlainNearestItems(),
                Progress.SILENT,
                new EvaluationLimits(new Bootstrap(200, 7), memory, folder));
        Sweep sweep = evaluator.sweep(List.of(everything()), grid, EvaluationRequest.ALL);
        assertThat(sweep.points()).hasSize(15);
        Results single = evaluate(
                new EvaluationRequest(
                        List.of(),
                        List.of(new Setting(null, new FactorSettings(Map.of("bound", Map.of(AUDIO, 0.75, TEXT, 0.5))))),
                        Customisation.CONFIGURED),
                everything());
        Sweep.Point point = sweep.points().get(10);
        assertThat(point.factors()).isEqualTo(Map.of(AUDIO, 0.75, TEXT, 0.5));
        assertThat(point.rows()).containsExactlyInAnyOrderElementsOf(single.rows());
        // 5 audio + 3 text + image in the sweep, of which the leaves' own are the points at 0 and (for `at`) at 1
        assertThat(inference.asked.subList(0, 9)).doesNotHaveDuplicates();
        assertThat(inference.asked.stream().filter(ProjectorMixture.class::isInstance))
                .as(
                        "projectors are asked once for each modality, however many points there are, and once more by `single`")
                .hasSize(2);
        Sweep read = Sweep.parse(sweep.toJson(), "sweep.json");
        assertThat(read).isEqualTo(sweep);
    }

    @Test
    void embeddingsBeyondTheMemoryGoThroughTemporaryFilesThatAreRemoved() throws IOException {
        Results inMemory = evaluate(EvaluationRequest.ALL, everything());
        memory = 100;
        Results onDisk = evaluate(EvaluationRequest.ALL, everything());
        assertThat(onDisk.rows()).isEqualTo(inMemory.rows());
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void rowsThatDoNotAgreeAreAllReportedWithTheirFiles() {
        files.put("at/text", files.get("at/text").slice(0, 50));
        files.put("at/audio", files.get("at/audio").slice(0, 40));
        assertThatThrownBy(() -> evaluate(EvaluationRequest.ALL, everything()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("2 problems")
                .hasMessageContaining("at/text.npy has 50 rows")
                .hasMessageContaining("at/audio.npy has 40 rows");
        Retrieval crossed = retrieval(Map.of(AUDIO, data("at"), TEXT, data("at")), null, new Pair(AUDIO, TEXT));
        assertThatThrownBy(() -> evaluate(EvaluationRequest.ALL, crossed))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("at/audio.npy has 40 rows, but at/text.npy has 50")
                .hasMessageContaining("relevance");
    }

    @Test
    void aRelevanceFileAllowsSeveralRightAnswersAndCountsQueriesWithout() {
        files.put("unified/image", files.get("unified/image").slice(0, 20));
        StringBuilder csv = new StringBuilder("text,image\n");
        for (int text = 0; text < 40; text++) {
            csv.append(text).append(',').append(text % 20).append('\n');
        }
        Retrieval task = retrieval(
                Map.of(IMAGE, data("unified"), TEXT, data("unified")),
                file("relevance.csv", csv.toString()),
                new Pair(IMAGE, TEXT));
        Results results = evaluate(EvaluationRequest.ALL, task);
        assertThat(row(results, subject("unified"), "image-text", "text->image", "recall@5")
                        .counts())
                .isEqualTo(new ResultRow.Counts(40, 20, 20));
        assertThat(row(results, subject("unified"), "image-text", "image->text", "recall@5")
                        .counts())
                .isEqualTo(new ResultRow.Counts(20, 0, 60));
    }

    @Test
    void everyBadLineOfARelevanceFileIsReported() {
        Retrieval task = retrieval(
                Map.of(IMAGE, data("unified"), TEXT, data("unified")),
                file("relevance.csv", "text,image\n0,0\n60,1\n1,-2\n3\nx,4\n"),
                new Pair(IMAGE, TEXT));
        assertThatThrownBy(() -> evaluate(EvaluationRequest.ALL, task))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("4 problems")
                .hasMessageContaining("relevance.csv:3: text row '60' does not exist; rows count from 0 to 59")
                .hasMessageContaining("relevance.csv:4: image row '-2'")
                .hasMessageContaining("relevance.csv:5: '3' has 1 field, expected 2")
                .hasMessageContaining("relevance.csv:6: text row 'x'");
        Retrieval wrongHeader = retrieval(
                Map.of(IMAGE, data("unified"), TEXT, data("unified")),
                file("header.csv", "caption,photo\n0,0\n"),
                new Pair(IMAGE, TEXT));
        assertThatThrownBy(() -> evaluate(EvaluationRequest.ALL, wrongHeader))
                .hasMessageContaining("header.csv:1: the header is 'caption,photo', expected")
                .hasMessageContaining("image,text");
    }

    /** Ten classes, two templates each: the texts of items 2c and 2c + 1. */
    private Classification classification(String labels) {
        files.put("unified/text", files.get("unified/text").slice(0, 20));
        files.put("unified/image", Embeddings.of(repeated(), DIMENSION, "unified/image.npy"));
        return new Classification(
                "classes",
                Map.of(IMAGE, data("unified")),
                file("labels.txt", labels),
                new Classes.Embedded(data("unified"), 2, file("names.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n")));
    }

    /** Each class's mean direction, as an image, three times. */
    private float[] repeated() {
        Embeddings prototypes = ClassPrototypes.of(files.get("unified/text").slice(0, 20), 2);
        float[] classes = new float[10 * DIMENSION];
        prototypes.read(0, 10, java.nio.FloatBuffer.wrap(classes));
        float[] images = new float[30 * DIMENSION];
        for (int item = 0; item < 30; item++) {
            System.arraycopy(classes, item % 10 * DIMENSION, images, item * DIMENSION, DIMENSION);
        }
        return images;
    }

    @Test
    void itemsAreClassifiedByTheMeanOfTheTemplates() {
        StringBuilder labels = new StringBuilder();
        for (int item = 0; item < 30; item++) {
            // by name and by number; the last item of class 9 is mislabelled
            labels.append(item == 29 ? "0" : item < 10 ? "abcdefghij".substring(item, item + 1) : "" + item % 10)
                    .append('\n');
        }
        Results results = evaluate(EvaluationRequest.ALL, classification(labels.toString()));
        assertThat(row(results, subject("unified"), "image-text", "image->text", "accuracy@1")
                        .value())
                .isCloseTo(29.0 / 30, within(1e-12));
        assertThat(row(results, subject("unified"), "image-text", "image->text", "mean-per-class-accuracy")
                        .value())
                .isCloseTo((9 + 3.0 / 4) / 10, within(1e-12));
        assertThat(row(results, subject("unified"), "image-text", "image->text", "accuracy@5")
                        .value())
                .isBetween(29.0 / 30, 1.0);
        ClassScore first = results.classes().stream()
                .filter(score -> score.subject().equals(subject("unified")))
                .findFirst()
                .orElseThrow();
        assertThat(first.name()).isEqualTo("a");
        assertThat(first.items()).isEqualTo(4);
        assertThat(first.value()).isEqualTo(0.75);
        assertThat(results.leftOut()).contains(new LeftOut("at", "classes", "image-text", List.of("image")));
    }

    @Test
    void labelsThatAreNoClassOrTooFewAreAllReported() {
        assertThatThrownBy(() -> evaluate(EvaluationRequest.ALL, classification("a\nzebra\n10\n")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("3 labels for 30 items")
                .hasMessageContaining(
                        "labels.txt:2: 'zebra' is not a class; allowed is a number from 0 to 9, or a class name")
                .hasMessageContaining("labels.txt:3: '10'");
    }

    @Test
    void taggingIsTheMeanOverClassesThatHaveItems() {
        classification("");
        Tagging task = new Tagging(
                "tags",
                Map.of(IMAGE, data("unified")),
                file("tags.csv", "item,class\n0,a\n10,0\n20,a\n1,b\n11,b\n21,b\n"),
                new Classes.Embedded(data("unified"), 2, file("names.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n")));
        Results results = evaluate(EvaluationRequest.ALL, task);
        ResultRow map = row(results, subject("unified"), "image-text", "text->image", "mAP");
        assertThat(map.value()).isEqualTo(1.0);
        assertThat(map.counts()).isEqualTo(new ResultRow.Counts(2, 8, 30));
        assertThat(results.classes().stream().filter(score -> score.value() == null))
                .hasSize(8); // listed, counted nowhere
    }

    @Test
    void namedClassesAreEncodedWithTheirTemplatesOrReportedAsMissing() {
        Classes named = new Classes.Named(
                file("names.txt", "dog\ncat\n"), file("templates.txt", "a {}\nthe sound of a {}\n"), Map.of());
        StringBuilder labels = new StringBuilder();
        for (int item = 0; item < ITEMS; item++) {
            labels.append(item % 2 == 0 ? "dog" : "cat").append('\n');
        }
        Classification task = new Classification(
                "named", Map.of(AUDIO, data("unified")), file("labels.txt", labels.toString()), named);
        assertThatThrownBy(() -> evaluate(EvaluationRequest.ALL, task))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("unified lacks unified.text");
        List<String> encoded = new java.util.ArrayList<>();
        EmbeddingSource encoder = new EmbeddingSource() {
            @Override
            public Optional<Embeddings> open(String space, Modality modality, ItemData data) {
                return Optional.ofNullable(files.get(space + "/" + modality));
            }

            @Override
            public Optional<Embeddings> encode(String space, Classes.Named classes, List<String> texts) {
                encoded.addAll(texts);
                return Optional.of(files.get("unified/text").slice(0, texts.size()));
            }
        };
        Results results = new Evaluator(
                        graph,
                        encoder,
                        inference,
                        new PlainNearestItems(),
                        Progress.SILENT,
                        new EvaluationLimits(new Bootstrap(200, 7), memory, folder))
                .evaluate(
                        List.of(task), new EvaluationRequest(List.of("unified"), List.of(), Customisation.CONFIGURED));
        assertThat(encoded).containsExactly("a dog", "the sound of a dog", "a cat", "the sound of a cat");
        // two classes: accuracy@5 would say nothing
        assertThat(results.rows())
                .extracting(row -> row.measure().metric().name())
                .containsExactly("accuracy@1", "mean-per-class-accuracy");
    }
}
