package dev.freebind.api;

import java.util.List;

/**
 * A pre-trained model, opened and ready: turns items into unit-length embeddings.
 *
 * <p>Safe for use from several threads. Whoever opened it closes it; closing twice is harmless.
 */
public interface Encoder extends AutoCloseable {

    /** The space the embeddings lie in; its modalities are those that {@link #encode} accepts. */
    EmbeddingSpace space();

    /**
     * Embeds items of one modality.
     *
     * <p>The result does not depend on which other items are in the list.
     *
     * @param modality one of {@code space().modalities()}
     * @param items any number of items, also none
     * @return {@code [items.size(), dimension] float32}, unit rows, in the order of the items
     * @throws InvalidRequestException if the space does not know the modality, naming those it knows
     * @throws DataException if an item cannot be read, naming the item
     * @throws IllegalStateException after {@link #close()}
     */
    float[][] encode(Modality modality, List<? extends Item> items);

    @Override
    void close();
}
