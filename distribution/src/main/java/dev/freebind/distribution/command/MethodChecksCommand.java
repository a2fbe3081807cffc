package dev.freebind.distribution.command;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.sample.SampleSize;
import dev.freebind.distribution.workflow.MethodChecks;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code freebind method-checks}: comparisons of ways to bind on a sample world. */
@Command(
        name = "method-checks",
        description = {
            "Compares ways to bind on a sample world and prints recall@1 in percent with 95 %% intervals, as Markdown tables.",
            "Takes some minutes on two cores. Run it again to continue or repeat it."
        })
public final class MethodChecksCommand implements Callable<Integer> {

    private final Console console;
    private final Provider<ConfigurationReader> reader;
    private final Provider<Progress> progress;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            defaultValue = "freebind-method-checks",
            description = "Where to put the world, the bound spaces and the page (default: freebind-method-checks).")
    private Path output = Path.of("freebind-method-checks");

    @Option(names = "--seed", paramLabel = "N", defaultValue = "7", description = "Decides the world (default: 7).")
    private long seed;

    @Option(
            names = "--only",
            paramLabel = "NAME",
            split = ",",
            completionCandidates = Comparisons.class,
            description = "Make these comparisons only: ${COMPLETION-CANDIDATES}.")
    private List<String> only = List.of();

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Inject
    MethodChecksCommand(Console console, Provider<ConfigurationReader> reader, Provider<Progress> progress) {
        this.console = console;
        this.reader = reader;
        this.progress = progress;
    }

    @Override
    public Integer call() {
        Path page = new MethodChecks(output, seed, SampleSize.DEMO, reader.get(), device.engines(), progress.get())
                .run(chosen());
        try {
            console.out().print(Files.readString(page));
        } catch (IOException e) {
            throw new DataException(page + ": cannot be read: " + e.getMessage(), e);
        }
        console.out().println("Page  " + page);
        return 0;
    }

    private List<MethodChecks.Comparison> chosen() {
        List<String> names = new Comparisons().names();
        for (String name : only) {
            if (!names.contains(name)) {
                throw new InvalidRequestException(
                        "--only " + name + ": there is no such comparison; there are " + String.join(", ", names));
            }
        }
        return MethodChecks.ALL.stream()
                .filter(comparison -> only.isEmpty() || only.contains(comparison.name()))
                .toList();
    }

    /** The names that {@code --only} takes. */
    private static final class Comparisons implements Iterable<String> {

        List<String> names() {
            return MethodChecks.ALL.stream().map(MethodChecks.Comparison::name).toList();
        }

        @Override
        public Iterator<String> iterator() {
            return names().iterator();
        }
    }
}
