package dev.freebind.bonds.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.Configurations;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.FactorSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bound space in which a preset was saved after binding, and what binding by a changed configuration makes of it. */
class SavedPresetsTest {

    private static final FactorSettings TUNED = new FactorSettings(
            Map.of("vt-u", Map.of(Modality.TEXT, 0.85), "vt-u-plusplus", Map.of(Modality.AUDIO, 0.6)));

    @TempDir
    private Path folder;

    @BeforeEach
    void aBoundSpaceWithASavedPreset() {
        SpaceFile.write(Configurations.graph(Configurations.PAPER), folder);
        PresetFile.add(folder, "tuned", TUNED);
    }

    private SavedPresets after(String what, String by) {
        assertThat(Configurations.PAPER).contains(what);
        return SavedPresets.of(folder, Configurations.graph(Configurations.PAPER.replace(what, by)));
    }

    @Test
    void itIsKeptAndThoseOfTheConfigurationAreNotItsMatter() {
        SavedPresets saved = after("seed: 7", "seed: 8");
        assertThat(saved.kept()).isEqualTo(Map.of("tuned", TUNED));
        assertThat(saved.dropped()).isEmpty();

        BondGraph graph = Configurations.graph(Configurations.PAPER);
        SpaceFile.write(BondGraph.of(graph.configuration().withPresets(saved.kept())), folder);
        assertThat(new ConfigurationReader().readBoundSpace(folder).presets())
                .containsOnlyKeys("versatile", "audio-text-expertise", "tuned")
                .containsEntry("tuned", TUNED);
    }

    @Test
    void expertsThatAreOthersNowAreAReasonToDropItByName() {
        SavedPresets saved = after("combine: [at1, at2]", "combine: [at1]");
        assertThat(saved.kept()).isEmpty();
        assertThat(saved.dropped()).containsOnlyKeys("tuned");
        assertThat(saved.dropped().get("tuned"))
                .as("what is lost, and why")
                .contains("vt-u.text=0.85", "'vt-u-plusplus' is made of vt-u (", "and was made of", "at2");
    }

    @Test
    void theOrderOfExpertsAndTheirWeightsAreNone() {
        assertThat(after("combine: [at1, at2]", "combine: [at2, at1]\n    weights: {at1: 0.5}")
                        .kept())
                .containsOnlyKeys("tuned");
    }

    @Test
    void aModalityThatIsNotWeighedAnyMoreIsAReason() {
        String without = Configurations.PAPER
                .replace("unified: {modalities: [audio, image, text]", "unified: {modalities: [image, text]")
                .replace("embeddings: {unified: a/u.npy, at1", "embeddings: {at1")
                .replace("{audio: 0.5, text: 0.1}", "{text: 0.1}")
                .replace("{audio: 0.8, text: 0.5}", "{text: 0.5}");
        SavedPresets saved = SavedPresets.of(folder, Configurations.graph(without));
        assertThat(saved.dropped().get("tuned"))
                .contains("'vt-u-plusplus' weighs two embeddings of [text] and did of [audio, text]");
    }

    @Test
    void aBondThatIsGoneAndAPresetThatTheConfigurationHasOtherwiseAreReasons() {
        SavedPresets renamed =
                SavedPresets.of(folder, Configurations.graph(Configurations.PAPER.replace("vt-u-plusplus", "plus")));
        assertThat(renamed.dropped()).containsKeys("tuned", "versatile");
        assertThat(renamed.dropped().get("tuned")).contains("no bond 'vt-u-plusplus' any more");
        assertThat(after("presets:", "presets:\n  tuned: {vt-u: {text: 0.5}}")
                        .dropped()
                        .get("tuned"))
                .contains("another preset of that name");
    }

    @Test
    void aFolderWithoutABoundSpaceHasNoneAndADamagedFileIsNotOverwrittenSilently() throws IOException {
        BondGraph graph = Configurations.graph(Configurations.PAPER);
        assertThat(SavedPresets.of(folder.resolve("other"), graph)).isEqualTo(SavedPresets.NONE);
        Path file = folder.resolve(SpaceFile.NAME);
        Files.writeString(file, Files.readString(file).replace("tuned:", "tuned"));
        assertThatThrownBy(() -> SavedPresets.of(folder, graph))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("space.yaml")
                .hasMessageContaining("repair it, or move it away");
    }
}
