package dev.freebind.bonds.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.Configurations;
import dev.freebind.bonds.collection.CollectionRule;
import dev.freebind.bonds.collection.CorpusSelection;
import dev.freebind.bonds.configuration.InvalidConfigurationException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BondGraphTest {

    private static final BondGraph PAPER = Configurations.graph(Configurations.PAPER);

    @Test
    void aBondIsASpace() {
        assertThat(PAPER.space("vt-u"))
                .as("a displacement has the expert's dimension and the union of modalities")
                .isEqualTo(new EmbeddingSpace("vt-u", 96, List.of(Modality.AUDIO, Modality.IMAGE, Modality.TEXT)));
        assertThat(PAPER.space("vt-u-plusplus"))
                .isEqualTo(new EmbeddingSpace(
                        "vt-u-plusplus", 96, List.of(Modality.AUDIO, Modality.IMAGE, Modality.TEXT)));
        assertThat(PAPER.space("vt")).isEqualTo(new EmbeddingSpace("vt", 96, List.of(Modality.IMAGE, Modality.TEXT)));
        assertThat(PAPER.names()).containsExactly("unified", "vt", "at1", "at2", "vt-u", "vt-u-plusplus");
        assertThatThrownBy(() -> PAPER.space("vtu"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("there is no space 'vtu'; did you mean");
    }

    @Test
    void theRolesFollowTheKindOfBond() {
        PseudoPairBond displacement = PAPER.pseudoPairBond("vt-u");
        PseudoPairBond combination = PAPER.pseudoPairBond("vt-u-plusplus");

        assertThat(displacement.unified("unified")).isEqualTo("unified");
        assertThat(displacement.expert("unified")).isEqualTo("vt");
        assertThat(combination.unified("at2")).isEqualTo("vt-u");
        assertThat(combination.expert("at2")).isEqualTo("at2");
    }

    @Test
    void bondsComeAfterWhatTheyAreMadeOfWhateverTheFileSays() {
        BondGraph graph = Configurations.graph("""
                spaces:
                  u: {modalities: [audio, image, text], dimension: 5}
                  vt: {modalities: [image, text], dimension: 3}
                  at: {modalities: [audio, text], dimension: 4}
                bonds:
                  outer: {displace: upper, into: at}
                  upper: {combine: [at], into: inner}
                  inner: {displace: u, into: vt}
                """);

        assertThat(graph.order()).extracting(Bond::name).containsExactly("inner", "upper", "outer");
        assertThat(graph.space("outer").dimension()).isEqualTo(4);
    }

    @Test
    void theHubIsInheritedFromTheUnifiedSide() {
        BondGraph graph = Configurations.graph("""
                spaces:
                  u: {modalities: [audio, image, text], dimension: 5, hub: text}
                  vt: {modalities: [image, text], dimension: 3}
                  at: {modalities: [audio, text], dimension: 4}
                bonds:
                  declared: {displace: u, into: vt}
                  none: {displace: at, into: vt}
                """);

        assertThat(graph.hub("vt")).contains(Modality.IMAGE);
        assertThat(graph.hub("at")).isEmpty();
        assertThat(graph.hub("declared")).contains(Modality.TEXT);
        assertThat(graph.hub("none")).contains(Modality.IMAGE);
    }

    @Test
    void theLeavesOfASpaceAreThoseItsConfiguredFactorsNeed() {
        assertThat(PAPER.leaves("vt-u-plusplus", Modality.TEXT))
                .containsExactlyInAnyOrder("unified", "vt", "at1", "at2");
        assertThat(PAPER.leaves("vt-u-plusplus", Modality.IMAGE)).containsExactlyInAnyOrder("unified", "vt");
        assertThat(PAPER.leaves("at1", Modality.IMAGE)).isEmpty();
        BondGraph switchedOff = Configurations.graph(Configurations.PAPER
                .replace("displace: unified", "displace: unified\n    factors: {image: 1, text: 0}")
                .replace("combine: [at1, at2]", "combine: [at1, at2]\n    factors: {text: 0, audio: 1}"));
        assertThat(switchedOff.leaves("vt-u-plusplus", Modality.IMAGE)).containsExactly("vt");
        assertThat(switchedOff.leaves("vt-u-plusplus", Modality.TEXT)).containsExactly("unified");
        assertThat(switchedOff.leaves("vt-u-plusplus", Modality.AUDIO)).containsExactly("at1", "at2");
    }

    @Test
    void theGraphIsPrintedAsATreeWithRolesDimensionsModalitiesAndFactors() {
        assertThat(PAPER).hasToString("""
                        vt-u-plusplus: combination, 96-d, audio image text; factors audio 0.5, text 0.1
                          unified, frozen: vt-u: displacement, 96-d, audio image text; factors image 0.9, text 0.9
                            unified, projected: unified: pre-trained, 128-d, audio image text; hub image
                            expert, frozen: vt: pre-trained, 96-d, image text; hub image
                          expert, projected: at1: pre-trained, 64-d, audio text
                          expert, projected: at2: pre-trained, 48-d, audio text
                        """);
    }

    @Test
    void aBondThatAppearsTwiceIsSpeltOutOnce() {
        BondGraph graph = Configurations.graph(Configurations.PAPER
                .replace("combine: [at1, at2]", "combine: [at1, again]\n    weights: {again: 2}")
                .replace("presets:", "  again: {displace: vt-u, into: at2}\npresets:"));

        assertThat(graph.toString())
                .contains(
                        "  expert, projected, weight 2.0: again: displacement, 48-d, audio image text; factors audio 0.9, text 0.9\n"
                                + "    unified, projected: vt-u: displacement, 96-d, as above\n");
    }

    @Test
    void sequentialParallelAndMixedRoutesAreGraphs() {
        String spaces = """
                spaces:
                  u: {modalities: [audio, image, text], dimension: 16}
                  vt: {modalities: [image, text], dimension: 12}
                  at: {modalities: [audio, text], dimension: 10}
                bonds:
                """;

        assertThat(Configurations.graph(spaces + "  a: {displace: u, into: vt}\n  b: {displace: a, into: at}\n")
                        .space("b")
                        .dimension())
                .isEqualTo(10);
        assertThat(Configurations.graph(spaces + "  b: {combine: [vt, at], into: u}\n")
                        .space("b")
                        .dimension())
                .isEqualTo(16);
        assertThat(Configurations.graph(spaces + "  a: {displace: u, into: vt}\n  b: {combine: [at], into: a}\n")
                        .space("b")
                        .dimension())
                .isEqualTo(12);
    }

    @Test
    void aDimensionThatOnlyTheEncoderKnowsIsAskedForWhenTheGraphIsMade() {
        assertThatThrownBy(() -> Configurations.graph("spaces:\n  clip: {modalities: [image, text], encoder: clip}\n"))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining(
                        ":2: spaces.clip.dimension: the dimension is not known before the encoder is opened");
    }

    @Test
    void aBondThatCannotCollectFromTheCorporaIsAWrongConfiguration() {
        String yaml = """
                spaces:
                  clip: {modalities: [image, text], dimension: 12}
                  yamnet: {modalities: [audio, text], dimension: 10}
                corpora:
                  images: {modality: image, embeddings: {clip: i.npy}}
                  sounds: {modality: audio, embeddings: {yamnet: a.npy}}
                bonds:
                  b: {combine: [yamnet], into: clip, train: {mixture: [[text]]}}
                """;

        assertThatThrownBy(() -> Configurations.read(yaml))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining(":8: bonds.b: from image nothing leads to [audio]");
        assertThatThrownBy(() -> Configurations.read(
                        yaml.replace("  sounds: {modality: audio, embeddings: {yamnet: a.npy}}\n", "")
                                .replace("text]", "text]")))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining(":7: bonds.b: from start image nothing is known in 'yamnet'");
        assertThatThrownBy(() -> Configurations.read(Configurations.PAPER
                        .replaceAll("  audios: .*\n", "")
                        .replace("displace: unified", "displace: unified\n    train: {mixture: [[audio]]}")))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("bonds.vt-u.train.mixture: mixture: subset A names a modality");
    }

    @Test
    void corporaAreUsedWhereTheyHaveWhatAStepNeeds() {
        BondGraph graph = Configurations.graph(Configurations.PAPER.replace(
                "bonds:\n",
                "  more-images: {modality: image, embeddings: {unified: more.npy}}\n"
                        + "  more-texts: {modality: text, embeddings: {unified: m/u.npy, vt: m/vt.npy}}\n"
                        + "bonds:\n"));
        CorpusSelection corpora = CorpusSelection.of(graph);
        PseudoPairBond displacement = graph.pseudoPairBond("vt-u");
        var text = corpora.plan(displacement, "unified").starts().stream()
                .filter(tuples -> tuples.start().equals(Modality.TEXT))
                .findFirst()
                .orElseThrow();

        assertThat(corpora.forStart(text).used()).extracting(c -> c.name()).containsExactly("texts", "more-texts");
        assertThat(text.steps().get(0)).hasToString("agg(vt.text, vt.image -> vt)");
        assertThat(corpora.forStep(text.steps().get(0)).used())
                .extracting(c -> c.name())
                .containsExactly("images");
        assertThat(text.steps().get(1)).hasToString("agg(unified.text, unified.image -> unified)");
        assertThat(corpora.forStep(text.steps().get(1)).used())
                .as("more-images has the unified space's embeddings, which is all this step needs")
                .extracting(c -> c.name())
                .containsExactly("images", "more-images");
        assertThat(corpora.warnings(displacement, "unified"))
                .containsExactly(
                        "corpus 'more-images' has no embeddings of vt: not used where vt-u/unified needs vt and"
                                + " unified");
        assertThat(corpora.corpora(Modality.TEXT, Set.of("vt-u", "at1")).leftOut())
                .extracting(Object::toString)
                .containsExactly("corpus 'more-texts' has no embeddings of at1");
    }

    @Test
    void aModalityWithoutACorpusIsWarnedAbout() {
        BondGraph graph = Configurations.graph(Configurations.PAPER.replaceAll("  audios: .*\n", ""));

        assertThat(CorpusSelection.of(graph).modalities(graph.pseudoPairBond("vt-u"), "unified"))
                .containsExactly(Modality.IMAGE, Modality.TEXT);
        assertThat(CorpusSelection.of(graph).warnings(graph.pseudoPairBond("vt-u"), "unified"))
                .containsExactly("no corpus of audio has embeddings of unified: it is no start and gives no pairs for"
                        + " vt-u/unified");
    }

    @Test
    void anOuterBondCollectsWithTheLeavesOfTheInnerOne() {
        PseudoPairBond outer = PAPER.pseudoPairBond("vt-u-plusplus");

        assertThat(CollectionRule.plan(
                                PAPER, outer, "at1", CorpusSelection.of(PAPER).modalities(outer, "at1"))
                        .unified())
                .isEqualTo("vt-u");
        assertThat(PAPER.leaves("vt-u", Modality.TEXT)).containsExactly("unified", "vt");
    }
}
