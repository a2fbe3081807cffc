package dev.freebind.distribution.command;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.workflow.EmbeddingOutput;
import dev.freebind.distribution.workflow.ItemList;
import dev.freebind.formats.npy.EmbeddingFiles;
import dev.freebind.formats.npy.EmbeddingShards;
import dev.freebind.spi.encoders.EncoderRegistry;
import dev.freebind.training.BoundSpace;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code freebind embed}: items into a bound space. */
@Command(
        name = "embed",
        description = {
            "Embeds items into a bound space: raw items through the encoders of its leaf spaces (--items), or embeddings that"
                    + " the leaf spaces have made already (--embeddings)."
        })
public final class EmbedCommand implements Callable<Integer> {

    private final Console console;
    private final Provider<EncoderRegistry> registry;
    private final Provider<Progress> progress;

    @Parameters(index = "0", paramLabel = "DIR", description = "The bound space's folder.")
    private Path folder = Path.of("");

    @Option(
            names = "--space",
            paramLabel = "S",
            description =
                    "The product or leaf space to embed into (default: the bond with the configuration's name, or the only"
                            + " one that no other bond is made of).")
    private @Nullable String space;

    @Option(names = "--modality", paramLabel = "M", required = true, description = "The items' modality.")
    private String modality = "";

    @ArgGroup(multiplicity = "1")
    private Input input = new Input();

    /** Exactly one of the two. */
    static final class Input {
        @Option(
                names = "--items",
                paramLabel = "FILE",
                required = true,
                description =
                        "Raw items: a text file with one in each line (a text, or a path relative to the file), a table, a"
                                + " pattern or a folder, as 'items:' of a configuration.")
        private @Nullable Path items;

        @Option(
                names = "--embeddings",
                paramLabel = "SPACE=FILE.npy",
                required = true,
                description =
                        "The items' embeddings in a leaf space, a file or a glob; once for every leaf that is needed.")
        private Map<String, String> embeddings = Map.of();
    }

    @Option(
            names = "--option",
            paramLabel = "SPACE.KEY=VALUE",
            description = "An encoder option for --items, in place of the configured one; may be repeated.")
    private Map<String, String> options = Map.of();

    @Mixin
    private FactorOptions factors = new FactorOptions();

    @Mixin
    private CustomisationOptions customisation = new CustomisationOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT.npy",
            required = true,
            description = "Where to write the embeddings; a manifest is written beside it.")
    private Path output = Path.of("");

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Inject
    EmbedCommand(Console console, Provider<EncoderRegistry> registry, Provider<Progress> progress) {
        this.console = console;
        this.registry = registry;
        this.progress = progress;
    }

    @Override
    public Integer call() {
        Path items = input.items;
        if (items == null && !options.isEmpty()) {
            throw new InvalidRequestException("--option sets up encoders, which --embeddings does not use;"
                    + " give --items, or leave --option out");
        }
        try (BoundSpace bound = BoundSpace.open(
                folder,
                device.engines().inference(),
                device.encoders(registry),
                EncoderOptionValues.bySpace(options))) {
            String into = space == null ? bound.defaultSpace() : space;
            EmbeddingOutput work = EmbeddingOutput.of(
                    bound,
                    into,
                    new Modality(modality),
                    customisation.customisation(bound.graph(), factors.chosen(bound.graph())));
            long rows = items == null ? writeEmbedded(work) : writeItems(work, items);
            console.out().println(output + ": " + rows + " rows of " + into);
        }
        return 0;
    }

    private long writeItems(EmbeddingOutput work, Path items) {
        work.checkEncoderOptions(EncoderOptionValues.bySpace(options).keySet());
        return work.write(ItemList.read(items, new Modality(modality)), output, progress.get());
    }

    private long writeEmbedded(EmbeddingOutput work) {
        work.checkLeaves(input.embeddings.keySet());
        Map<String, EmbeddingShards> opened = new LinkedHashMap<>();
        try {
            input.embeddings.forEach((leaf, files) -> opened.put(leaf, EmbeddingFiles.open(List.of(files))));
            return work.write(Map.copyOf(opened), output, progress.get());
        } finally {
            opened.values().forEach(EmbeddingShards::close);
        }
    }
}
