package dev.freebind.distribution.command;

import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.workflow.Demo;
import dev.freebind.distribution.workflow.Engines;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code freebind demo}: the main job on a sample world. */
@Command(
        name = "demo",
        description = {
            "Makes a sample world, binds it, evaluates it, prints the results and writes an HTML report.",
            "Takes about a minute on two cores. Run it again to continue or repeat it."
        })
public final class DemoCommand implements Callable<Integer> {

    private final Console console;
    private final Provider<ConfigurationReader> reader;
    private final Provider<Progress> progress;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            defaultValue = "freebind-demo",
            description = "Where to put the world, the bound space and the report (default: freebind-demo).")
    private Path output = Path.of("freebind-demo");

    @Option(names = "--seed", paramLabel = "N", defaultValue = "7", description = "Decides the world (default: 7).")
    private long seed;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Inject
    DemoCommand(Console console, Provider<ConfigurationReader> reader, Provider<Progress> progress) {
        this.console = console;
        this.reader = reader;
        this.progress = progress;
    }

    @Override
    public Integer call() {
        Engines engines = device.engines();
        Demo.Result result = new Demo(output, seed, reader.get(), engines, progress.get()).run();
        ResultOutput.print(console, result.results());
        console.out().println();
        console.out().println("Configuration  " + result.configuration());
        console.out().println("Bound space    " + result.space());
        console.out().println("Results        " + result.json());
        console.out().println("Report         " + result.report());
        return 0;
    }
}
