package dev.freebind.tensorflow.layers;

import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingSpace;

/** The last look at a row before an encoder gives it away. */
public final class EmbeddingRow {

    private EmbeddingRow() {}

    /**
     * Refuses what is no direction: a not-a-number would spread to every result computed with it.
     *
     * @param row unit length, but for the faults this is about; not copied
     * @param item what messages call the item it belongs to
     * @return the row
     * @throws DataException if a value is infinite or no number, naming the item
     */
    public static float[] finite(float[] row, String item, EmbeddingSpace space) {
        for (float value : row) {
            if (!Float.isFinite(value)) {
                throw new DataException(item + ": its embedding in space '" + space.name()
                        + "' is not finite; the checkpoint is damaged, or option 'precision' is too narrow for it");
            }
        }
        return row;
    }
}
