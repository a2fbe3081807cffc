package dev.freebind.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.configuration.SpaceFile;
import dev.freebind.bonds.graph.BondGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which space of a bound space is meant where none is named. */
class DefaultSpaceTest {

    private static final String CONFIGURATION = """
            name: NAME
            spaces:
              unified: {modalities: [audio, image, text], dimension: 6}
              vt:      {modalities: [image, text], dimension: 5}
              at:      {modalities: [audio, text], dimension: 4}
            corpora:
              texts:  {modality: text,  embeddings: {unified: u.npy, vt: v.npy, at: a.npy}}
            bonds:
              vt-u: {displace: unified, into: vt}
              vt-u-plus: {combine: [at], into: vt-u}
            """;

    @TempDir
    private Path folder;

    private String defaultSpace(String yaml) throws IOException {
        Path file = Files.writeString(folder.resolve("my.yaml"), yaml);
        SpaceFile.write(BondGraph.of(new ConfigurationReader().read(file)), folder);
        try (BoundSpace space = BoundSpace.open(folder)) {
            return space.defaultSpace();
        }
    }

    @Test
    void itIsTheBondWithTheNameOfTheWhole() throws IOException {
        assertThat(defaultSpace(CONFIGURATION.replace("NAME", "vt-u"))).isEqualTo("vt-u");
    }

    @Test
    void orTheOnlyOneThatNoOtherIsMadeOf() throws IOException {
        assertThat(defaultSpace(CONFIGURATION.replace("NAME", "my-space"))).isEqualTo("vt-u-plus");
    }

    @Test
    void inDoubtTheCandidatesAreListed() {
        String two = CONFIGURATION.replace("NAME", "my-space") + "  other: {combine: [at], into: unified}\n";
        assertThatThrownBy(() -> defaultSpace(two))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("vt-u-plus, other")
                .hasMessageContaining("--space");
    }
}
