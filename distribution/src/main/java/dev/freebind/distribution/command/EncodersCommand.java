package dev.freebind.distribution.command;

import dev.freebind.api.Modality;
import dev.freebind.distribution.ExitCode;
import dev.freebind.distribution.console.Console;
import dev.freebind.spi.encoders.EncoderDescription;
import dev.freebind.spi.encoders.EncoderOption;
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
        description = {
            "Lists the installed encoders: name, version, modalities, dimension, jar, licence note; and the plugins that"
                    + " cannot be used, with the reason.",
            "Exit code 2 if several encoders have one name."
        })
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
        if (!found.broken().isEmpty()) {
            out.println("not usable:");
            for (EncoderRegistry.Broken broken : found.broken()) {
                out.println("  " + broken.origin());
                out.println("    " + broken.reason());
            }
        }
        found.conflicts().forEach(conflict -> console.err().println("freebind: " + conflict));
        return found.conflicts().isEmpty() ? ExitCode.DONE : ExitCode.WRONG_REQUEST;
    }

    private void print(EncoderRegistry.Installed installed, PrintWriter out) {
        EncoderDescription encoder = installed.description();
        out.println(encoder.name() + " " + encoder.version());
        out.println("  modalities  "
                + encoder.modalities().stream().map(Modality::name).collect(Collectors.joining(", ")));
        out.println("  dimension   "
                + (encoder.dimension().isPresent() ? encoder.dimension().getAsInt() : "depends on the checkpoint"));
        out.println("  from        " + installed.origin());
        if (!encoder.licenceNote().isEmpty()) {
            out.println("  licence     " + encoder.licenceNote());
        }
        if (options) {
            for (EncoderOption option : encoder.options()) {
                out.println("  option      " + option.name() + ": " + option.help() + " ("
                        + option.values()
                        + (option.required() ? ", required" : "")
                        + (option.defaultValue() == null ? "" : ", default " + option.defaultValue()) + ")");
            }
        }
    }
}
