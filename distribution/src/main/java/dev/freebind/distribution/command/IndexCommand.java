package dev.freebind.distribution.command;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.Exclusion;
import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.workflow.GalleryFiles;
import dev.freebind.distribution.workflow.InstalledVersion;
import dev.freebind.distribution.workflow.ItemList;
import dev.freebind.distribution.workflow.SearchedBoundSpace;
import dev.freebind.formats.ElementType;
import dev.freebind.search.Gallery;
import dev.freebind.search.index.IndexManifest;
import dev.freebind.search.index.IndexWriter;
import dev.freebind.spi.encoders.EncoderRegistry;
import dev.freebind.training.BoundSpace;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code freebind index}: a gallery, embedded once and kept with its metadata. */
@Command(
        name = "index",
        description = {
            "Embeds a gallery once and keeps it, with its metadata, for `search` and `serve`.",
            "Search in an index is exact. Embeddings of the searched space itself, --embeddings S=FILE.npy alone, are taken as"
                    + " they are."
        })
public final class IndexCommand implements Callable<Integer> {

    private final Console console;
    private final Provider<EncoderRegistry> registry;
    private final Provider<Progress> progress;

    @Parameters(index = "0", paramLabel = "DIR", description = "The bound space's folder.")
    private Path folder = Path.of("");

    @Option(
            names = "--space",
            paramLabel = "S",
            description =
                    "The product or leaf space to search in (default: the bond with the configuration's name, or the only"
                            + " one that no other bond is made of).")
    private @Nullable String space;

    @Mixin
    private ItemOptions items = new ItemOptions();

    @Option(
            names = "--metadata",
            paramLabel = "FILE",
            description =
                    "What is known about the items, in the same order: JSON lines, CSV, Parquet, text lines, a glob or a folder;"
                            + " may be repeated (default: with --items, the items).")
    private List<String> metadata = List.of();

    @Option(
            names = "--media",
            paramLabel = "FOLDER",
            description =
                    "The only folder that `serve` shows files of (default: the deepest that holds all files that the"
                            + " metadata names).")
    private @Nullable Path media;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "What queries and results call it (default: the output folder's name).")
    private @Nullable String name;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            defaultValue = "float32",
            description = "float32, or float16 for half the size (default: float32).")
    private String type = "float32";

    @Mixin
    private FactorOptions factors = new FactorOptions();

    @Mixin
    private CustomisationOptions customisation = new CustomisationOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "INDEX",
            required = true,
            description = "The index's folder; must be empty.")
    private Path output = Path.of("");

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Inject
    IndexCommand(Console console, Provider<EncoderRegistry> registry, Provider<Progress> progress) {
        this.console = console;
        this.registry = registry;
        this.progress = progress;
    }

    @Override
    public Integer call() {
        ElementType dtype = dtype();
        Map<String, Map<String, String>> encoderOptions = items.encoderOptions();
        if (media != null && !Files.isDirectory(media)) {
            throw new InvalidRequestException("--media " + media + ": there is no such folder");
        }
        String called = name();
        IndexWriter.checkEmpty(output);
        try (BoundSpace bound =
                BoundSpace.open(folder, device.engines().inference(), device.encoders(registry), encoderOptions)) {
            SearchedBoundSpace searched = new SearchedBoundSpace(
                    bound,
                    space == null ? bound.defaultSpace() : space,
                    customisation.customisation(bound.graph(), factors.chosen(bound.graph())));
            try (GalleryFiles files = files(searched, called)) {
                Gallery gallery = files.gallery();
                IndexWriter.write(gallery, manifest(searched, files), output, dtype, progress.get());
                console.out()
                        .println(output + ": " + gallery.embeddings().rows() + " rows of "
                                + searched.space().name());
            }
        }
        return 0;
    }

    private ElementType dtype() {
        return switch (type) {
            case "float32" -> ElementType.F32;
            case "float16" -> ElementType.F16;
            default ->
                throw new InvalidRequestException("--dtype " + type + " is not known; there are: float32, float16");
        };
    }

    private String name() {
        if (name != null) {
            return name;
        }
        String last = String.valueOf(output.toAbsolutePath().normalize().getFileName());
        if (!EmbeddingSpace.isName(last)) {
            throw new InvalidRequestException(
                    "'" + last + "' cannot be an index's name (lower-case letters, digits, '.',"
                            + " '_' and '-'); give another with --name");
        }
        return last;
    }

    private GalleryFiles files(SearchedBoundSpace searched, String called) {
        Path raw = items.raw();
        Modality modality = items.modality();
        return raw == null
                ? GalleryFiles.ofEmbeddings(searched, called, modality, items.embeddings(), metadata)
                : GalleryFiles.ofItems(searched, called, modality, ItemList.read(raw, modality), metadata);
    }

    private IndexManifest manifest(SearchedBoundSpace searched, GalleryFiles files) {
        Customisation chosen = searched.customisation();
        Path raw = items.raw();
        Path base =
                raw == null ? files.folder() : raw.toAbsolutePath().normalize().getParent();
        return new IndexManifest(
                files.gallery().name(),
                files.gallery().modality(),
                searched.space().name(),
                searched.space().dimension(),
                files.gallery().embeddings().rows(),
                chosen.factors().toString(),
                chosen.without().stream().map(Exclusion::toString).toList(),
                chosen.projectors().toString(),
                searched.fingerprint(),
                base,
                media == null ? null : media.toAbsolutePath().normalize(),
                InstalledVersion.number());
    }
}
