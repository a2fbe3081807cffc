package dev.freebind.training.projector;

import dev.freebind.api.Embeddings;
import java.nio.FloatBuffer;

/** Reads scattered rows of embeddings. */
final class RowGathering {

    private RowGathering() {}

    /**
     * Copies rows into the buffer, one after the other, from its position on.
     *
     * @param rows ascending; neighbours are read together
     */
    static void gather(Embeddings embeddings, long[] rows, FloatBuffer target) {
        int start = 0;
        while (start < rows.length) {
            int end = start + 1;
            while (end < rows.length && rows[end] == rows[end - 1] + 1) {
                end++;
            }
            embeddings.read(rows[start], end - start, target);
            start = end;
        }
    }
}
