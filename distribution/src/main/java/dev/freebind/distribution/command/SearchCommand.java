package dev.freebind.distribution.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.workflow.GalleryFiles;
import dev.freebind.distribution.workflow.OpenedIndexes;
import dev.freebind.distribution.workflow.SearchedBoundSpace;
import dev.freebind.formats.AtomicFile;
import dev.freebind.search.Gallery;
import dev.freebind.search.Hit;
import dev.freebind.search.HitTable;
import dev.freebind.search.HitsJson;
import dev.freebind.search.QueryInputs;
import dev.freebind.search.SpaceSearch;
import dev.freebind.search.query.Query;
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

/** {@code freebind search}: the items nearest to a query of any modality, or to a signed combination of several. */
@Command(
        name = "search",
        description = {
            "Finds the items of a gallery nearest to a query of any modality, or to a signed combination of several.",
            "Queries: 'image:a.jpg - 0.5*text:\"a cat\" + audio:rain.wav'; 'row:17', an item of the gallery;"
                    + " 'npy:FILE#17', a row of embeddings of the searched space; 'audio@LEAF:FILE#17', of a leaf space;"
                    + " without colon and quotes, a text."
        })
public final class SearchCommand implements Callable<Integer> {

    /** Width of the table where there is no terminal to ask. */
    private static final int WIDTH = 100;

    private final Console console;
    private final Provider<EncoderRegistry> registry;
    private final Provider<Progress> progress;

    @Parameters(index = "0", paramLabel = "DIR", description = "The bound space's folder.")
    private Path folder = Path.of("");

    @Parameters(index = "1", paramLabel = "QUERY", description = "What to search for.")
    private String query = "";

    @ArgGroup(multiplicity = "1")
    private Where where = new Where();

    /** Exactly one of the two. */
    static final class Where {
        @Option(
                names = "--index",
                paramLabel = "INDEX",
                required = true,
                description = "Search in what `index` wrote; may be repeated.")
        private List<Path> indexes = List.of();

        @ArgGroup(exclusive = false)
        private @Nullable Files files;
    }

    /** A gallery without an index. */
    static final class Files {
        @Option(names = "--modality", paramLabel = "M", required = true, description = "The gallery's modality.")
        private String modality = "";

        @Option(
                names = "--embeddings",
                paramLabel = "SPACE=FILE.npy",
                required = true,
                description =
                        "The gallery's embeddings in a leaf space, a file, a glob or a folder of clip-retrieval; once"
                                + " for every leaf that is needed. Or, once, embeddings of the searched space itself.")
        private Map<String, String> embeddings = Map.of();

        @Option(
                names = "--metadata",
                paramLabel = "FILE",
                description =
                        "What is known about the gallery's items, in the same order: JSON lines, CSV, Parquet, text lines, a"
                                + " glob or a folder; may be repeated.")
        private List<String> metadata = List.of();
    }

    @Option(
            names = "--space",
            paramLabel = "S",
            description =
                    "The product or leaf space to search in (default: the bond with the configuration's name, or the only"
                            + " one that no other bond is made of; with --index, the index's).")
    private @Nullable String space;

    @Option(names = "-k", paramLabel = "N", defaultValue = "10", description = "How many items to find (default: 10).")
    private int k = 10;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the items with all their metadata as JSON.")
    private @Nullable Path json;

    @Option(
            names = "--option",
            paramLabel = "SPACE.KEY=VALUE",
            description = "An encoder option, in place of the configured one; may be repeated.")
    private Map<String, String> options = Map.of();

    @Mixin
    private FactorOptions factors = new FactorOptions();

    @Mixin
    private CustomisationOptions customisation = new CustomisationOptions();

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Inject
    SearchCommand(Console console, Provider<EncoderRegistry> registry, Provider<Progress> progress) {
        this.console = console;
        this.registry = registry;
        this.progress = progress;
    }

    @Override
    public Integer call() {
        Query parsed = Query.parse(query);
        if (k < 1) {
            throw new InvalidRequestException("-k " + k + ": ask for 1 item at least");
        }
        try (BoundSpace bound = BoundSpace.open(
                folder,
                device.engines().inference(),
                device.encoders(registry),
                EncoderOptionValues.bySpace(options))) {
            Files files = where.files;
            if (files == null) {
                searchIndexes(bound, parsed);
            } else {
                searchFiles(bound, files, parsed);
            }
        }
        return 0;
    }

    private void searchIndexes(BoundSpace bound, Query parsed) {
        if (factors.isGiven() || customisation.isGiven()) {
            throw new InvalidRequestException(
                    "an index has its factors, experts and projectors; leave --preset, --factors,"
                            + " --without and --projectors out, or make another index with them");
        }
        try (OpenedIndexes opened = OpenedIndexes.open(bound, where.indexes)) {
            if (space != null && !space.equals(opened.space().space().name())) {
                throw new InvalidRequestException("--space " + space + ": the index was made in '"
                        + opened.space().space().name() + "'; leave --space out, or make an index in '" + space + "'");
            }
            print(new SpaceSearch(opened.space(), opened.galleries(), device.threads()), parsed);
        }
    }

    private void searchFiles(BoundSpace bound, Files files, Query parsed) {
        SearchedBoundSpace searched = new SearchedBoundSpace(
                bound,
                space == null ? bound.defaultSpace() : space,
                customisation.customisation(bound.graph(), factors.chosen(bound.graph())));
        try (GalleryFiles gallery = GalleryFiles.ofEmbeddings(
                searched, files.modality, new Modality(files.modality), files.embeddings, files.metadata)) {
            print(new SpaceSearch(searched, List.of(gallery.gallery()), device.threads()), parsed);
        }
    }

    private void print(SpaceSearch search, Query parsed) {
        float[] direction = search.embed(parsed, QueryInputs.LOCAL_FILES);
        Map<Gallery, List<Hit>> found = new LinkedHashMap<>();
        for (Gallery gallery : search.galleries()) {
            found.put(gallery, search.find(direction, gallery, k, progress.get()));
        }
        if (json != null) {
            AtomicFile.writeString(json, json(search, parsed, found));
        }
        int width = console.isTerminal() ? console.columns() : WIDTH;
        console.out()
                .print(String.join(
                        "\n",
                        found.entrySet().stream()
                                .map(entry -> HitTable.render(entry.getKey(), entry.getValue(), width))
                                .toList()));
        console.out().flush();
    }

    private static String json(SpaceSearch search, Query parsed, Map<Gallery, List<Hit>> found) {
        ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode result = mapper.createObjectNode();
        result.put("schema", 1);
        result.put("space", search.space().space().name());
        result.put("query", parsed.toString());
        found.forEach((gallery, hits) -> result.withArray("galleries").add(HitsJson.of(gallery, hits)));
        try {
            return mapper.writeValueAsString(result) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
