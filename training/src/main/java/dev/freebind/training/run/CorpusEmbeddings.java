package dev.freebind.training.run;

import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.configuration.Configuration.EmbeddingFiles;
import dev.freebind.bonds.configuration.DataCheck;
import dev.freebind.bonds.configuration.ResourcePath;
import dev.freebind.formats.FilePattern;
import dev.freebind.formats.npy.EmbeddingShards;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The corpora's embedding files, opened once and memory-mapped; rows are normalised when read. */
public final class CorpusEmbeddings implements AutoCloseable {

    private final Configuration configuration;
    private final long limit;
    private final Map<String, EmbeddingShards> opened = new LinkedHashMap<>();

    /**
     * Opens nothing yet.
     *
     * @param limit only the first rows of each corpus; {@link Long#MAX_VALUE} for all
     */
    public CorpusEmbeddings(Configuration configuration, long limit) {
        this.configuration = configuration;
        this.limit = limit;
    }

    /** Rows of a corpus, the same in every space. */
    public long rows(Corpus corpus) {
        String anySpace = corpus.data().embeddings().keySet().stream()
                .findFirst()
                .orElseThrow(() -> new InvalidRequestException(
                        "corpus " + corpus.name() + " has no embeddings; give embedding files for its spaces"));
        return Math.min(limit, shards(anySpace, corpus.name()).rows());
    }

    /**
     * A corpus in a pre-trained space.
     *
     * @throws dev.freebind.api.DataException if files are missing or damaged
     */
    Embeddings rows(String space, String corpus) {
        Embeddings all = shards(space, corpus).normalised();
        return all.slice(0, Math.min(limit, all.rows()));
    }

    /** The files that hold a corpus in a pre-trained space, in order. */
    List<Path> files(String space, String corpus) {
        return shards(space, corpus).paths();
    }

    long limit() {
        return limit;
    }

    Corpus corpus(String name) {
        Corpus corpus = configuration.corpora().get(name);
        return Objects.requireNonNull(corpus == null ? configuration.pairs().get(name) : corpus, name);
    }

    private EmbeddingShards shards(String space, String corpus) {
        return opened.computeIfAbsent(space + "\n" + corpus, key -> {
            EmbeddingFiles files = corpus(corpus).data().embeddings().get(space);
            if (files == null) {
                throw new InvalidRequestException("corpus " + corpus + " has no embeddings of " + space);
            }
            return open(files);
        });
    }

    private static EmbeddingShards open(EmbeddingFiles files) {
        return dev.freebind.formats.npy.EmbeddingFiles.open(
                files.files().stream().map(ResourcePath::absolute).toList());
    }

    /**
     * Reads the headers of embedding files; empty if a single path or glob is named and nothing is there, as before encoding.
     *
     * @throws dev.freebind.api.DataException if files are damaged, or one of several is not there
     */
    static Optional<DataCheck.Shape> shape(EmbeddingFiles files) {
        if (files.files().size() == 1
                && !FilePattern.matchesAny(files.files().get(0).absolute())) {
            return Optional.empty();
        }
        try (EmbeddingShards shards = open(files)) {
            return Optional.of(new DataCheck.Shape(shards.rows(), shards.dimension()));
        }
    }

    @Override
    public void close() {
        opened.values().forEach(EmbeddingShards::close);
    }
}
