package dev.freebind.training;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.Encoder;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import java.nio.BufferOverflowException;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Objects;

/**
 * Items as rows: an encoder embeds those that are read, so that no more than a block of them is ever in memory.
 *
 * @param encoder embeds; not closed here
 * @param modality of all items
 * @param items one for each row
 */
record EncodedItems(Encoder encoder, Modality modality, List<? extends Item> items) implements Embeddings {

    @Override
    public long rows() {
        return items.size();
    }

    @Override
    public int dimension() {
        return encoder.space().dimension();
    }

    @Override
    public void read(long firstRow, int count, FloatBuffer target) {
        Objects.checkFromIndexSize(firstRow, count, rows());
        if ((long) count * dimension() > target.remaining()) {
            throw new BufferOverflowException();
        }
        int first = (int) firstRow;
        float[][] encoded = encoder.encode(modality, items.subList(first, first + count));
        if (encoded.length != count) {
            throw new DataException(origin() + ": the encoder gave " + encoded.length + " embeddings for " + count
                    + " items; the plugin is broken");
        }
        for (int i = 0; i < count; i++) {
            if (encoded[i].length != dimension()) {
                throw new DataException(origin(firstRow + i) + ": the encoder gave " + encoded[i].length
                        + " values instead of " + dimension() + "; the plugin is broken");
            }
            target.put(encoded[i]);
        }
    }

    @Override
    public String origin() {
        return encoder.space().name() + "." + modality;
    }

    @Override
    public String origin(long row) {
        return origin() + " of " + items.get((int) row).label();
    }
}
