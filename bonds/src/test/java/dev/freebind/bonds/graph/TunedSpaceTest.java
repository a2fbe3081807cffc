package dev.freebind.bonds.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.configuration.InvalidConfigurationException;
import dev.freebind.bonds.configuration.Problem;
import dev.freebind.bonds.configuration.SpaceFile;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.bonds.product.ProjectorSelection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A displaced space one of whose modalities is tuned: configuration, graph and composition. */
class TunedSpaceTest {

    private static final String SPACES = """
            name: tuned
            spaces:
              unified: {modalities: [audio, image, text], dimension: 128}
              vt:      {modalities: [image, text], dimension: 96}
              at:      {modalities: [audio, text], dimension: 64}
            corpora:
              texts:  {modality: text,  embeddings: {unified: u-t.npy, vt: v-t.npy, at: a-t.npy}}
              images: {modality: image, embeddings: {unified: u-v.npy, vt: v-v.npy}}
              audios: {modality: audio, embeddings: {unified: u-a.npy, at: a-a.npy}}
            bonds:
              vt-u: {displace: unified, into: vt, train: {mixture: [[audio], [text]]}}
              plus: {combine: [at], into: vt-u-tuned, train: {mixture: joint}}
            """;

    private static final String TUNED = """
              vt-u-tuned:
                tune: vt-u
                modality: audio
                against: image
                pairs:
                  audio: {embeddings: {unified: pairs/a.npy}}
                  image: {embeddings: {unified: pairs/u.npy, vt: pairs/v.npy}}
            """;

    @TempDir
    private Path folder;

    private Configuration read(String yaml) {
        try {
            return new ConfigurationReader(name -> null).read(Files.writeString(folder.resolve("tuned.yaml"), yaml));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> problems(String yaml) {
        try {
            read(yaml);
        } catch (InvalidConfigurationException e) {
            return e.problems().stream().map(Problem::toString).toList();
        }
        throw new AssertionError("nothing was found wrong");
    }

    @Test
    void aTunedSpaceIsAsItsDisplacementAndCanBeBuiltUpon() {
        BondGraph graph = BondGraph.of(read(SPACES + TUNED));

        assertThat(graph.order()).extracting(Bond::name).containsExactly("vt-u", "vt-u-tuned", "plus");
        assertThat(graph.space("vt-u-tuned").dimension()).isEqualTo(96);
        assertThat(graph.modalities("vt-u-tuned")).isEqualTo(graph.modalities("vt-u"));
        assertThat(graph.hub("vt-u-tuned")).contains(Modality.IMAGE);
        assertThat(graph.weighed(graph.bond("vt-u-tuned"))).isEmpty();
        assertThat(graph.leaves("vt-u-tuned", Modality.AUDIO)).containsExactly("unified");
        assertThat(graph.describe())
                .contains("vt-u-tuned: tuned space, 96-d, audio image text")
                .contains("audio projectors tuned against image: vt-u: displacement");
    }

    @Test
    void aTunedSpaceHasTheFactorsOfItsDisplacementAndNoneOfItsOwn() {
        BondGraph graph = BondGraph.of(read(SPACES + TUNED));

        assertThatThrownBy(() -> FactorSettings.parse(graph, "vt-u-tuned.image=0.5"))
                .hasMessage("'vt-u-tuned' has no factors of its own; those of 'vt-u' hold there too");
        assertThat(problems(SPACES + TUNED + "presets: {strong: {vt-u-tuned: {image: 0.5}}}\n"))
                .singleElement()
                .asString()
                .contains("presets.strong.vt-u-tuned.image")
                .contains("those of 'vt-u' hold there too");
        assertThat(Composition.compose(
                        graph,
                        "vt-u-tuned",
                        Modality.IMAGE,
                        Customisation.of(FactorSettings.parse(graph, "vt-u.image=0.5"))))
                .asString()
                .endsWith("0.5)");
        assertThatThrownBy(() -> graph.pseudoPairBond("vt-u-tuned"))
                .hasMessageContaining("learns nothing from pseudo pairs");
    }

    @Test
    void theTunedModalityHasProjectorsOfItsOwnAndTheOthersTheDisplacements() {
        BondGraph graph = BondGraph.of(read(SPACES + TUNED));

        assertThat(Composition.compose(graph, "vt-u-tuned", Modality.AUDIO, Customisation.CONFIGURED))
                .hasToString("mixture(vt-u-tuned: Ψ[unified.audio A,T](unified.audio))");
        for (Modality other : List.of(Modality.IMAGE, Modality.TEXT)) {
            assertThat(Composition.compose(graph, "vt-u-tuned", other, Customisation.CONFIGURED))
                    .isEqualTo(Composition.compose(graph, "vt-u", other, Customisation.CONFIGURED));
        }
        assertThat(Composition.compose(graph, "vt-u-tuned", Modality.AUDIO, Customisation.CONFIGURED)
                        .projectors())
                .extracting(key -> key.file())
                .containsExactly(
                        "projectors/vt-u-tuned/unified.audio/A.safetensors",
                        "projectors/vt-u-tuned/unified.audio/T.safetensors");
        assertThat(Composition.compose(graph, "plus", Modality.AUDIO, Customisation.CONFIGURED))
                .hasToString("mix(mixture(vt-u-tuned: Ψ[unified.audio A,T](unified.audio)),"
                        + " mixture(plus: Ψ[at VAT](at.audio)); 0.5)");
        assertThat(Composition.compose(
                        graph,
                        "vt-u-tuned",
                        Modality.AUDIO,
                        new Customisation(
                                FactorSettings.CONFIGURED, Set.of(), ProjectorSelection.parse("A"), Map.of())))
                .hasToString("mixture(vt-u-tuned: Ψ[unified.audio A](unified.audio))");
    }

    @Test
    void whereBothSidesKnowTheModalityTheDisplacementsFactorsHold() {
        BondGraph graph = BondGraph.of(read(SPACES + """
                  vt-u-tuned:
                    tune: vt-u
                    modality: text
                    against: image
                    pairs:
                      text:  {embeddings: {unified: pairs/a.npy, vt: pairs/b.npy}}
                      image: {embeddings: {unified: pairs/u.npy, vt: pairs/v.npy}}
                """));

        assertThat(Composition.compose(graph, "vt-u-tuned", Modality.TEXT, Customisation.CONFIGURED))
                .hasToString("mix(mixture(vt-u-tuned: Ψ[unified.text A,T](unified.text)), vt.text; 0.9)");
        assertThat(Composition.compose(
                        graph,
                        "vt-u-tuned",
                        Modality.TEXT,
                        Customisation.of(FactorSettings.parse(graph, "vt-u.text=1"))))
                .hasToString("vt.text");
    }

    @Test
    void everySettingHasADefaultAndIsReadBackFromTheFileOfABoundSpace() {
        BondGraph graph = BondGraph.of(read(SPACES + TUNED));
        assertThat(((TunedSpace) graph.bond("vt-u-tuned")).settings())
                .isEqualTo(new TuningSettings(
                        5, 4096, 1, 1e-4, LearningRateSchedule.COSINE, 0.05, 0.02, 0, 0, false, 0.1));

        BondGraph given = BondGraph.of(read("defaults: {epochs: 9, batch: 64, hold-out: 0.1}\n" + SPACES + TUNED
                + "    train: {accumulate: 4, learning-rate: 3e-5, schedule: constant, warm-up: 0.2, temperature: 0.05,"
                + " early-stop: 2, drop-path: 0.3}\n"));
        assertThat(((TunedSpace) given.bond("vt-u-tuned")).settings())
                .isEqualTo(new TuningSettings(
                        9, 64, 4, 3e-5, LearningRateSchedule.CONSTANT, 0.2, 0.05, 0.1, 2, false, 0.3));

        Path bound = folder.resolve("bound");
        SpaceFile.write(given, bound);
        BondGraph back = BondGraph.of(new ConfigurationReader(name -> null).readBoundSpace(bound));
        assertThat(SpaceFile.text(back)).isEqualTo(SpaceFile.text(given));
        assertThat(((TunedSpace) back.bond("vt-u-tuned")).settings())
                .isEqualTo(((TunedSpace) given.bond("vt-u-tuned")).settings());
        assertThat(back.configuration().pairs()).containsOnlyKeys("vt-u-tuned/audio", "vt-u-tuned/image");
    }

    @Test
    void allThatIsWrongIsSaidAtOnce() {
        String yaml = SPACES + """
                  a: {tune: vt, modality: audio, against: image, pairs: {audio: {embeddings: {unified: a.npy}}, image: {embeddings: {vt: b.npy}}}}
                  b: {tune: vt-u, modality: smell, against: audio, pairs: {smell: {embeddings: {vt: a.npy}}, audio: {embeddings: {at: b.npy}}}}
                  c: {tune: vt-u, modality: audio, against: audio}
                  d: {tune: vt-u, against: image, into: vt, train: {accumulate: 0, schedule: linear, warm-up: 1, encoder: maybe}}
                  vt-u-tuned: {tune: vt-u, modality: audio, against: image, pairs: {audio: {embeddings: {unified: a.npy}}}, train: {encoder: true}}
                  f: {tune: vt-u, modality: audio, against: image, pairs: {audio: {embeddings: {unified: a.npy}}, image: {embeddings: {unified: b.npy}}}}
                """;

        assertThat(String.join("\n", problems(yaml)))
                .contains("bonds.a.tune: 'vt' is no displacement, so 'a' cannot tune it; name a bond with 'displace:'")
                .contains("bonds.b.pairs.smell.embeddings.vt: space 'vt' does not know smell")
                .contains("bonds.c: 'pairs' is missing")
                .contains("bonds.d.into: is not for a bond with 'tune'")
                .contains("bonds.d: 'modality' is missing")
                .contains("bonds.d.train.accumulate")
                .contains("bonds.d.train.schedule")
                .contains("cosine")
                .contains("bonds.d.train.warm-up")
                .contains("bonds.d.train.encoder")
                .contains("bonds.vt-u-tuned.train.encoder: 'unified' has no encoder that could be tuned")
                .contains("bonds.vt-u-tuned.pairs.audio: an encoder is tuned on the items themselves")
                .contains("bonds.vt-u-tuned.pairs: 'image' is missing")
                .contains(
                        "bonds.f.pairs.image: there are no embeddings of vt, from which 'vt-u' computes those of image");
    }

    @Test
    void aFactorOfOneLeavesNothingToTune() {
        assertThatThrownBy(() -> read(SPACES.replace("into: vt,", "into: vt, factors: {text: 1},") + """
                          vt-u-tuned:
                            tune: vt-u
                            modality: text
                            against: image
                            pairs:
                              text:  {embeddings: {unified: a.npy, vt: b.npy}}
                              image: {embeddings: {unified: u.npy, vt: v.npy}}
                        """))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("bonds.vt-u-tuned.modality")
                .hasMessageContaining("there is nothing to tune");
    }

    @Test
    void theLearningRateWarmsUpAndThenFollowsItsSchedule() {
        TuningSettings cosine =
                new TuningSettings(1, 2, 1, 2.0, LearningRateSchedule.COSINE, 0.2, 0.02, 0, 0, false, 0);
        assertThat(cosine.learningRate(0, 10)).isEqualTo(1, within(1e-12));
        assertThat(cosine.learningRate(1, 10)).isEqualTo(2, within(1e-12));
        assertThat(cosine.learningRate(2, 10)).isEqualTo(2, within(1e-12));
        assertThat(cosine.learningRate(6, 10)).isEqualTo(1, within(1e-12));
        assertThat(cosine.learningRate(9, 10)).isPositive().isLessThan(0.1);
        TuningSettings constant =
                new TuningSettings(1, 2, 1, 2.0, LearningRateSchedule.CONSTANT, 0, 0.02, 0, 0, false, 0);
        assertThat(constant.learningRate(9, 10)).isEqualTo(2);
    }
}
