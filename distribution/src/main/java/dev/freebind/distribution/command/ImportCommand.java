package dev.freebind.distribution.command;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.configuration.SpaceFile;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.published.CheckpointImport;
import dev.freebind.bonds.published.PublishedLayout;
import dev.freebind.bonds.published.PublishedSpace;
import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.workflow.InstalledVersion;
import dev.freebind.training.run.Provenance;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code freebind import}: published checkpoints into a bound space. */
@Command(
        name = "import",
        description = {
            "Makes a bound space of published projectors: FreeBind's <BOND>/<mode>/best.pt and tuned audio, OmniBind's"
                    + " projectors and routers, the heads of C-MCR and Ex-MCR; PyTorch files or safetensors.",
            "Every tensor has its place or is refused by name."
        })
public final class ImportCommand implements Callable<Integer> {

    private final Console console;
    private final Provider<ConfigurationReader> reader;

    @Parameters(
            index = "0",
            paramLabel = "SOURCE",
            description = "The folder of the checkpoints, or the file if there is one.")
    private Path source = Path.of("");

    @ArgGroup(multiplicity = "1")
    private Space space = new Space();

    /** Exactly one of the two. */
    static final class Space {
        @Option(
                names = "--as",
                paramLabel = "PUBLISHED",
                required = true,
                description =
                        "The published space: imagebind++, internvl-ib, internvl-ib++, internvl-ib-tuned++, c-mcr-clap-clip,"
                                + " c-mcr-ulip-clip, ex-mcr, ex-mcr-clap, ex-mcr-ulip, omnibind-base, omnibind-large,"
                                + " omnibind-full.")
        private @Nullable String published;

        @Option(
                names = "--config",
                paramLabel = "CONFIG",
                required = true,
                description = "Spaces and bonds of your own, without corpora.")
        private @Nullable Path configuration;
    }

    @Option(
            names = "--place",
            paramLabel = "BOND/SOURCE=PATH",
            description =
                    "With --config: where the projectors of a bond's source lie below SOURCE (default: BOND/SOURCE); of a"
                            + " connection, BOND=FILE. May be repeated.")
    private Map<String, String> places = Map.of();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            required = true,
            description = "The bound space's folder; must be empty.")
    private Path output = Path.of("");

    @Inject
    ImportCommand(Console console, Provider<ConfigurationReader> reader) {
        this.console = console;
        this.reader = reader;
    }

    @Override
    public Integer call() {
        BondGraph graph;
        PublishedLayout layout;
        String origin;
        if (space.published != null) {
            if (!places.isEmpty()) {
                throw new InvalidRequestException("--place goes with --config; a published space has its places");
            }
            PublishedSpace published = PublishedSpace.parse(space.published);
            graph = published.graph();
            layout = published.layout(graph);
            origin = published.label();
        } else {
            Path configuration = space.configuration == null ? Path.of("") : space.configuration;
            graph = BondGraph.of(reader.get().read(configuration));
            layout = PublishedLayout.of(graph, places);
            origin = configuration.toString();
        }
        if (layout.projectors().isEmpty()) {
            throw new InvalidRequestException(origin + " has no bond, so there is nothing to import");
        }
        CheckpointImport.Outcome outcome = new CheckpointImport(graph, layout).run(source, output);
        Provenance.imported(
                        graph.configuration(),
                        origin,
                        SpaceFile.text(graph),
                        outcome.files(),
                        InstalledVersion.number(),
                        Clock.systemUTC())
                .write(output);
        console.out()
                .println(output + ": " + outcome.projectors()
                        + (outcome.projectors() == 1 ? " projector" : " projectors")
                        + (outcome.routers() == 0 ? "" : " and " + outcome.routers() + " routers")
                        + (layout.encoders().isEmpty() ? "" : " and a tuned encoder") + " imported from "
                        + outcome.files().size() + (outcome.files().size() == 1 ? " file" : " files"));
        outcome.leftAlone().forEach(file -> console.err().println("not part of " + origin + ": " + file));
        return 0;
    }
}
