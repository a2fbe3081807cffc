package dev.freebind.bonds.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.freebind.api.Modality;
import dev.freebind.bonds.Configurations;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.configuration.InvalidConfigurationException;
import dev.freebind.bonds.configuration.SpaceFile;
import dev.freebind.bonds.graph.BondGraph;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuplePlanTest {

    private static final String OMNI = """
            spaces:
              u: {modalities: [audio, image, text], dimension: 10}
              at: {modalities: [audio, text], dimension: 11}
              vt: {modalities: [image, text], dimension: 12}
              pvt: {modalities: [point, image, text], dimension: 13}
            corpora:
              sounds: {modality: text, kind: audio, rows: 7, embeddings: {u: t/u, at: t/at, vt: t/vt, pvt: t/pvt}}
              old: {modality: text, embeddings: {u: o/u, at: o/at, vt: o/vt}}
              images: {modality: image, embeddings: {u: i/u, vt: i/vt, pvt: i/pvt}}
              audios: {modality: audio, embeddings: {u: a/u, at: a/at}}
              points: {modality: point, embeddings: {pvt: p/pvt}}
            bonds:
              omni:
                combine: [at, vt, pvt]
                into: u
                collect: {COLLECT}
            """;

    private static BondGraph graph(String collect) {
        return Configurations.graph(OMNI.replace("{COLLECT}", "{" + collect + "}"));
    }

    private static TuplePlan plan(BondGraph graph) {
        return CorpusSelection.of(graph).tuplePlan(graph.pseudoPairBond("omni"));
    }

    private static List<String> problems(String collect) {
        return catchThrowableOfType(
                        InvalidConfigurationException.class,
                        () -> Configurations.read(OMNI.replace("{COLLECT}", "{" + collect + "}")))
                .problems()
                .stream()
                .map(problem -> problem.key() + ": " + problem.message())
                .toList();
    }

    @Test
    void everyPairIsSearchedInItsRetrieverOrInTheFirstSpaceThatKnowsBoth() {
        TuplePlan plan = plan(graph("tuples: items, retrievers: {image-text: pvt}"));

        assertThat(plan.modalities())
                .containsExactly(Modality.IMAGE, Modality.AUDIO, Modality.TEXT, new Modality("point"));
        assertThat(plan.starts().get(2))
                .hasToString(
                        "text: nearest(pvt.text, pvt.image); nearest(at.text, at.audio); nearest(pvt.text, pvt.point)");
        assertThat(plan.starts().get(0).toString())
                .startsWith("image: nearest(u.image, u.audio); nearest(pvt.image, pvt.text)");
    }

    @Test
    void aPairThatNoSpaceKnowsGoesThroughTheHub() {
        assertThat(plan(graph("tuples: items")).starts().get(3))
                .hasToString(
                        "point: nearest(pvt.point, pvt.image); nearest(u.image, u.audio); nearest(pvt.point, pvt.text)");
    }

    @Test
    void onlyCorporaThatEverySpaceHasEmbeddedTakePart() {
        BondGraph graph = graph("tuples: items");
        CorpusSelection corpora = CorpusSelection.of(graph);

        assertThat(corpora.pool(graph.pseudoPairBond("omni"), plan(graph), Modality.TEXT)
                        .used())
                .extracting(corpus -> corpus.name())
                .containsExactly("sounds");
        assertThat(corpora.warnings(graph.pseudoPairBond("omni"), "at"))
                .containsExactly("corpus 'old' has no embeddings of pvt: its items have no part in the tuples of omni");
    }

    @Test
    void tuplesKindsAndRowsAreReadBackFromSpaceYaml(@TempDir Path folder) {
        BondGraph written = graph("tuples: items, retrievers: {audio-text: at, image-point: pvt}");
        SpaceFile.write(written, folder);

        BondGraph read = BondGraph.of(new ConfigurationReader().readBoundSpace(folder));

        assertThat(read.pseudoPairBond("omni").collection())
                .isEqualTo(written.pseudoPairBond("omni").collection());
        assertThat(read.configuration().corpora().get("sounds").kind()).isEqualTo(Modality.AUDIO);
        assertThat(read.configuration().corpora().get("sounds").expectedRows()).isEqualTo(7);
    }

    @Test
    void everyMistakeIsNamed() {
        assertThat(
                        problems(
                                "tuples: items, temperature: 0.1, retrievers: {text-audio: at, audio-image: vt, image-text: tv}"))
                .containsExactlyInAnyOrder(
                        "bonds.omni.collect.temperature: is for soft pairs; item tuples take the most similar item, so leave it"
                                + " out",
                        "bonds.omni.collect.retrievers.text-audio: 'text-audio' is no pair: write two modalities in alphabetical"
                                + " order joined by a dash, for example audio-text",
                        "bonds.omni.collect.retrievers.image-text: no space or bond is named 'tv'; did you mean 'vt'? There are:"
                                + " u, at, vt, pvt, omni");
        assertThat(problems("tuples: items, retrievers: {audio-image: vt}"))
                .contains(
                        "bonds.omni.collect.retrievers.audio-image: 'vt' cannot compare audio-image: it knows [image, text]");
        assertThat(problems("retrievers: {audio-text: at}"))
                .containsExactly(
                        "bonds.omni.collect.retrievers: retrievers find item tuples, and none are made here; write"
                                + " tuples: items, or remove them");
    }
}
