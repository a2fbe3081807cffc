package dev.freebind.distribution.command;

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
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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

    @Mixin
    private ItemOptions items = new ItemOptions();

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
        Map<String, Map<String, String>> encoderOptions = items.encoderOptions();
        try (BoundSpace bound =
                BoundSpace.open(folder, device.engines().inference(), device.encoders(registry), encoderOptions)) {
            String into = space == null ? bound.defaultSpace() : space;
            EmbeddingOutput work = EmbeddingOutput.of(
                    bound,
                    into,
                    items.modality(),
                    customisation.customisation(bound.graph(), factors.chosen(bound.graph())));
            Path raw = items.raw();
            long rows = raw == null ? writeEmbedded(work) : writeItems(work, raw, encoderOptions.keySet());
            console.out().println(output + ": " + rows + " rows of " + into);
        }
        return 0;
    }

    private long writeItems(EmbeddingOutput work, Path raw, Set<String> spacesWithOptions) {
        work.checkEncoderOptions(spacesWithOptions);
        return work.write(ItemList.read(raw, items.modality()), output, progress.get());
    }

    private long writeEmbedded(EmbeddingOutput work) {
        work.checkLeaves(items.embeddings().keySet());
        Map<String, EmbeddingShards> opened = new LinkedHashMap<>();
        try {
            items.embeddings().forEach((leaf, files) -> opened.put(leaf, EmbeddingFiles.open(List.of(files))));
            return work.write(Map.copyOf(opened), output, progress.get());
        } finally {
            opened.values().forEach(EmbeddingShards::close);
        }
    }
}
