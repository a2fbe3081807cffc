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
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PresetFileTest {

    private static final FactorSettings TUNED = new FactorSettings(
            Map.of("vt-u", Map.of(Modality.TEXT, 0.85), "vt-u-plusplus", Map.of(Modality.AUDIO, 0.6)));
    private static final String LINE = "tuned: {vt-u: {text: 0.85}, vt-u-plusplus: {audio: 0.6}}";

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void aBoundSpace() throws IOException {
        Path yaml = Files.writeString(folder.resolve("bind.yaml"), Configurations.PAPER);
        SpaceFile.write(BondGraph.of(new ConfigurationReader().read(yaml)), folder);
        file = folder.resolve(SpaceFile.NAME);
    }

    private FactorSettings read(String name) {
        return FactorSettings.preset(new ConfigurationReader().readBoundSpace(folder), name);
    }

    @Test
    void oneLineIsAddedAndEveryOtherByteStays() throws IOException {
        String edited = Files.readString(file)
                .replace("presets:\n", "presets:   # mine\n    # the good ones\n")
                .replace("  versatile:", "    versatile:")
                .replace("  audio-text-expertise:", "    audio-text-expertise:");
        Files.writeString(file, edited);
        PresetFile.add(folder, "tuned", TUNED);
        assertThat(Files.readString(file))
                .isEqualTo(edited.replace("presets:   # mine\n", "presets:   # mine\n    " + LINE + "\n"));
        assertThat(read("tuned")).isEqualTo(TUNED);
        assertThat(read("versatile").byBond()).isNotEmpty();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("bind.yaml", "space.yaml");
        }
    }

    @Test
    void aFileWithoutPresetsOrWithPresetsInBracesOrOtherLineEndsIsChangedAsWell() throws IOException {
        String without = Files.readString(file).replaceAll("(?s)presets:\n(  .*?\n)(?=\\S)", "");
        Files.writeString(file, without);
        PresetFile.add(folder, "tuned", TUNED);
        assertThat(Files.readString(file)).isEqualTo(without + "presets:\n  " + LINE + "\n");

        Files.writeString(file, without + "presets: {}\n");
        PresetFile.add(folder, "tuned", TUNED);
        PresetFile.add(folder, "again", TUNED);
        assertThat(read("again")).isEqualTo(read("tuned")).isEqualTo(TUNED);

        String windows = (without + "presets:\n  old: {vt-u: {text: 0.5}}\n").replace("\n", "\r\n");
        Files.writeString(file, windows);
        PresetFile.add(folder, "tuned", TUNED);
        assertThat(Files.readString(file)).isEqualTo(windows.replace("presets:\r\n", "presets:\r\n  " + LINE + "\r\n"));
    }

    @Test
    void aNameThatIsTakenOrNoneIsRefusedAndNothingChanges() throws IOException {
        String before = Files.readString(file);
        assertThatThrownBy(() -> PresetFile.add(folder, "versatile", TUNED))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("there is a preset 'versatile' already");
        assertThatThrownBy(() -> PresetFile.add(folder, "a b", TUNED)).hasMessageContaining("no name of a preset");
        assertThat(Files.readString(file)).isEqualTo(before);
    }

    @Test
    void whereALineCannotBeAddedTheMessageHasIt() throws IOException {
        String odd = Files.readString(file).replace("presets:\n", "presets: &all\n");
        Files.writeString(file, odd + "...\n");
        try {
            PresetFile.add(folder, "tuned", TUNED);
        } catch (InvalidRequestException e) {
            assertThat(e).hasMessageContaining(LINE);
            assertThat(Files.readString(file)).isEqualTo(odd + "...\n");
            return;
        }
        assertThat(read("tuned")).isEqualTo(TUNED);
    }
}
