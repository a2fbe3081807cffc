package dev.freebind.distribution.workflow;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.ResourcePath;
import dev.freebind.evaluation.task.EmbeddingSource;
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
        return Optional.ofNullable(data.embeddings().get(space))
                .map(files -> opened.computeIfAbsent(
                        files.files().stream().map(ResourcePath::absolute).toList(), EmbeddingFiles::open));
    }

    @Override
    public void close() {
        opened.values().forEach(EmbeddingShards::close);
        opened.clear();
    }
}
