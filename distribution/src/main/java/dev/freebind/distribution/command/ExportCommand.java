package dev.freebind.distribution.command;

import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.published.CheckpointExport;
import dev.freebind.bonds.published.PublishedLayout;
import dev.freebind.bonds.published.PublishedSpace;
import dev.freebind.distribution.console.Console;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code freebind export}: a bound space's networks as the checkpoints of the official Python code. */
@Command(
        name = "export",
        description = {
            "Writes the projectors and routers of a bound space as checkpoints with the official names, for the official Python"
                    + " classes: BOND/SOURCE/<mode>/best.pt for FreeBind's projectors.",
            "A tuned encoder goes into one file with its projectors, BOND/<modality>_with_head.pt, as FreeBind's class of tuned"
                    + " spaces loads it.",
            "What it writes can be imported again, to the same bytes."
        })
public final class ExportCommand implements Callable<Integer> {

    private final Console console;
    private final Provider<ConfigurationReader> reader;

    @Parameters(index = "0", paramLabel = "DIR", description = "The bound space's folder.")
    private Path folder = Path.of("");

    @Option(
            names = "--as",
            paramLabel = "PUBLISHED",
            description =
                    "Write the files of this published space (see import), whose bonds and spaces DIR must have: for a space"
                            + " that was imported.")
    private @Nullable String published;

    @Option(
            names = "--place",
            paramLabel = "BOND/SOURCE=PATH",
            description =
                    "Another folder for the projectors of a bond's source; of a connection or a tuned encoder, BOND=FILE. May be"
                            + " repeated.")
    private Map<String, String> places = Map.of();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "pt",
            description = "pt or safetensors (default: ${DEFAULT-VALUE}).")
    private CheckpointExport.Format format = CheckpointExport.Format.PT;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            required = true,
            description = "The folder to write to; must be empty.")
    private Path output = Path.of("");

    @Inject
    ExportCommand(Console console, Provider<ConfigurationReader> reader) {
        this.console = console;
        this.reader = reader;
    }

    @Override
    public Integer call() {
        BondGraph graph = BondGraph.of(reader.get().readBoundSpace(folder));
        PublishedLayout layout = published == null
                ? PublishedLayout.of(graph, places)
                : PublishedSpace.parse(published).layout(graph);
        List<Path> written = new CheckpointExport(folder, layout, format).run(output);
        console.out()
                .println(output + ": "
                        + Stream.of(
                                        counted(layout.projectors().size(), "projector"),
                                        counted(layout.routers().size(), "router"),
                                        counted(layout.encoders().size(), "tuned encoder"))
                                .filter(part -> !part.startsWith("0"))
                                .collect(Collectors.joining(", "))
                        + " in " + counted(written.size(), "file"));
        return 0;
    }

    private static String counted(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
