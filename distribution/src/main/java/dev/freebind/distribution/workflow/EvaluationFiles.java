package dev.freebind.distribution.workflow;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.EvaluationTask.Classes;
import dev.freebind.bonds.configuration.ResourcePath;
import dev.freebind.evaluation.task.EmbeddingSource;
import dev.freebind.formats.FilePattern;
import dev.freebind.formats.npy.EmbeddingFiles;
import dev.freebind.formats.npy.EmbeddingShards;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The embedding files of evaluation items, each set opened once; closing closes them all. */
public final class EvaluationFiles implements EmbeddingSource, AutoCloseable {

    private final Map<List<String>, EmbeddingShards> opened = new HashMap<>();

    @Override
    public Optional<Embeddings> open(String space, Modality modality, ItemData data) {
        return Optional.ofNullable(data.embeddings().get(space)).map(files -> open(files, data.items() != null));
    }

    @Override
    public Optional<Embeddings> encode(String space, Classes.Named classes, List<String> texts) {
        return Optional.ofNullable(classes.encoded().get(space)).map(files -> {
            EmbeddingShards rows = open(files, true);
            if (rows.rows() != texts.size()) {
                throw new DataException(rows.origin() + ": has " + rows.rows() + " rows for " + texts.size()
                        + " class texts; remove it and encode again");
            }
            return rows;
        });
    }

    private EmbeddingShards open(Configuration.EmbeddingFiles files, boolean encoded) {
        List<String> paths = files.files().stream().map(ResourcePath::absolute).toList();
        if (encoded && paths.size() == 1 && !FilePattern.matchesAny(paths.get(0))) {
            throw new DataException(paths.get(0) + " is not encoded yet; run 'freebind encode' with the configuration");
        }
        return opened.computeIfAbsent(paths, EmbeddingFiles::open);
    }

    @Override
    public void close() {
        opened.values().forEach(EmbeddingShards::close);
        opened.clear();
    }
}
