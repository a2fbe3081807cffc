package dev.freebind.evaluation.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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
import dev.freebind.bonds.configuration.EvaluationTask.Pair;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.configuration.ResourcePath;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.EmbeddingExpression.ProjectorMixture;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.bonds.projector.Mixture;
import dev.freebind.evaluation.PlainNearestItems;
import dev.freebind.evaluation.interval.Bootstrap;
import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.task.EmbeddingSource;
import dev.freebind.evaluation.task.EvaluationLimits;
import dev.freebind.evaluation.task.EvaluationRequest;
import dev.freebind.evaluation.task.Evaluator;
import dev.freebind.evaluation.task.FactorMeasurement;
import dev.freebind.evaluation.task.PlainInference;
import dev.freebind.evaluation.task.RetrievalPair;
import dev.freebind.evaluation.task.Setting;
import dev.freebind.evaluation.tuning.Tuning.Detail;
import dev.freebind.evaluation.tuning.Tuning.Point;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A unified space that is good at images, and an audio-text expert: audio-text wants large factors, the rest small ones. */
class FactorTuningTest {

    private static final Modality AUDIO = Modality.AUDIO;
    private static final Modality IMAGE = Modality.IMAGE;
    private static final Modality TEXT = Modality.TEXT;
    private static final int DIMENSION = 12;
    private static final int ITEMS = 80;
    private static final RetrievalPair AUDIO_TEXT = new RetrievalPair("valid", "audio-text");
    private static final RetrievalPair IMAGE_TEXT = new RetrievalPair("valid", "image-text");

    @TempDir
    Path folder;

    private final Map<String, Embeddings> files = new HashMap<>();
    private final PlainInference inference = new PlainInference();
    private final EmbeddingSource source =
            (space, modality, data) -> Optional.ofNullable(files.get(space + "/" + modality));
    private BondGraph graph;

    @BeforeEach
    void world() {
        Random random = new Random(5);
        float[] concepts = new float[ITEMS * DIMENSION];
        float[] bias = new float[ITEMS * DIMENSION];
        for (int i = 0; i < concepts.length; i++) {
            concepts[i] = (float) random.nextGaussian();
            // the expert sees its pair through the same glasses, which images do not wear
            bias[i] = (float) (1.6 * random.nextGaussian());
        }
        for (Modality modality : List.of(AUDIO, IMAGE, TEXT)) {
            files.put("unified/" + modality, noisy(concepts, modality == AUDIO ? 1.6 : 0.8, null, random));
            if (modality != IMAGE) {
                files.put("at/" + modality, noisy(concepts, 0.9, bias, random));
            }
        }
        Bond bond = new Combination(
                "bound",
                List.of("at"),
                "unified",
                Map.of(),
                Map.of(AUDIO, 0.15, TEXT, 0.15),
                new CollectionSettings(0.01, null, null),
                new TrainingSettings(1, 8, 1e-3, 0.02, 8, new Mixture.All(), 0, 0, TrainingSettings.Storage.FLOAT32));
        Map<String, SpaceDeclaration> spaces = new LinkedHashMap<>();
        spaces.put("unified", space("unified", AUDIO, IMAGE, TEXT));
        spaces.put("at", space("at", AUDIO, TEXT));
        Map<String, Corpus> corpora = new LinkedHashMap<>();
        for (Modality modality : List.of(TEXT, IMAGE, AUDIO)) {
            corpora.put(
                    modality + "s",
                    new Corpus(modality + "s", modality, modality == IMAGE ? data("unified") : data("unified", "at")));
        }
        graph = BondGraph.of(new Configuration(
                folder.resolve("w.yaml"), "w", 7, spaces, corpora, Map.of("bound", bond), Map.of(), List.of()));
    }

    private static Embeddings noisy(float[] concepts, double noise, float @Nullable [] bias, Random random) {
        float[] values = concepts.clone();
        for (int i = 0; i < values.length; i++) {
            values[i] += (float) (noise * random.nextGaussian()) + (bias == null ? 0 : bias[i]);
        }
        return Embeddings.of(values, DIMENSION, "rows.npy");
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

    private static Retrieval task() {
        return new Retrieval(
                "valid",
                Map.of(AUDIO, data("unified", "at"), IMAGE, data("unified"), TEXT, data("unified", "at")),
                List.of(new Pair(AUDIO, IMAGE), new Pair(AUDIO, TEXT), new Pair(IMAGE, TEXT)),
                List.of(1, 5),
                null);
    }

    private EvaluationLimits limits() {
        return new EvaluationLimits(new Bootstrap(200, 7), 1 << 20, folder);
    }

    private Tuning tune(@Nullable String weights, List<String> keeps, double tolerance, boolean split) {
        try (FactorMeasurement measurement = new FactorMeasurement(
                graph,
                source,
                inference,
                new PlainNearestItems(),
                limits(),
                Customisation.CONFIGURED,
                List.of(task()))) {
            measurement.pairs().forEach(pair -> measurement.missing(pair, "bound", between()));
            return new FactorTuning(
                            measurement,
                            graph,
                            "bound",
                            FactorAxis.of(graph, "bound", List.of()),
                            Goal.parse(Metric.recall(1), weights, keeps, tolerance, measurement.pairs()),
                            SearchPlan.ofStep(0.25, 2),
                            2,
                            new Split(split, 7),
                            new Bootstrap(200, 7),
                            Progress.SILENT)
                    .run();
        }
    }

    private static FactorSettings between() {
        return new FactorSettings(Map.of("bound", Map.of(AUDIO, 0.5, TEXT, 0.5)));
    }

    private static double value(Tuning tuning, Point point, RetrievalPair pair) {
        return point.values().get(tuning.pairs().indexOf(pair));
    }

    @Test
    void theChosenPointIsTheBestOfThoseTriedAndTheGainIsItsDistanceFromTheConfiguredOne() {
        Tuning tuning = tune("audio-text=3,image-text=1", List.of(), 0, false);
        Point chosen = tuning.points().get(Objects.requireNonNull(tuning.chosen()));
        assertThat(tuning.points()).allMatch(point -> point.objective() <= chosen.objective());
        Point configured = tuning.points().get(Tuning.CONFIGURED);
        assertThat(configured.factors().byBond()).isEqualTo(Map.of("bound", Map.of(AUDIO, 0.15, TEXT, 0.15)));
        assertThat(Objects.requireNonNull(tuning.gain()).difference())
                .isCloseTo(chosen.objective() - configured.objective(), within(1e-12));
        assertThat(chosen.objective())
                .isCloseTo(
                        0.75 * value(tuning, chosen, AUDIO_TEXT) + 0.25 * value(tuning, chosen, IMAGE_TEXT),
                        within(1e-12));
        assertThat(tuning.points().size()).isGreaterThan(26).isLessThanOrEqualTo(26 + 3 * 8);
        assertThat(tuning.verdict()).contains("better than the configured ones", "flatters");
    }

    @Test
    void theFrontIsNotDominatedByAnyPointThatWasTried() {
        Tuning tuning = tune(null, List.of(), 0, false);
        assertThat(tuning.front()).isNotEmpty();
        for (int member : tuning.front()) {
            List<Double> of = tuning.points().get(member).values();
            assertThat(tuning.points()).noneMatch(point -> {
                boolean nowhereLower = true;
                boolean somewhereHigher = false;
                for (int i = 0; i < of.size(); i++) {
                    nowhereLower &= point.values().get(i) >= of.get(i);
                    somewhereHigher |= point.values().get(i) > of.get(i);
                }
                return nowhereLower && somewhereHigher;
            });
        }
    }

    @Test
    void aFloorIsKeptAndCostsSomething() {
        Tuning free = tune("audio-text=1", List.of(), 0, false);
        Tuning held = tune("audio-text=1", List.of("image-text>=unified"), 0, false);
        double floor = held.floors().get(0).bound();
        Point freely = free.points().get(Objects.requireNonNull(free.chosen()));
        Point chosen = held.points().get(Objects.requireNonNull(held.chosen()));
        assertThat(value(held, chosen, IMAGE_TEXT)).isGreaterThanOrEqualTo(floor);
        assertThat(chosen.objective()).isLessThan(freely.objective());
        assertThat(held.points().stream().filter(Point::keepsFloors))
                .allMatch(point -> value(held, point, IMAGE_TEXT) >= floor)
                .allMatch(point -> point.objective() <= chosen.objective());
        // what the unified space alone reaches is where both factors are 0
        assertThat(held.points().stream()
                        .filter(point ->
                                point.factors().byBond().equals(Map.of("bound", Map.of(AUDIO, 0.0, TEXT, 0.0))))
                        .map(point -> value(held, point, IMAGE_TEXT)))
                .containsExactly(floor);
        Tuning tolerant = tune("audio-text=1", List.of("image-text>=unified"), 0.1, false);
        assertThat(tolerant.floors().get(0).bound()).isCloseTo(floor - 0.1, within(1e-12));
    }

    @Test
    void aFloorThatNothingReachesChoosesNothingAndSaysHowNearItCame() {
        Tuning tuning = tune(null, List.of("audio-text>=0.999"), 0, false);
        assertThat(tuning.chosen()).isNull();
        assertThat(tuning.factors()).isNull();
        assertThat(tuning.verdict()).contains("nothing was chosen");
        assertThat(TuningText.render(tuning)).contains("the highest that was reached is");
    }

    @Test
    void aPointHasTheValuesAndIntervalsThatAnEvaluationGivesIt() {
        Tuning tuning = tune(null, List.of(), 0, false);
        Detail detail = tuning.details().stream()
                .filter(one -> one.point() == Objects.requireNonNull(tuning.chosen()))
                .findFirst()
                .orElseThrow();
        List<ResultRow> rows = new Evaluator(
                        graph, source, inference, new PlainNearestItems(), Progress.SILENT, limits())
                .evaluate(
                        List.of(task()),
                        new EvaluationRequest(
                                List.of("bound"),
                                List.of(new Setting(null, Objects.requireNonNull(tuning.factors()))),
                                Customisation.CONFIGURED))
                .rows();
        for (int i = 0; i < tuning.pairs().size(); i++) {
            String pair = tuning.pairs().get(i).pair();
            ResultRow row = rows.stream()
                    .filter(one -> one.measure().pair().equals(pair)
                            && one.measure().direction().equals("mean")
                            && one.measure().metric().equals(Metric.recall(1)))
                    .findFirst()
                    .orElseThrow();
            assertThat(detail.values().get(i)).isEqualTo(row.value());
            assertThat(detail.intervals().get(i)).isEqualTo(row.ci95());
        }
    }

    @Test
    void projectorsAreAskedOnceForEachModalityHoweverManyPointsThereAre() {
        tune(null, List.of(), 0, false);
        assertThat(inference.asked.stream().filter(ProjectorMixture.class::isInstance))
                .hasSize(2);
    }

    @Test
    void withASplitTheHalvesAreDisjointAndTheReportIsOfTheOther() {
        Split split = new Split(true, 7);
        long tuning = IntStream.range(0, 1000)
                .filter(group -> split.includes(Split.Part.TUNING, "valid", group))
                .count();
        assertThat(tuning).isBetween(420L, 580L);
        assertThat(IntStream.range(0, 1000))
                .allMatch(group -> split.includes(Split.Part.TUNING, "valid", group)
                        != split.includes(Split.Part.REPORT, "valid", group));
        Tuning halved = tune(null, List.of("image-text>=unified"), 0.05, true);
        assertThat(halved.heldOut()).isTrue();
        assertThat(halved.verdict()).contains("no part in the choice");
        Detail configured = halved.details().get(0);
        assertThat(configured.values()).isNotEqualTo(halved.points().get(0).values());
        assertThat(TuningText.render(halved)).contains("on the other half");
    }

    @Test
    void theSameTuningIsTheSameFile() {
        assertThat(TuningFile.toJson(tune(null, List.of(), 0, false)))
                .isEqualTo(TuningFile.toJson(tune(null, List.of(), 0, false)))
                .contains("\"chosen\":", "\"front\":[", "\"points\": [");
    }

    @Test
    void wrongGoalsAreRefusedNamingWhatThereIs() {
        assertThatThrownBy(() -> tune("audio-video=1", List.of(), 0, false))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("'audio-video'")
                .hasMessageContaining("valid:audio-text");
        assertThatThrownBy(() -> tune("audio-text=0", List.of(), 0, false)).hasMessageContaining("above 0");
        assertThatThrownBy(() -> tune(null, List.of("image-text>vt"), 0, false)).hasMessageContaining("PAIR>=SPACE");
        assertThatThrownBy(() -> tune(null, List.of("image-text>=2"), 0, false))
                .hasMessageContaining("between 0 and 1");
        assertThatThrownBy(() -> tune(null, List.of("image-text>=vd"), 0, false))
                .hasMessageContaining("'vd'");
        assertThatThrownBy(() -> SearchPlan.ofStep(0.3, 2)).hasMessageContaining("does not divide 1");
    }
}
