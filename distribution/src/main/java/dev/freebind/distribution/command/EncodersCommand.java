package dev.freebind.distribution.command;

import dev.freebind.api.Modality;
import dev.freebind.distribution.console.Console;
import dev.freebind.spi.encoders.EncoderOption;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.spi.encoders.EncoderRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code freebind encoders}: which encoders are installed. */
@Command(
        name = "encoders",
        description = "Lists the installed encoders: name, version, modalities, dimension, jar, licence note.")
public final class EncodersCommand implements Callable<Integer> {

    private final Console console;
    private final Provider<EncoderRegistry> registry;

    @Option(names = "--options", description = "Also list the options of each encoder.")
    private boolean options;

    @Inject
    EncodersCommand(Console console, Provider<EncoderRegistry> registry) {
        this.console = console;
        this.registry = registry;
    }

    @Override
    public Integer call() {
        EncoderRegistry found = registry.get();
        PrintWriter out = console.out();
        if (found.installed().isEmpty()) {
            out.println("No encoders are installed: put their jars into the plugins folder, or name a folder in"
                    + " FREEBIND_PLUGINS. Spaces of embedding files need none.");
        }
        for (EncoderRegistry.Installed installed : found.installed()) {
            print(installed, out);
        }
        for (EncoderRegistry.Broken broken : found.broken()) {
            console.err().println("not usable: " + broken.origin() + ": " + broken.reason());
        }
        return 0;
    }

    private void print(EncoderRegistry.Installed installed, PrintWriter out) {
        EncoderProvider provider = installed.provider();
        out.println(provider.name() + " " + provider.version());
        out.println("  modalities  "
                + provider.modalities().stream().map(Modality::name).collect(Collectors.joining(", ")));
        out.println("  dimension   "
                + (provider.dimension().isPresent() ? provider.dimension().getAsInt() : "depends on the checkpoint"));
        out.println("  from        " + installed.origin());
        if (!provider.licenceNote().isEmpty()) {
            out.println("  licence     " + provider.licenceNote());
        }
        if (options) {
            for (EncoderOption option : provider.options()) {
                out.println("  option      " + option.name() + ": " + option.help() + " ("
                        + option.type().description()
                        + (option.required() ? ", required" : "")
                        + (option.defaultValue() == null ? "" : ", default " + option.defaultValue()) + ")");
            }
        }
    }
}
