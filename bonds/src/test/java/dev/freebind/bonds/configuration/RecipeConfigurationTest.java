package dev.freebind.bonds.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.freebind.api.Modality;
import dev.freebind.bonds.Configurations;
import dev.freebind.bonds.collection.CorpusSelection;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Connection;
import dev.freebind.bonds.graph.LearningRateSchedule;
import dev.freebind.bonds.graph.PseudoPairBond;
import dev.freebind.bonds.graph.Recipe;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.graph.TrainingSettings.Storage;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.bonds.projector.Mixture;
import dev.freebind.bonds.projector.ProjectorArchitecture;
import dev.freebind.bonds.projector.Subset;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** C-MCR and Ex-MCR in place of FreeBind's recipe, and C-MCR's own bond, the connection. */
class RecipeConfigurationTest {

    private static final String SPACES = """
            spaces:
              clap: {modalities: [audio, text], dimension: 8}
              clip: {modalities: [image, text], dimension: 6}
              unified: {modalities: [audio, image, text], dimension: 10}
            """;

    private static final String CORPORA = """
            corpora:
              texts:  {modality: text,  embeddings: {clap: t/clap.npy, clip: t/clip.npy, unified: t/u.npy}}
              images: {modality: image, embeddings: {clip: i/clip.npy, unified: i/u.npy}}
              audios: {modality: audio, embeddings: {clap: a/clap.npy, unified: a/u.npy}}
            """;

    private static final String BONDS = """
            bonds:
              connected: {connect: [clap, clip], dimension: 7}
              extended:
                combine: [clap]
                into: clip
                recipe: ex-mcr
              displaced:
                displace: unified
                into: clip
                recipe: c-mcr
                train: {noise: 0.001, intra-weight: 0.2, weight-decay: 0, schedule: constant, projector: freebind, epochs: 2}
            """;

    @TempDir
    private Path folder;

    private final BondGraph graph = Configurations.graph(SPACES + CORPORA + BONDS);

    private List<Subset> subsets(String bond) {
        PseudoPairBond found = graph.pseudoPairBond(bond);
        return CorpusSelection.of(graph).subsets(found, found.sources().get(0));
    }

    private static List<String> problems(String yaml) {
        InvalidConfigurationException wrong =
                catchThrowableOfType(InvalidConfigurationException.class, () -> Configurations.read(yaml));
        assertThat(wrong).isNotNull();
        return wrong.problems().stream()
                .map(problem -> problem.key() + ": " + problem.message())
                .toList();
    }

    @Test
    void whatIsNotGivenHasTheRecipesValues() {
        assertThat(graph.pseudoPairBond("connected").training())
                .isEqualTo(new TrainingSettings(
                        36, 10240, 1e-3, 0.01, 1024, new Mixture.Shared(), 0, 0, Storage.FLOAT32, Recipe.C_MCR));
        assertThat(graph.pseudoPairBond("extended").training())
                .isEqualTo(new TrainingSettings(
                        36, 4096, 1e-3, 0.05, 1024, new Mixture.Joint(), 0, 0, Storage.FLOAT32, Recipe.EX_MCR));
        assertThat(((Connection) Configurations.graph(SPACES + "bonds: {c: {connect: [clap, clip]}}")
                                .pseudoPairBond("c"))
                        .dimension())
                .isEqualTo(512);
    }

    @Test
    void everyConstantIsAnOption() {
        TrainingSettings settings = graph.pseudoPairBond("displaced").training();
        assertThat(settings.recipe())
                .isEqualTo(new Recipe(
                        Recipe.Kind.C_MCR,
                        ProjectorArchitecture.FREEBIND,
                        0.001,
                        0.2,
                        0,
                        LearningRateSchedule.CONSTANT));
        assertThat(settings.epochs()).isEqualTo(2);
    }

    @Test
    void cMcrLearnsFromWhatBothSidesKnowAndExMcrFromEverything() {
        assertThat(subsets("connected")).containsExactly(Subset.parse("T"));
        assertThat(subsets("displaced")).containsExactly(Subset.parse("VT"));
        assertThat(subsets("extended")).containsExactly(Subset.parse("VAT"));
    }

    /** The text-centric panel of the C-MCR paper: each space retrieves its own other modality. */
    @Test
    void aConnectionCollectsFromTheSharedModalityInBothSpaces() {
        PseudoPairBond bond = graph.pseudoPairBond("connected");
        assertThat(CorpusSelection.of(graph).plan(bond, "clap").starts().stream()
                        .filter(tuples -> tuples.start().equals(Modality.TEXT))
                        .map(Object::toString)
                        .collect(Collectors.joining()))
                .isEqualTo(
                        "text: native clap, clip; agg(clip.text, clip.image -> clip); agg(clap.text, clap.audio -> clap)");
    }

    @Test
    void aConnectionProjectsBothSidesIntoASpaceOfItsOwn() {
        assertThat(graph.space("connected").dimension()).isEqualTo(7);
        assertThat(graph.modalities("connected")).containsExactly(Modality.IMAGE, Modality.TEXT, Modality.AUDIO);
        assertThat(compose(Modality.AUDIO, "")).isEqualTo("mixture(connected: Ψ[clap T](clap.audio))");
        assertThat(compose(Modality.IMAGE, "")).isEqualTo("mixture(connected: Ψ[clip T](clip.image))");
        assertThat(compose(Modality.TEXT, ""))
                .isEqualTo(
                        "mix(mixture(connected: Ψ[clap T](clap.text)), mixture(connected: Ψ[clip T](clip.text)); 0.5)");
        assertThat(compose(Modality.TEXT, "connected.text=1")).isEqualTo("mixture(connected: Ψ[clip T](clip.text))");
        assertThat(graph.leaves("connected", Modality.TEXT)).containsExactly("clap", "clip");
        assertThat(graph.describe()).contains("connected: connection, 7-d, image text audio; factors text 0.5");
    }

    private String compose(Modality modality, String factors) {
        Customisation customisation =
                factors.isEmpty() ? Customisation.CONFIGURED : Customisation.of(FactorSettings.parse(graph, factors));
        return Composition.compose(graph, "connected", modality, customisation).toString();
    }

    @Test
    void aBoundSpaceKeepsRecipesAndConnections() {
        SpaceFile.write(graph, folder);
        BondGraph readBack = BondGraph.of(new ConfigurationReader().readBoundSpace(folder));
        for (String bond : List.of("connected", "extended", "displaced")) {
            assertThat(readBack.pseudoPairBond(bond).training())
                    .isEqualTo(graph.pseudoPairBond(bond).training());
            assertThat(readBack.pseudoPairBond(bond).getClass())
                    .isEqualTo(graph.pseudoPairBond(bond).getClass());
        }
        assertThat(SpaceFile.text(readBack)).isEqualTo(SpaceFile.text(graph));
    }

    @Test
    void whatDoesNotFitIsNamed() {
        assertThat(problems(SPACES + """
                bonds:
                  one: {connect: [clap]}
                  head: {connect: [clap, clip], train: {projector: ex-mcr}}
                  free: {displace: unified, into: clip, train: {intra-weight: 0.1}}
                  other: {displace: unified, into: clip, recipe: cmcr}
                  into: {connect: [clap, clip], into: clip}
                """))
                .containsExactlyInAnyOrder(
                        "bonds.one.connect: names 1 spaces; a connection is one of two",
                        "bonds.head.train: a connection projects both spaces, with a projector c-mcr or c-mcr-ulip for each,"
                                + " not ex-mcr",
                        "bonds.free.train: intra-weight is for the recipes c-mcr and ex-mcr; FreeBind has no such term",
                        "bonds.other.recipe: is 'cmcr'; did you mean 'c-mcr'? There are: freebind, c-mcr, ex-mcr",
                        "bonds.into.into: is not for a bond with 'connect', which takes [dimension, factors, collect, train]");
    }

    @Test
    void sharedTuplesNeedACorpusOfASharedModality() {
        assertThat(problems(SPACES + """
                corpora:
                  images: {modality: image, embeddings: {clip: i/clip.npy, unified: i/u.npy}}
                  audios: {modality: audio, embeddings: {unified: a/u.npy}}
                bonds:
                  b:
                    displace: unified
                    into: clip
                    recipe: c-mcr
                    collect: {plan: [{start: audio, query: unified.audio, keys: unified.image, values: [unified, clip]}]}
                """))
                .singleElement()
                .asString()
                .startsWith(
                        "bonds.b.train.mixture: mixture: shared needs tuples that begin with a modality that both sides know");
    }
}
