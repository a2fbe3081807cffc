package dev.freebind.training.retrieval;

import dev.freebind.bonds.execution.NearestItems;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * The best rows so far of every query, from blocks of the gallery that come in ascending order. For one thread.
 */
final class BestRows {

    private final int k;
    private final int[] rows;
    private final float[] scores;
    private final int[] found;
    private final int[] mergedRows;
    private final float[] mergedScores;

    BestRows(int queries, int k) {
        this.k = k;
        rows = new int[Math.multiplyExact(queries, k)];
        scores = new float[rows.length];
        found = new int[queries];
        mergedRows = new int[k];
        mergedScores = new float[k];
    }

    /**
     * Merges the single best of a block. The row of a maximum is looked for only where it beats what there is: seldom, after
     * the first blocks, so that one pass over the scores, that of the maximum, is nearly all that is added to the product.
     */
    void merge(int firstQuery, int queries, FloatBuffer maxima, FloatBuffer blockScores, int blockRows, int firstRow) {
        for (int i = 0; i < queries; i++) {
            int query = firstQuery + i;
            float maximum = maxima.get(i);
            if (found[query] == 0 || maximum > scores[query]) {
                int column = 0;
                while (column < blockRows - 1 && blockScores.get(i * blockRows + column) != maximum) {
                    column++;
                }
                scores[query] = maximum;
                rows[query] = firstRow + column;
                found[query] = 1;
            }
        }
    }

    /** Merges the best of a block; as blocks come in ascending order, equal scores stay in the order of their rows. */
    void merge(int firstQuery, int queries, int count, FloatBuffer blockScores, IntBuffer columns, int firstRow) {
        for (int i = 0; i < queries; i++) {
            int query = firstQuery + i;
            int base = query * k;
            int have = found[query];
            int size = Math.min(k, have + count);
            int old = 0;
            int fresh = 0;
            for (int at = 0; at < size; at++) {
                boolean takeOld =
                        old < have && (fresh == count || scores[base + old] >= blockScores.get(i * count + fresh));
                mergedScores[at] = takeOld ? scores[base + old] : blockScores.get(i * count + fresh);
                mergedRows[at] = takeOld ? rows[base + old] : firstRow + columns.get(i * count + fresh);
                if (takeOld) {
                    old++;
                } else {
                    fresh++;
                }
            }
            System.arraycopy(mergedScores, 0, scores, base, size);
            System.arraycopy(mergedRows, 0, rows, base, size);
            found[query] = size;
        }
    }

    /** Everything that was merged: every query has {@code k} rows by now. */
    NearestItems.Neighbours neighbours() {
        return new NearestItems.Neighbours(k, rows, scores);
    }
}
