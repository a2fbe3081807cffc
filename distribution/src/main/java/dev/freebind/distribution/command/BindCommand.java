package dev.freebind.distribution.command;

import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.configuration.DataCheck;
import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.workflow.Binding;
import dev.freebind.distribution.workflow.Encoding;
import dev.freebind.encoding.EncodingPlan;
import dev.freebind.encoding.EncodingRun;
import dev.freebind.spi.encoders.EncoderRegistry;
import dev.freebind.training.run.BindOptions;
import dev.freebind.training.run.BindPlan;
import dev.freebind.training.run.BindRun;
import dev.freebind.training.run.MissingEmbeddings;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code freebind bind}: from a configuration to a bound space. */
@Command(
        name = "bind",
        description = {
            "Encodes what is missing, collects pseudo pairs, trains every bond of a configuration, and writes the bound space.",
            "Interrupting loses at most the step in flight; --resume continues to the same bytes."
        })
public final class BindCommand implements Callable<Integer> {

    private final Console console;
    private final Provider<ConfigurationReader> reader;
    private final Provider<EncoderRegistry> registry;
    private final Provider<Progress> progress;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "CONFIG", description = "The configuration file.")
    private Path configurationFile = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "The bound space's folder; required unless --dry-run. Must be empty unless --resume.")
    private @Nullable Path output;

    @Option(names = "--resume", description = "Continue what an earlier run left in the output folder, or start.")
    private boolean resume;

    @Option(names = "--only", paramLabel = "BOND", description = "Train this bond only, with the bonds it builds on.")
    private @Nullable String only;

    @Option(names = "--dry-run", description = "Print what would be encoded, graph, plan and cost, and do nothing.")
    private boolean dryRun;

    @Option(
            names = "--limit",
            paramLabel = "ROWS",
            description = "Use only the first rows of every corpus, to try a configuration out.")
    private @Nullable Long limit;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Inject
    @SuppressWarnings("NullAway.Init") // picocli sets the spec before it calls anything
    BindCommand(
            Console console,
            Provider<ConfigurationReader> reader,
            Provider<EncoderRegistry> registry,
            Provider<Progress> progress) {
        this.console = console;
        this.registry = registry;
        this.reader = reader;
        this.progress = progress;
    }

    @Override
    public Integer call() {
        BindOptions options = new BindOptions(resume, only, limit == null ? Long.MAX_VALUE : limit);
        Path folder = output;
        if (folder == null && !dryRun) {
            throw new ParameterException(spec.commandLine(), "Missing required option: '--output=DIR'");
        }
        Configuration written = reader.get().read(configurationFile);
        EncodingRun encoder = new Encoding(device.encoders(registry), progress.get()).corpora(written, options.limit());
        EncodingPlan encoded = encoder.plan();
        Map<String, Integer> dimensions = encoder.dimensions();
        Configuration configuration = written.withEncoderDimensions(dimensions);
        DataCheck.ShapeReader shapes = Encoding.shapes(encoded, dimensions);
        if (folder == null || dryRun) {
            MissingEmbeddings missing = MissingEmbeddings.of(configuration);
            BindPlan plan = BindRun.plan(
                    configuration, options, files -> shapes.shape(files).or(() -> missing.shape(files)));
            if (encoded.toEncode() == 0) {
                missing.note().ifPresent(note -> console.err().println("note: " + note));
            }
            encoded.notes().forEach(note -> console.err().println("note: " + note));
            console.out().print(encoded.toEncode() == 0 ? "" : encoded.describe() + "\n");
            console.out().print(plan.describe(device.cores()));
            console.out().flush();
            return 0;
        }
        BindRun.plan(configuration, options, shapes); // before hours of encoding
        BindRun.checkOutput(folder, options);
        encoder.run().notes().forEach(note -> console.err().println("note: " + note));
        BindRun.Outcome outcome = Binding.run(
                configuration,
                folder,
                options,
                device.engines(),
                Binding.items(device.encoders(registry)),
                progress.get());
        outcome.plan().warnings().forEach(warning -> console.err().println("warning: " + warning));
        if (outcome.complete()) {
            outcome.presets()
                    .kept()
                    .keySet()
                    .forEach(name -> console.err()
                            .println("note: preset '" + name + "', which only " + folder + "/space.yaml had, is kept"));
            outcome.presets()
                    .dropped()
                    .forEach((name, why) -> console.err()
                            .println("warning: preset '" + name + "' of the bound space is dropped, " + why));
        }
        console.out().println(describe(folder, outcome));
        return 0;
    }

    private static String describe(Path folder, BindRun.Outcome outcome) {
        return folder + ": " + outcome.trained() + " projectors trained"
                + (outcome.reused() == 0 ? "" : ", " + outcome.reused() + " kept from an earlier run")
                + (outcome.complete() ? "" : "; not complete yet: other bonds follow with --resume");
    }
}
