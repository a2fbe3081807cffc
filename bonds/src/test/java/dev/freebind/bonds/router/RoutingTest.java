package dev.freebind.bonds.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.Configurations;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.configuration.InvalidConfigurationException;
import dev.freebind.bonds.configuration.SpaceFile;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.Routing;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.Exclusion;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.bonds.product.ProjectorSelection;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoutingTest {

    /** OmniBind Full in small: ImageBind displaced into EVA-CLIP is the base of an audio-text, an image-text and a 3D expert. */
    private static final String OMNI = """
            name: omni
            spaces:
              ib: {modalities: [audio, image, text], dimension: 10}
              eva: {modalities: [image, text], dimension: 15}
              at: {modalities: [audio, text], dimension: 11}
              vt: {modalities: [image, text], dimension: 12}
              pvt: {modalities: [point, image, text], dimension: 13}
            bonds:
              base: {displace: ib, into: eva, train: {mixture: joint}}
              omni:
                combine: [at, vt, pvt]
                into: base
                train: {mixture: joint}
                route: {ROUTE}
            """;

    private static BondGraph graph(String route) {
        return Configurations.graph(OMNI.replace("{ROUTE}", route));
    }

    private static Routing routing(BondGraph graph) {
        return ((Combination) graph.bond("omni")).routing();
    }

    private static EmbeddingExpression.Routed compose(BondGraph graph, String modality, String... without) {
        Customisation customisation = new Customisation(
                FactorSettings.CONFIGURED,
                Set.copyOf(List.of(without).stream()
                        .map(text -> Exclusion.parse(graph, text))
                        .toList()),
                ProjectorSelection.ALL,
                Map.of());
        return (EmbeddingExpression.Routed) Composition.compose(graph, "omni", new Modality(modality), customisation);
    }

    private static List<String> problems(String yaml) {
        return catchThrowableOfType(InvalidConfigurationException.class, () -> Configurations.read(yaml))
                .problems()
                .stream()
                .map(problem -> problem.key() + ": " + problem.message())
                .toList();
    }

    @Test
    void whatIsNotGivenHasOmniBindsValuesAndFreeBindsWhereItNamesNone() {
        Routing routing = routing(graph("{}"));

        assertThat(routing)
                .isEqualTo(new Routing(
                        Routing.Weights.LEARNED,
                        Map.of(),
                        50.0,
                        20,
                        4096,
                        1e-3,
                        0.02,
                        new Routing.Hidden(512, 100),
                        Map.of()));
        assertThat(routing.sharpening(Modality.TEXT)).isEqualTo(10);
        assertThat(routing.sharpening(Modality.AUDIO)).isEqualTo(1);
    }

    @Test
    void aRoutedCombinationIsReadBackFromSpaceYaml(@TempDir Path folder) {
        BondGraph written = graph("{input: {text: [at, vt], audio: [at]}, decoupling: 0.5, epochs: 3, batch: 64,"
                + " learning-rate: 2e-3, temperature: 0.05, hidden: [32, 8], sharpening: {text: 5, point: 2}}");
        SpaceFile.write(written, folder);

        BondGraph read = BondGraph.of(new ConfigurationReader().readBoundSpace(folder));

        assertThat(routing(read)).isEqualTo(routing(written));
        assertThat(read).hasToString(written.toString());
        assertThat(read.weighed(read.bond("omni"))).isEmpty();
    }

    @Test
    void theGraphSaysWhatTheRoutersRead() {
        assertThat(graph("{}").describe())
                .contains(
                        "omni: combination, routed by routers that read all sources, decoupling 50.0, 15-d, audio image"
                                + " text point\n");
        assertThat(graph("{weights: mean}").describe()).contains("omni: combination, routed by equal weights");
    }

    @Test
    void sourcesAreTheExpertsThatKnowTheModalityAndThenTheBase() {
        BondGraph graph = graph("{input: {image: [vt]}}");
        Combination omni = (Combination) graph.bond("omni");

        assertThat(RouterLayout.of(graph, omni, omni.routing(), Modality.TEXT))
                .isEqualTo(new RouterLayout(List.of("at", "vt", "pvt", "base"), List.of("at", "vt", "pvt", "base")));
        assertThat(RouterLayout.of(graph, omni, omni.routing(), Modality.IMAGE))
                .isEqualTo(new RouterLayout(List.of("vt", "pvt", "base"), List.of("vt")));
        assertThat(RouterLayout.of(graph, omni, omni.routing(), Modality.TEXT).inputDimension(graph))
                .isEqualTo(11 + 12 + 13 + 15);
    }

    @Test
    void theBaseIsAUnitVectorBesideTheExpertsMeans() {
        assertThat(compose(graph("{input: {text: [at]}}"), "text"))
                .hasToString("routed(router(omni/text: at.text; ×10.0)"
                        + "; 0 mean(omni: Ψ[at VAT](at.text))"
                        + "; 1 mean(omni: Ψ[vt VAT](vt.text))"
                        + "; 2 mean(omni: Ψ[pvt audio+image+point+text](pvt.text))"
                        + "; 3 mix(mixture(base: Ψ[ib VAT](ib.text)), eva.text; 0.9))");
    }

    @Test
    void aDisplacedSpaceThatStandsAloneEntersLikeAnExpert() {
        assertThat(compose(graph("{input: {audio: [at]}}"), "audio").slots().get(1))
                .hasToString("1 mean(base: Ψ[ib VAT](ib.audio))");
        assertThat(compose(graph("{input: {audio: [at]}}"), "audio").router().inputs())
                .hasToString("[at.audio]");
    }

    @Test
    void aSingleSourceNeedsNoRouter() {
        assertThat(compose(graph("{}"), "point"))
                .hasToString("routed(equal weights; 0 mean(omni: Ψ[pvt audio+image+point+text](pvt.point)))");
    }

    @Test
    void equalWeightsNeedNoRouterAtAll() {
        EmbeddingExpression.Routed routed = compose(graph("{weights: mean}"), "text");

        assertThat(routed.router()).isNull();
        assertThat(routed.slots()).hasSize(4);
        assertThat(routed.routers()).isEmpty();
    }

    @Test
    void anExpertThatIsLeftOutLosesItsSlotButIsStillReadByTheRouter() {
        BondGraph graph = graph("{}");

        EmbeddingExpression.Routed routed = compose(graph, "text", "vt");

        assertThat(routed.slots()).extracting(EmbeddingExpression.Slot::score).containsExactly(0, 2, 3);
        assertThat(routed.router().inputs()).hasSize(4);
        assertThat(compose(graph("{input: {text: [at]}}"), "text", "vt").leaves())
                .extracting(EmbeddingExpression.Leaf::space)
                .doesNotContain("vt");
    }

    @Test
    void leavesAreThoseOfAllSources() {
        assertThat(graph("{}").leaves("omni", Modality.AUDIO)).containsExactlyInAnyOrder("at", "ib");
    }

    @Test
    void aRoutedCombinationHasNoFactors() {
        BondGraph graph = graph("{}");

        assertThatThrownBy(() -> FactorSettings.parse(graph, "omni.text=0.5"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("'omni' has no factor for text");
        assertThat(problems(
                        OMNI.replace("{ROUTE}", "{}").replace("into: base", "into: base\n    factors: {text: 0.1}")))
                .contains(
                        "bonds.omni.factors: routers weigh experts and unified space, so there is no place for factors"
                                + " beside 'route'; remove one of them");
        assertThat(problems(OMNI.replace("{ROUTE}", "{}") + "presets: {versatile: {omni: {text: 0.1}}}"))
                .containsExactly(
                        "presets.versatile.omni.text: 'omni' is routed: routers weigh its sources, so it has no"
                                + " factors");
    }

    @Test
    void everyMistakeInARouteIsNamed() {
        assertThat(
                        problems(
                                OMNI.replace(
                                        "{ROUTE}",
                                        "{input: {text: [ta], smell: [at]}, hidden: [512], decoupling: -1, sharpening: {heat: 2}, route: 1}")))
                .containsExactlyInAnyOrder(
                        "bonds.omni.route.input.text[0]: 'ta' is no source of text here; did you mean 'at'? There are: base,"
                                + " at, vt, pvt",
                        "bonds.omni.route.input.smell: 'omni' knows no smell; it knows [audio, image, text, point]",
                        "bonds.omni.route.sharpening.heat: 'omni' knows no heat; it knows [audio, image, text, point]",
                        "bonds.omni.route.hidden: is a list of 1, but must be the widths of two layers, each a whole number"
                                + " between 1 and 65536, such as [512, 100]",
                        "bonds.omni.route.decoupling: is '-1', but must be a number between 0 and 1000000",
                        "bonds.omni.route.route: unknown key 'route'; there are: weights, input, decoupling,"
                                + " epochs, batch, learning-rate, temperature, hidden, sharpening");
    }
}
