package dev.freebind.bonds.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.Configurations;
import dev.freebind.bonds.graph.BondGraph;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CompositionTest {

    private static final BondGraph PAPER = Configurations.graph(Configurations.PAPER);

    private static String compose(String space, Modality modality, Customisation customisation) {
        return Composition.compose(PAPER, space, modality, customisation).toString();
    }

    private static Customisation factors(String text) {
        return Customisation.of(FactorSettings.parse(PAPER, text));
    }

    private static Customisation without(String... experts) {
        return new Customisation(
                FactorSettings.CONFIGURED,
                Set.copyOf(List.of(experts).stream()
                        .map(text -> Exclusion.parse(PAPER, text))
                        .toList()),
                ProjectorSelection.ALL,
                Map.of());
    }

    private static Customisation projectors(String text) {
        return new Customisation(FactorSettings.CONFIGURED, Set.of(), ProjectorSelection.parse(text), Map.of());
    }

    @Test
    void aDisplacementMixesWhereBothSidesKnowTheModality() {
        assertThat(compose("vt-u", Modality.TEXT, Customisation.CONFIGURED))
                .isEqualTo("mix(mixture(vt-u: Ψ[unified A,T,V,AT,VA,VT,VAT](unified.text)), vt.text; 0.9)");
    }

    @Test
    void aDisplacementProjectsWhatTheExpertLacks() {
        assertThat(compose("vt-u", Modality.AUDIO, Customisation.CONFIGURED))
                .isEqualTo("mixture(vt-u: Ψ[unified A,T,V,AT,VA,VT,VAT](unified.audio))");
    }

    @Test
    void aDisplacementTakesTheExpertsEmbeddingOfWhatTheDisplacedSpaceLacks() {
        BondGraph graph = Configurations.graph("""
                spaces:
                  yamnet: {modalities: [audio, text], dimension: 10}
                  clip: {modalities: [image, text], dimension: 12}
                bonds:
                  b: {displace: yamnet, into: clip}
                """);

        assertThat(Composition.compose(graph, "b", Modality.IMAGE, Customisation.CONFIGURED))
                .hasToString("clip.image");
    }

    @Test
    void aCombinationMixesAllExpertsThatKnowTheModalityIntoTheNestedBase() {
        assertThat(compose("vt-u-plusplus", Modality.AUDIO, projectors("VAT")))
                .isEqualTo("mix(mixture(vt-u: Ψ[unified VAT](unified.audio)),"
                        + " mixture(vt-u-plusplus: Ψ[at1 VAT](at1.audio) + Ψ[at2 VAT](at2.audio)); 0.5)");
        assertThat(compose("vt-u-plusplus", Modality.IMAGE, projectors("VAT")))
                .as("no expert knows image")
                .isEqualTo("mix(mixture(vt-u: Ψ[unified VAT](unified.image)), vt.image; 0.9)");
    }

    @Test
    void factorsOfZeroAndOneLeaveOutTheSideThatCountsNothing() {
        assertThat(compose("vt-u", Modality.TEXT, factors("vt-u.text=1"))).isEqualTo("vt.text");
        assertThat(compose("vt-u", Modality.TEXT, factors("vt-u.text=0")))
                .isEqualTo("mixture(vt-u: Ψ[unified A,T,V,AT,VA,VT,VAT](unified.text))");
        assertThat(Composition.compose(
                                PAPER, "vt-u-plusplus", Modality.TEXT, factors("vt-u-plusplus.text=0,vt-u.text=1"))
                        .leaves())
                .extracting(EmbeddingExpression.Leaf::space)
                .containsExactly("vt");
    }

    @Test
    void expertsCanBeLeftOutUntilTheBaseRemains() {
        assertThat(compose("vt-u-plusplus", Modality.AUDIO, without("at1")))
                .endsWith("mixture(vt-u-plusplus: Ψ[at2 A,T,V,AT,VA,VT,VAT](at2.audio)); 0.5)");
        assertThat(compose("vt-u-plusplus", Modality.AUDIO, without("vt-u-plusplus.at1", "at2")))
                .isEqualTo(compose("vt-u", Modality.AUDIO, Customisation.CONFIGURED));
    }

    @Test
    void anythingButACombinedExpertCannotBeLeftOut() {
        for (String text : List.of("unified", "vt", "vt-u", "vt-u.at1", "at3", "")) {
            assertThatThrownBy(() -> Exclusion.parse(PAPER, text))
                    .as(text)
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("there are: vt-u-plusplus.at1, vt-u-plusplus.at2");
        }
    }

    @Test
    void leavingOutTheOnlySpaceThatKnowsAModalityMakesItUnreachable() {
        BondGraph graph = Configurations.graph("""
                spaces:
                  clip: {modalities: [image, text], dimension: 12}
                  yam.net: {modalities: [audio, text], dimension: 10}
                bonds:
                  ex.tended: {combine: [yam.net], into: clip}
                """);
        Customisation without = new Customisation(
                FactorSettings.CONFIGURED,
                Set.of(Exclusion.parse(graph, "ex.tended.yam.net")),
                ProjectorSelection.ALL,
                Map.of());

        assertThat(without.without()).containsExactly(new Exclusion("ex.tended", "yam.net"));
        assertThat(Composition.compose(graph, "ex.tended", Modality.AUDIO, Customisation.CONFIGURED))
                .as("clip knows no audio: the experts' mixture stands alone")
                .isInstanceOf(EmbeddingExpression.ProjectorMixture.class);
        assertThatThrownBy(() -> Composition.compose(graph, "ex.tended", Modality.AUDIO, without))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessage("'ex.tended' cannot embed audio without ex.tended.yam.net: nothing else in it knows audio");
        assertThatThrownBy(() -> Composition.compose(graph, "clip", Modality.AUDIO, without))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessage("'clip' cannot embed audio; it knows image, text");
    }

    @Test
    void singleProjectorsCanBeChosenAndUnknownOnesAreRefused() {
        assertThat(compose("vt-u", Modality.AUDIO, projectors("T, A")))
                .isEqualTo("mixture(vt-u: Ψ[unified A,T](unified.audio))");
        assertThatThrownBy(() -> compose("vt-u", Modality.AUDIO, projectors("image+point")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessage("there is no projector image+point of vt-u/unified; there are: A, T, V, AT, VA, VT, VAT");
    }

    @Test
    void projectorsExistForStartsWithACorpusOnly() {
        BondGraph graph = Configurations.graph(Configurations.PAPER.replaceAll("  audios: .*\n", ""));

        assertThat(Composition.compose(graph, "vt-u", Modality.AUDIO, Customisation.CONFIGURED))
                .hasToString("mixture(vt-u: Ψ[unified T,V,VT](unified.audio))");
    }

    @Test
    void expertsWeighAsConfiguredOrChosenAndByTheirNumberOfProjectors() {
        BondGraph graph = Configurations.graph(Configurations.PAPER
                .replace("combine: [at1, at2]", "combine: [at1, at2]\n    weights: {at1: 3}")
                .replace("at2: a/at2.npy", "")
                .replace(", at1: a/at1.npy, }", ", at1: a/at1.npy}"));

        assertThat(Composition.compose(graph, "vt-u-plusplus", Modality.TEXT, Customisation.CONFIGURED)
                        .toString())
                .as("no corpus has audio of at2, so it has the 3 projectors of image and text beside at1's 7")
                .contains("3.0·Ψ[at1 A,T,V,AT,VA,VT,VAT](at1.text) + " + 3.0 / 7 + "·Ψ[at2 T,V,VT](at2.text)");
        Customisation chosen = new Customisation(
                FactorSettings.CONFIGURED,
                Set.of(),
                ProjectorSelection.ALL,
                Map.of("vt-u-plusplus", Map.of("at1", 0.0)));
        assertThat(Composition.compose(graph, "vt-u-plusplus", Modality.TEXT, chosen)
                        .toString())
                .contains("mixture(vt-u-plusplus: Ψ[at2 T,V,VT](at2.text))");
    }

    @Test
    void choicesThatNameNothingAreRefused() {
        Customisation unknownExpert = new Customisation(
                FactorSettings.CONFIGURED,
                Set.of(),
                ProjectorSelection.ALL,
                Map.of("vt-u-plusplus", Map.of("vt", 1.0)));

        assertThatThrownBy(() -> compose("vt-u-plusplus", Modality.TEXT, unknownExpert))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("'vt' is not combined in 'vt-u-plusplus'");
    }

    @Test
    void theFactorsInForceAreListedForEveryBondOfASpace() {
        assertThat(Composition.factors(PAPER, "vt-u-plusplus", FactorSettings.parse(PAPER, "vt-u.image=0.25")))
                .isEqualTo(Map.of(
                        "vt-u", Map.of(Modality.IMAGE, 0.25, Modality.TEXT, 0.9),
                        "vt-u-plusplus", Map.of(Modality.AUDIO, 0.5, Modality.TEXT, 0.1)));
    }
}
