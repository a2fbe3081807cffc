package dev.freebind.evaluation.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.EmbeddingExpression.Routed;
import dev.freebind.bonds.router.RouterKey;
import dev.freebind.evaluation.routing.RouterLoad;
import dev.freebind.evaluation.routing.RouterLoad.SourceLoad;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An audio-text expert routed beside a unified space that also knows images, measured on sounds and on photos. */
class RouterMeasurementTest {

    private static final RouterKey TEXT = new RouterKey("omni", Modality.TEXT);
    private static final RouterKey AUDIO = new RouterKey("omni", Modality.AUDIO);

    @TempDir
    Path folder;

    /** The rows of the unified space by file name; they are what the fake router gives as weights. */
    private final Map<String, Embeddings> files = new HashMap<>(Map.of(
            "sounds.npy", rows(0.75f, 0.25f),
            "sound-captions.npy", rows(0.75f, 0.25f, 1, 0),
            "photos.npy", rows(0.5f, 0.5f),
            "photo-captions.npy", rows(0.25f, 0.75f, 0.5f, 0.5f),
            "classes.npy", rows(0, 1)));

    private static Embeddings rows(float... values) {
        return Embeddings.of(values, 2, "test");
    }

    @Test
    void everyRouterIsAskedOnceForTheItemsOfEachTask() throws IOException {
        assertThat(measure("route: {}", "omni", "unified", "omni"))
                .containsExactly(
                        new RouterLoad(
                                AUDIO,
                                "sounds",
                                1,
                                List.of(
                                        new SourceLoad("at", 0.75, 0.75, 0.75, 1),
                                        new SourceLoad("unified", 0.25, 0.25, 0.25, 0))),
                        new RouterLoad(
                                TEXT,
                                "sounds",
                                2,
                                List.of(
                                        new SourceLoad("at", 0.875, 0.75, 1, 1),
                                        new SourceLoad("unified", 0.125, 0, 0.25, 0))),
                        new RouterLoad(
                                TEXT,
                                "photos",
                                2,
                                List.of(
                                        new SourceLoad("at", 0.375, 0.25, 0.5, 0.25),
                                        new SourceLoad("unified", 0.625, 0.5, 0.75, 0.75))),
                        new RouterLoad(
                                TEXT,
                                "labels, classes",
                                1,
                                List.of(new SourceLoad("at", 0, 0, 0, 0), new SourceLoad("unified", 1, 1, 1, 1))));
    }

    @Test
    void fixedWeightsAndPlainSpacesHaveNoRouters() throws IOException {
        assertThat(measure("route: {weights: mean}", "omni", "unified", "at")).isEmpty();
        assertThat(measure("route: {}", "unified", "at")).isEmpty();
    }

    @Test
    void aTaskThatLacksWhatARouterReadsIsLeftOut() throws IOException {
        files.remove("photo-captions.npy");
        assertThat(measure("route: {}", "omni"))
                .extracting(load -> load.router().modality() + " of " + load.items())
                .containsExactly("audio of sounds", "text of sounds", "text of labels, classes");
    }

    private List<RouterLoad> measure(String routing, String... spaces) throws IOException {
        Path file = Files.writeString(folder.resolve("freebind.yaml"), """
                name: routed
                spaces:
                  unified: {modalities: [audio, image, text], dimension: 2}
                  at: {modalities: [audio, text], dimension: 2}
                corpora:
                  a: {modality: audio, embeddings: {unified: a.npy, at: a.npy}}
                  t: {modality: text, embeddings: {unified: t.npy, at: t.npy}}
                  i: {modality: image, embeddings: {unified: i.npy}}
                bonds:
                  omni:
                    combine: [at]
                    into: unified
                    collect: {tuples: items}
                    %s
                evaluation:
                  - name: sounds
                    task: retrieval
                    pairs: [audio-text]
                    recall: [1]
                    items:
                      audio: {embeddings: {unified: sounds.npy, at: sounds.npy}}
                      text: {embeddings: {unified: sound-captions.npy, at: sound-captions.npy}}
                  - name: photos
                    task: retrieval
                    pairs: [image-text]
                    recall: [1]
                    items:
                      image: {embeddings: {unified: photos.npy}}
                      text: {embeddings: {unified: photo-captions.npy, at: photo-captions.npy}}
                  - name: labels
                    task: classification
                    items:
                      image: {embeddings: {unified: photos.npy}}
                    labels: labels.txt
                    classes: {embeddings: {unified: classes.npy, at: classes.npy}, per-class: 1}
                """.formatted(routing));
        Configuration configuration = new ConfigurationReader().read(file);
        EmbeddingSource source = (space, modality, data) -> Optional.ofNullable(
                        data.embeddings().get(space))
                .map(paths -> files.get(
                        Path.of(paths.files().get(0).absolute()).getFileName().toString()));
        return new RouterMeasurement(BondGraph.of(configuration), source, new GivenWeights())
                .of(configuration.evaluation(), List.of(spaces), Customisation.CONFIGURED, Progress.SILENT);
    }

    /** Weighs two sources as the rows of the unified space say. */
    private static final class GivenWeights implements Inference {
        @Override
        public Embeddings evaluate(EmbeddingExpression expression, Map<String, Embeddings> leaves) {
            throw new UnsupportedOperationException("only weights are measured");
        }

        @Override
        public Embeddings weights(Routed expression, Map<String, Embeddings> leaves) {
            assertThat(expression.slots()).hasSize(2);
            assertThat(leaves).containsKeys("at", "unified");
            return leaves.get("unified");
        }

        @Override
        public void close() {}
    }
}
