package dev.freebind.api;

import java.util.List;

/**
 * An encoder that works in two stages: it prepares an item (reads, decodes, resizes, tokenizes it), which needs no network, and
 * runs its network on a batch of prepared items.
 *
 * <p>Implementing this is optional. Whoever encodes many items prepares them on several threads, a bounded number ahead, while
 * the network computes; an encoder that is only an {@link Encoder} is given lists of items. Both stages are safe for use from
 * several threads, and together they give the rows that {@link #encode} gives.
 */
public interface PreparingEncoder extends Encoder {

    /** An item that is ready for the network. Only the encoder that made it understands it; it holds no native memory. */
    interface Prepared {}

    /** How many prepared items the network takes at once; at least 1. */
    int batchSize();

    /**
     * The first stage, for one item.
     *
     * @param modality one of {@code space().modalities()}
     * @return for {@link #encodePrepared} of this encoder and the same modality
     * @throws InvalidRequestException if the space does not know the modality, or the item is of another kind than it takes
     * @throws DataException if the item cannot be read, naming it
     * @throws IllegalStateException after {@link #close()}
     */
    Prepared prepare(Modality modality, Item item);

    /**
     * The second stage: embeds prepared items.
     *
     * @param modality the one they were prepared for
     * @param items what {@link #prepare} gave, up to {@link #batchSize()} of them, also none
     * @return {@code [items.size(), dimension] float32}, unit rows, in the order of the items
     * @throws InvalidRequestException if the space does not know the modality
     * @throws DataException if an item has no embedding, naming it
     * @throws IllegalStateException after {@link #close()}
     */
    float[][] encodePrepared(Modality modality, List<? extends Prepared> items);

    /** Both stages, batch by batch: all items of a batch are prepared at the same time, then the network runs. */
    @Override
    default float[][] encode(Modality modality, List<? extends Item> items) {
        if (items.isEmpty()) {
            return encodePrepared(modality, List.of());
        }
        float[][] rows = new float[items.size()][];
        for (int first = 0; first < rows.length; first += batchSize()) {
            List<Prepared> batch = items.subList(first, Math.min(rows.length, first + batchSize())).parallelStream()
                    .map(item -> prepare(modality, item))
                    .toList();
            float[][] embedded = encodePrepared(modality, batch);
            System.arraycopy(embedded, 0, rows, first, embedded.length);
        }
        return rows;
    }
}
