package dev.freebind.evaluation.task;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.EvaluationTask.Classes;
import java.util.List;
import java.util.Optional;

/**
 * Where the embeddings of evaluation items in pre-trained spaces come from: files, or encoders.
 *
 * <p>What it hands out stays valid until the source's owner closes it; the evaluation closes nothing.
 */
@FunctionalInterface
public interface EmbeddingSource {

    /**
     * The embeddings of a task's items in one pre-trained space.
     *
     * @param space the pre-trained space
     * @param modality the items' modality
     * @param data what the configuration says about the items
     * @return {@code [items, dimension]}, not necessarily of unit length; empty if there are no embedding files of that space and
     *     no encoder can make them
     * @throws dev.freebind.api.DataException if there should be embeddings but they cannot be read
     */
    Optional<Embeddings> open(String space, Modality modality, ItemData data);

    /**
     * The embeddings of texts, for classes that are given by name.
     *
     * @param space the pre-trained space
     * @param classes what the configuration says about the classes
     * @param texts what to embed: the classes' templates
     * @return {@code [texts, dimension]}; empty if the space has no text encoder here
     * @throws dev.freebind.api.DataException if there should be embeddings but they cannot be read
     */
    default Optional<Embeddings> encode(String space, Classes.Named classes, List<String> texts) {
        return Optional.empty();
    }
}
