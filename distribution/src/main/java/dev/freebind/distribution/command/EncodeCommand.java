package dev.freebind.distribution.command;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.workflow.Encoding;
import dev.freebind.encoding.EncodingOptions;
import dev.freebind.encoding.EncodingPlan;
import dev.freebind.encoding.EncodingRun;
import dev.freebind.encoding.output.Layout;
import dev.freebind.formats.ElementType;
import dev.freebind.spi.encoders.EncoderRegistry;
import dev.freebind.training.TunedEncoders;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code freebind encode}: raw items to embedding files. */
@Command(
        name = "encode",
        description = {
            "Encodes the raw items of a configuration (texts, images, sounds, …) into embedding files, one space at a time.",
            "Only what is missing or has changed is encoded; after an interruption, run it again."
        })
public final class EncodeCommand implements Callable<Integer> {

    private final Console console;
    private final Provider<ConfigurationReader> reader;
    private final Provider<EncoderRegistry> registry;
    private final Provider<Progress> progress;

    @Parameters(
            index = "0",
            paramLabel = "CONFIG",
            description =
                    "The configuration file. Or the folder of a bound space: then its tuned encoders encode as well, into"
                            + " CONFIG/embeddings/.")
    private Path configuration = Path.of("");

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description =
                    "With the folder of a bound space: encode the corpora and tasks of this configuration instead.")
    private @Nullable Path itemsFrom;

    @Option(names = "--space", paramLabel = "S", description = "Only this space; may be repeated (default: all).")
    private List<String> spaces = List.of();

    @Option(
            names = "--corpus",
            paramLabel = "C",
            description = "Only this corpus or evaluation task; may be repeated (default: all).")
    private List<String> corpora = List.of();

    @Option(
            names = "--skip-broken",
            description =
                    "Leave out items of corpora that cannot be encoded, in every space, and list them in the manifest;"
                            + " without it the first one stops the run.")
    private boolean skipBroken;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            converter = TypeConverter.class,
            description = "float32 or float16 (default: float32, or as before).")
    private @Nullable ElementType type;

    @Option(
            names = "--layout",
            paramLabel = "LAYOUT",
            converter = LayoutConverter.class,
            description = "plain or clip-retrieval (img_emb/img_emb_0.npy, …) (default: plain, or as before).")
    private @Nullable Layout layout;

    @Option(
            names = "--shard-items",
            paramLabel = "N",
            description = "Items in each shard; an interruption loses at most one (default: 10000, or as before).")
    private @Nullable Integer shardItems;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "Encode only the first items of every corpus, to try it out.")
    private @Nullable Long limit;

    @Option(names = "--dry-run", description = "Print what would be encoded, and do nothing.")
    private boolean dryRun;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Inject
    EncodeCommand(
            Console console,
            Provider<ConfigurationReader> reader,
            Provider<EncoderRegistry> registry,
            Provider<Progress> progress) {
        this.console = console;
        this.reader = reader;
        this.registry = registry;
        this.progress = progress;
    }

    @Override
    public Integer call() {
        if (shardItems != null && shardItems < 1) {
            throw new InvalidRequestException("--shard-items " + shardItems + ": a shard has at least one item");
        }
        EncodingOptions options = new EncodingOptions(
                Set.copyOf(spaces),
                Set.copyOf(corpora),
                limit == null ? Long.MAX_VALUE : limit,
                type,
                shardItems == null ? 0 : shardItems,
                layout,
                skipBroken,
                true,
                device.threads());
        EncodingRun run = new Encoding(device.encoders(registry), progress.get()).everything(configuration(), options);
        if (dryRun) {
            EncodingPlan plan = run.plan();
            plan.notes().forEach(note -> console.err().println("note: " + note));
            console.out().print(plan.toEncode() == 0 ? "nothing to encode\n" : plan.describe());
            console.out().flush();
            return 0;
        }
        EncodingRun.Outcome outcome = run.run();
        outcome.notes().forEach(note -> console.err().println("note: " + note));
        for (int i = 0; i < outcome.rows().size(); i++) {
            console.out()
                    .println(describe(
                            outcome.plan().entries().get(i), outcome.rows().get(i)));
        }
        return 0;
    }

    private Configuration configuration() {
        if (!Files.isDirectory(configuration)) {
            if (itemsFrom != null) {
                throw new InvalidRequestException("--config goes with the folder of a bound space, and " + configuration
                        + " is none; name one configuration");
            }
            return reader.get().read(configuration);
        }
        BondGraph graph = BondGraph.of(reader.get().readBoundSpace(configuration));
        return new TunedEncoders(graph, configuration)
                .in(itemsFrom == null ? graph.configuration() : reader.get().read(itemsFrom));
    }

    private static String describe(EncodingPlan.Entry entry, long rows) {
        return String.format(
                Locale.ROOT,
                "%s: %,d rows of %s.%s, %s",
                EncodingPlan.shown(entry.place()),
                rows,
                entry.space(),
                entry.modality(),
                entry.toEncode() == 0
                        ? "up to date"
                        : String.format(Locale.ROOT, "%,d encoded", Math.min(rows, entry.toEncode())));
    }

    /** Reads the names that manifests use. */
    static final class TypeConverter implements ITypeConverter<ElementType> {
        @Override
        public ElementType convert(String value) {
            return switch (value) {
                case "float32" -> ElementType.F32;
                case "float16" -> ElementType.F16;
                default -> throw new TypeConversionException("'" + value + "' is not float32 or float16");
            };
        }
    }

    /** Reads the names that the documentation gives. */
    static final class LayoutConverter implements ITypeConverter<Layout> {
        @Override
        public Layout convert(String value) {
            try {
                return Layout.parse(value);
            } catch (InvalidRequestException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
