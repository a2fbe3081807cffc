package dev.freebind.evaluation.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.Exclusion;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.bonds.product.ProjectorSelection;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.evaluation.PlainNearestItems;
import dev.freebind.evaluation.geometry.SpaceGeometry;
import dev.freebind.evaluation.interval.Bootstrap;
import dev.freebind.evaluation.result.LeftOut;
import dev.freebind.evaluation.result.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An expert brings audio to a space of images and texts; without it, nothing there knows audio. */
class WithoutExpertsTest {

    private static final String CONFIGURATION = """
            spaces:
              vt: {modalities: [image, text], dimension: 16}
              at: {modalities: [audio, text], dimension: 16}
            corpora:
              texts:  {modality: text,  embeddings: {vt: t.npy, at: t.npy}}
              audios: {modality: audio, embeddings: {at: a.npy}}
            bonds:
              heard: {combine: [at], into: vt}
            evaluation:
              - name: test
                task: retrieval
                items:
                  audio: {embeddings: {at: a.npy}}
                  image: {embeddings: {vt: i.npy}}
                  text:  {embeddings: {vt: t.npy, at: t.npy}}
                pairs: [audio-text, audio-image, image-text]
                recall: [1]
            """;

    private static final Customisation WITHOUT = new Customisation(
            FactorSettings.CONFIGURED, Set.of(new Exclusion(null, "at")), ProjectorSelection.ALL, Map.of());

    @TempDir
    private Path folder;

    private final PlainInference inference = new PlainInference();
    private BondGraph graph;
    private Retrieval task;

    @BeforeEach
    void world() throws IOException {
        graph = BondGraph.of(
                new ConfigurationReader().read(Files.writeString(folder.resolve("heard.yaml"), CONFIGURATION)));
        task = (Retrieval) graph.configuration().evaluation().get(0);
    }

    private static Optional<Embeddings> items(String space, Modality modality) {
        if (!space.equals(modality.equals(Modality.AUDIO) ? "at" : "vt") && !modality.equals(Modality.TEXT)) {
            return Optional.empty();
        }
        Random random = new Random((space + modality).hashCode());
        float[] values = new float[30 * 16];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Optional.of(Embeddings.of(values, 16, space + "/" + modality));
    }

    private EmbeddingSource source() {
        return (space, modality, data) -> items(space, modality);
    }

    private List<SpaceGeometry> geometry(Customisation customisation) {
        return new GeometryMeasurement(graph, source(), inference, new PlainNearestItems(), 7)
                .of(task, List.of("heard", "at"), customisation, Progress.SILENT);
    }

    private Results evaluate(Customisation customisation) {
        return new Evaluator(
                        graph,
                        source(),
                        inference,
                        new PlainNearestItems(),
                        Progress.SILENT,
                        new EvaluationLimits(new Bootstrap(100, 7), 1 << 20, folder))
                .evaluate(List.of(task), new EvaluationRequest(List.of("heard"), List.of(), customisation));
    }

    private static List<String> pairs(SpaceGeometry geometry) {
        return geometry.pairs().stream().map(SpaceGeometry.PairGeometry::pair).toList();
    }

    @Test
    void theGeometryOfWhatIsLeftIsShown() {
        assertThat(geometry(Customisation.CONFIGURED))
                .satisfiesExactly(
                        heard -> assertThat(pairs(heard)).containsExactly("audio-text", "audio-image", "image-text"),
                        at -> assertThat(pairs(at)).containsExactly("audio-text"));
        assertThat(geometry(WITHOUT))
                .satisfiesExactly(
                        heard -> {
                            assertThat(pairs(heard)).containsExactly("image-text");
                            assertThat(heard.points()).containsOnlyKeys(Modality.IMAGE, Modality.TEXT);
                        },
                        at -> assertThat(pairs(at)).containsExactly("audio-text"));
    }

    @Test
    void theResultsSayWithoutWhomTheModalityIsLacking() {
        assertThat(evaluate(WITHOUT).leftOut())
                .containsExactly(
                        new LeftOut("heard", "test", "audio-text", List.of("audio without at")),
                        new LeftOut("heard", "test", "audio-image", List.of("audio without at")));
    }

    @Test
    void aProjectorThatWasNotTrainedIsLackingByName() {
        Customisation byImages = new Customisation(
                FactorSettings.CONFIGURED, Set.of(), new ProjectorSelection(List.of(Subset.parse("V"))), Map.of());
        assertThatThrownBy(() -> evaluate(byImages))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("heard lacks audio: there is no projector V of heard/at; there are: A, T");
    }

    @Test
    void factorsAreTunedOnThePairsThatAreLeft() {
        try (FactorMeasurement measurement = new FactorMeasurement(
                graph,
                source(),
                inference,
                new PlainNearestItems(),
                new EvaluationLimits(new Bootstrap(100, 7), 1 << 20, folder),
                WITHOUT,
                List.of(task))) {
            assertThat(measurement.missing(new RetrievalPair("test", "audio-text"), "heard", FactorSettings.CONFIGURED))
                    .containsExactly("audio without at");
            assertThat(measurement.missing(new RetrievalPair("test", "image-text"), "heard", FactorSettings.CONFIGURED))
                    .isEmpty();
        }
    }
}
