package dev.freebind.distribution.command;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.distribution.StopSignal;
import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.workflow.OpenedIndexes;
import dev.freebind.search.SpaceSearch;
import dev.freebind.search.index.IndexFolder;
import dev.freebind.search.server.SearchServer;
import dev.freebind.search.server.ServedGallery;
import dev.freebind.search.server.ServerLimits;
import dev.freebind.search.server.ServerSettings;
import dev.freebind.spi.encoders.EncoderRegistry;
import dev.freebind.training.BoundSpace;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code freebind serve}: search over HTTP, with a page for people. */
@Command(
        name = "serve",
        description = {
            "Serves a search page, and the routes of clip-retrieval, until it is interrupted.",
            "Ctrl-C and SIGTERM let the requests under way end; the exit code is 0 then.",
            "Listens on this machine only unless --host says otherwise; fetches no addresses, and shows no files but the images"
                    + " and sounds that metadata name below the media folders."
        })
public final class ServeCommand implements Callable<Integer> {

    private static final int HIGHEST_PORT = 65_535;

    private final Console console;
    private final Provider<EncoderRegistry> registry;

    @Parameters(index = "0", paramLabel = "DIR", description = "The bound space's folder.")
    private Path folder = Path.of("");

    @Option(
            names = "--index",
            paramLabel = "INDEX",
            required = true,
            description = "Serve what `index` wrote; may be repeated.")
    private List<Path> indexes = List.of();

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "1234",
            description = "The port to listen on; 0 for any that is free (default: 1234).")
    private int port;

    @Option(
            names = "--host",
            paramLabel = "HOST",
            defaultValue = "127.0.0.1",
            description =
                    "The address to listen on; anything but a loopback address lets others search and see the items"
                            + " (default: 127.0.0.1).")
    private String host = "127.0.0.1";

    @Option(
            names = "--allow-host",
            paramLabel = "NAME",
            description = "A name, besides localhost, that browsers may use for this server; may be repeated.")
    private List<String> allowedHosts = List.of();

    @Option(
            names = "--media",
            paramLabel = "FOLDER",
            description =
                    "Also show files of this folder; may be repeated (default: the indexes' media folders alone).")
    private List<Path> media = List.of();

    @Option(
            names = "--option",
            paramLabel = "SPACE.KEY=VALUE",
            description = "An encoder option, in place of the configured one; may be repeated.")
    private Map<String, String> options = Map.of();

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Inject
    ServeCommand(Console console, Provider<EncoderRegistry> registry) {
        this.console = console;
        this.registry = registry;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (port < 0 || port > HIGHEST_PORT) {
            throw new InvalidRequestException("--port " + port + ": ports go from 0 to " + HIGHEST_PORT);
        }
        for (Path shown : media) {
            if (!Files.isDirectory(shown)) {
                throw new InvalidRequestException("--media " + shown + ": there is no such folder");
            }
        }
        try (StopSignal stop = StopSignal.listen();
                BoundSpace bound = BoundSpace.open(
                        folder,
                        device.engines().inference(),
                        device.encoders(registry),
                        EncoderOptionValues.bySpace(options));
                OpenedIndexes opened = OpenedIndexes.open(bound, indexes)) {
            ServerSettings settings = new ServerSettings(
                    new InetSocketAddress(host, port),
                    Set.copyOf(allowedHosts),
                    mediaFolders(opened),
                    ServerLimits.DEFAULT);
            SpaceSearch search = new SpaceSearch(opened.space(), opened.galleries(), device.threads());
            if (!opened.space().encodable().isEmpty()) {
                bound.inference(); // loads TensorFlow now rather than while the first visitor waits
            }
            try (SearchServer server = SearchServer.start(search, served(opened), settings)) {
                announce(server, settings);
                stop.await();
            }
        }
        return 0;
    }

    private List<Path> mediaFolders(OpenedIndexes opened) {
        Set<Path> folders = new LinkedHashSet<>();
        for (IndexFolder index : opened.indexes()) {
            Path shown = index.manifest().media();
            if (shown != null) {
                folders.add(shown);
            }
        }
        media.forEach(shown -> folders.add(shown.toAbsolutePath().normalize()));
        return List.copyOf(folders);
    }

    private static List<ServedGallery> served(OpenedIndexes opened) {
        List<ServedGallery> galleries = new ArrayList<>();
        for (IndexFolder index : opened.indexes()) {
            galleries.add(new ServedGallery(index.gallery(), index.manifest().base()));
        }
        return galleries;
    }

    private void announce(SearchServer server, ServerSettings settings) {
        for (Path shown : settings.media()) {
            console.err().println("shows images and sounds of " + shown);
        }
        if (!settings.isLoopback()) {
            console.err()
                    .println("listens on " + host + ": whoever reaches this machine can search, without a password");
        }
        console.err().flush();
        console.out().println(server.address());
        console.out().flush();
    }
}
