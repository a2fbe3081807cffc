package dev.freebind.evaluation.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.Exclusion;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.bonds.product.ProjectorSelection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which leaf spaces must have embeddings of the items before something is measured. */
class EvaluationRequestTest {

    private static final String CONFIGURATION = """
            spaces:
              unified: {modalities: [image, text], dimension: 8}
              vt: {modalities: [image, text], dimension: 8}
              other: {modalities: [image, text], dimension: 8}
            corpora:
              texts: {modality: text, embeddings: {unified: t.npy, vt: t.npy, other: t.npy}}
            bonds:
              moved: {displace: unified, into: vt, factors: {image: 1, text: 1}}
              joined: {combine: [other], into: moved}
            """;

    @TempDir
    private Path folder;

    private BondGraph graph;

    @BeforeEach
    void read() throws IOException {
        graph = BondGraph.of(
                new ConfigurationReader().read(Files.writeString(folder.resolve("my.yaml"), CONFIGURATION)));
    }

    private Set<String> leaves(List<Setting> settings, Customisation customisation, String... spaces) {
        return new EvaluationRequest(List.of(spaces), settings, customisation).leaves(graph);
    }

    @Test
    void aSideThatTheFactorsSwitchOffIsNotNeeded() {
        assertThat(leaves(List.of(), Customisation.CONFIGURED, "moved")).containsExactly("vt");
    }

    @Test
    void whatOneOfTheSettingsNeedsIsNeeded() {
        Setting swept = new Setting(null, new FactorSettings(Map.of("moved", Map.of(Modality.TEXT, 0.5))));
        assertThat(leaves(List.of(Setting.CONFIGURED, swept), Customisation.CONFIGURED, "moved"))
                .containsExactlyInAnyOrder("vt", "unified");
    }

    @Test
    void anExpertThatIsLeftOutIsNotAndEverySpaceThatIsAskedForIs() {
        Customisation without = new Customisation(
                FactorSettings.CONFIGURED, Set.of(new Exclusion(null, "other")), ProjectorSelection.ALL, Map.of());
        assertThat(leaves(List.of(), Customisation.CONFIGURED, "joined")).containsExactlyInAnyOrder("vt", "other");
        assertThat(leaves(List.of(), without, "joined")).containsExactly("vt");
        assertThat(leaves(List.of(), without, "joined", "unified")).containsExactlyInAnyOrder("vt", "unified");
    }
}
