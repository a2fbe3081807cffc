package dev.freebind.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.workflow.InstalledVersion;
import dev.freebind.encoding.ItemCollection;
import dev.freebind.formats.npy.NpyArray;
import dev.freebind.training.run.BindOptions;
import dev.freebind.training.run.BindRun;
import dev.freebind.training.run.MissingEmbeddings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The snippets of the documentation are what the program understands. */
class DocumentationTest {

    private static final int ROWS = 3;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "docs/assemble-a-space.md",
                "docs/encode.md",
                "docs/search.md",
                "docs/formats.md",
                "docs/write-an-encoder-plugin.md",
                "examples/internvl-imagebind-tuned/README.md",
                "docs/omnibind.md",
                "docs/method-checks.md",
                "examples/published/README.md",
                "examples/sound-picture/README.md"
            })
    void everyCommandParses(String file) {
        List<List<String>> commands = Documentation.commands(file);

        assertThat(commands)
                .isNotEmpty()
                .allSatisfy(command -> assertThatCode(() -> {
                            Console nowhere = new Console(
                                    new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()), 0);
                            Wiring.factory()
                                    .create(nowhere)
                                    .commandLine()
                                    .model()
                                    .parseArgs(command.toArray(String[]::new));
                        })
                        .as(String.join(" ", command))
                        .doesNotThrowAnyException());
    }

    @Test
    void theConfigurationOfRoutersIsValid() throws Exception {
        Configuration configuration = new ConfigurationReader()
                .read(Files.writeString(folder.resolve("omni.yaml"), Documentation.block("docs/omnibind.md", "yaml")));

        assertThat(BindRun.plan(configuration, BindOptions.ALL, MissingEmbeddings.of(configuration))
                        .describe(2))
                .contains("45 projectors")
                .contains("3 routers");
    }

    @Test
    void theConfigurationOfRawItemsIsValid() throws Exception {
        Configuration configuration = new ConfigurationReader()
                .read(Files.writeString(folder.resolve("raw.yaml"), Documentation.block("docs/encode.md", "yaml")));

        assertThat(ItemCollection.corpora(configuration))
                .extracting(ItemCollection::name)
                .containsExactly("captions", "photos", "sounds");
    }

    @Test
    void theConfigurationOfTheHowToIsValidAndCanBePlanned() throws Exception {
        Map<String, Integer> dimensions = Map.of("unified", 1024, "vt", 768, "at", 512);
        for (String file : List.of(
                "text/unified.npy",
                "text/vt.npy",
                "text/at.npy",
                "image/unified-0.npy",
                "image/vt-0.npy",
                "audio/unified.npy",
                "audio/at.npy")) {
            String space = Path.of(file).getFileName().toString().replaceAll("[-.].*", "");
            int dimension = dimensions.get(space);
            float[] ones = new float[ROWS * dimension];
            Arrays.fill(ones, 1);
            Path target = folder.resolve(file);
            Files.createDirectories(target.getParent());
            NpyArray.of(ones, ROWS, dimension).write(target);
        }
        Path configuration = Files.writeString(
                folder.resolve("my.yaml"), String.join("", Documentation.blocks("docs/assemble-a-space.md", "yaml")));

        Invocation plan = Invocation.of("bind", configuration.toString(), "--dry-run");

        assertThat(plan.exitCode()).as(plan.err()).isEqualTo(ExitCode.DONE);
        assertThat(plan.out()).contains("vt-u", "vt-u-plusplus", "unified");
    }

    @Test
    void theConfigurationsOfTheBaselinesAreValid() throws Exception {
        List<String> blocks = Documentation.blocks("docs/baselines.md", "yaml");

        assertThat(blocks).hasSize(2);
        for (String block : blocks) {
            Path configuration = Files.writeString(folder.resolve("baselines.yaml"), block);
            assertThat(BondGraph.of(new ConfigurationReader().read(configuration))
                            .order())
                    .isNotEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"java", "xml"})
    void theCodeOfTheHowToForPluginsIsTheExamples(String language) throws Exception {
        StringBuilder example = new StringBuilder();
        try (Stream<Path> files = Files.walk(Path.of(System.getProperty("freebind.root"), "examples/encoder-plugin"))) {
            for (Path file : files.filter(file -> file.toString().endsWith("." + language))
                    .toList()) {
                example.append(Files.readString(file).replace("\r\n", "\n"));
            }
        }

        assertThat(Documentation.blocks("docs/write-an-encoder-plugin.md", language))
                .isNotEmpty()
                .allSatisfy(block -> assertThat(example).contains(block));
    }

    @Test
    void theExampleOfAPluginUsesThisVersion() throws Exception {
        assertThat(Path.of(System.getProperty("freebind.root"), "examples/encoder-plugin/pom.xml"))
                .content()
                .contains("<freebind.version>" + InstalledVersion.number() + "</freebind.version>");
    }
}
