package dev.freebind.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.spi.encoders.EncoderOptions;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.spi.encoders.EncoderRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every example's configuration is one, also where its data and models are not at hand. */
class ExamplesTest {

    private static final EncoderRegistry ENCODERS = EncoderRegistry.discover(ExamplesTest.class.getClassLoader());

    static List<Path> configurations() throws IOException {
        Path examples = Path.of(System.getProperty("freebind.root"), "examples");
        try (Stream<Path> files = Files.find(
                examples, 3, (file, attributes) -> file.getFileName().toString().endsWith(".yaml"))) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void itsGraphIsSoundAndItsEncodersTakeTheirOptions(Path file) {
        Configuration configuration = new ConfigurationReader(variable -> "/" + variable).read(file);
        assertThat(BondGraph.of(configuration).order())
                .hasSameSizeAs(configuration.bonds().values());
        configuration.spaces().values().forEach(space -> {
            if (space.encoder() != null) {
                EncoderProvider provider = ENCODERS.provider(space.encoder());
                EncoderOptions.check(provider, space.expandedOptions(), space.folder());
                assertThat(provider.modalities()).containsAll(space.modalities());
            }
        });
    }
}
