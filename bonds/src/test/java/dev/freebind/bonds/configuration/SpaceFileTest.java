package dev.freebind.bonds.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.Configurations;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.PseudoPairBond;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpaceFileTest {

    private static final String REST = """
            defaults: {batch: 64, learning-rate: 3e-4, mixture: [[text], [audio, text]]}
            evaluation:
              - name: test
                task: retrieval
                items:
                  text: {items: {file: captions.csv, column: "the text"}, embeddings: {vt: "${DATA}/t.npy", at1: [a.npy, "b-*.npy"]}}
                  image: {embeddings: {vt: "sub dir/\\"i\\".npy"}}
                pairs: [image-text]
                recall: [3]
                relevance: ../ti.csv
              - name: sounds
                task: classification
                items: {audio: {embeddings: {at1: "${UNSET:-x}/a.npy"}}}
                labels: labels.txt
                classes: {embeddings: {at1: c.npy}, per-class: 3, names: n.txt}
              - name: tags
                task: tagging
                items: {audio: {embeddings: {at1: a.npy}}}
                labels: tags.csv
                classes: {names: n.txt, templates: t.txt}
            """;

    private static final Map<String, String> ENVIRONMENT = Map.of("DATA", "/data", "MODELS", "models");

    @TempDir
    private Path folder;

    private BondGraph graph;
    private Path bound;

    @BeforeEach
    void readAConfigurationThatUsesEverything() throws IOException {
        String yaml = Configurations.PAPER
                        .replace(
                                "dimension: 48}",
                                "dimension: 48, encoder: clap, options: {checkpoint: \"${MODELS}/a.pt\", on: true}}")
                        .replace(
                                "    displace: unified",
                                "    displace: unified\n    train: {mixture: joint, storage: float16}\n    factors: {text: 0.75}\n"
                                        + "    collect: {plan: [{start: text, query: unified.text, keys: unified.image, values:"
                                        + " [unified, vt]}]}")
                        .replace(
                                "combine: [at1, at2]",
                                "combine: [at1, at2]\n    weights: {at2: 2}\n    collect: {weights: own}")
                + REST;
        Files.createDirectories(folder.resolve("conf"));
        Path file = Files.writeString(folder.resolve("conf/bind.yaml"), yaml);
        graph = BondGraph.of(new ConfigurationReader(ENVIRONMENT::get).read(file));
        bound = folder.resolve("elsewhere/bound");
        SpaceFile.write(graph, bound);
    }

    private Configuration readBack() {
        return new ConfigurationReader(ENVIRONMENT::get).readBoundSpace(bound);
    }

    @Test
    void aGraphIsReadBackAsItWasWritten() {
        Configuration written = graph.configuration();
        Configuration read = readBack();

        assertThat(read.name()).isEqualTo(written.name());
        assertThat(read.seed()).isEqualTo(written.seed());
        assertThat(read.spaces()).isEqualTo(written.spaces());
        assertThat(read.spaces().keySet())
                .containsExactlyElementsOf(written.spaces().keySet());
        assertThat(read.bonds().keySet())
                .containsExactlyElementsOf(written.bonds().keySet());
        BondGraph graphRead = BondGraph.of(read);
        for (String name : written.bonds().keySet()) {
            PseudoPairBond bond = graph.pseudoPairBond(name);
            PseudoPairBond other = graphRead.pseudoPairBond(name);
            assertThat(other.sources()).isEqualTo(bond.sources());
            assertThat(other.into()).isEqualTo(bond.into());
            assertThat(other.training()).isEqualTo(bond.training());
            assertThat(other.collection()).isEqualTo(bond.collection());
            assertThat(graphRead.weighed(other))
                    .isEqualTo(graph.weighed(bond))
                    .allSatisfy(modality -> assertThat(other.factor(modality)).isEqualTo(bond.factor(modality)));
        }
        assertThat(read.presets()).isEqualTo(written.presets());
        assertThat(graphRead).hasToString(graph.toString());
    }

    @Test
    void pathsMeanTheSameFilesFromTheBoundFolder() throws IOException {
        EvaluationTask.Retrieval written =
                (EvaluationTask.Retrieval) graph.configuration().evaluation().get(0);
        EvaluationTask.Retrieval read =
                (EvaluationTask.Retrieval) readBack().evaluation().get(0);

        assertThat(read.pairs()).isEqualTo(written.pairs());
        assertThat(read.recall()).isEqualTo(written.recall());
        assertThat(read.relevance().absolute()).isEqualTo(written.relevance().absolute());
        written.items()
                .forEach((modality, data) -> data.embeddings()
                        .forEach((space, files) -> assertThat(read.items()
                                        .get(modality)
                                        .embeddings()
                                        .get(space)
                                        .files())
                                .extracting(ResourcePath::absolute)
                                .containsExactlyElementsOf(files.files().stream()
                                        .map(ResourcePath::absolute)
                                        .toList())));
        assertThat(read.items().get(Modality.TEXT).items().column()).isEqualTo("the text");
        assertThat(read.items().get(Modality.TEXT).items().path().absolute())
                .isEqualTo(folder.resolve("conf/captions.csv").toString());
        EvaluationTask.Tagging tags =
                (EvaluationTask.Tagging) readBack().evaluation().get(2);
        assertThat(((EvaluationTask.Classes.Named) tags.classes())
                        .encoded()
                        .get("at2")
                        .files())
                .extracting(ResourcePath::absolute)
                .containsExactly(
                        folder.resolve("conf/embeddings/at2/tags/classes").toString());
        assertThat(Files.readString(bound.resolve("space.yaml")))
                .startsWith("# A space bound by freebind")
                .contains("\nformat: 1\n")
                .contains("vt: \"${DATA}/t.npy\"")
                .contains("folder: \"" + folder.resolve("conf") + "\"");
        assertThat(readBack().spaces().get("at2").expandedOptions()).containsEntry("checkpoint", "models/a.pt");
        assertThat(readBack().spaces().get("at2").folder()).isEqualTo(folder.resolve("conf"));
    }

    @Test
    void writingWhatWasReadGivesTheSameBytes() {
        assertThat(SpaceFile.text(BondGraph.of(readBack()))).isEqualTo(SpaceFile.text(graph));
    }

    @Test
    void anotherFormatIsTheOnlyComplaint() throws IOException {
        Files.writeString(bound.resolve("space.yaml"), "format: 2\nrouters: {}\n");

        assertThatThrownBy(this::readBack)
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageStartingWith("1 problem")
                .hasMessageContaining(":1: format: is '2', but this version reads format 1");
    }

    @Test
    void aBoundSpaceNeedsAFormat() throws IOException {
        Files.writeString(bound.resolve("space.yaml"), "spaces: {a: {modalities: [text], dimension: 1}}\n");

        assertThatThrownBy(this::readBack)
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("'format' is missing");
    }

    @Test
    void aFolderThatCannotBeMadeIsADataError() throws IOException {
        Path occupied = Files.writeString(folder.resolve("occupied"), "");

        assertThatThrownBy(() -> SpaceFile.write(graph, occupied)).isInstanceOf(DataException.class);
    }

    @Test
    void aBoundSpaceOpensWhereTheVariablesOfItsDataAreNotSetUntilThatDataIsUsed() {
        SpaceFile.write(graph, bound);
        Configuration elsewhere = new ConfigurationReader(name -> null).readBoundSpace(bound);
        ResourcePath text = elsewhere
                .evaluation()
                .get(0)
                .items()
                .get(Modality.TEXT)
                .embeddings()
                .get("vt")
                .files()
                .get(0);

        assertThat(text.written()).isEqualTo("${DATA}/t.npy");
        assertThatThrownBy(text::absolute)
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("variable DATA is not set");
        assertThat(SpaceFile.text(BondGraph.of(elsewhere))).contains("${DATA}/t.npy");
    }
}
