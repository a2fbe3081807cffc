package dev.freebind.bonds.execution;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Progress;
import java.nio.FloatBuffer;

/**
 * Exact comparison of query blocks with a gallery by inner product (cosine, as embeddings are unit vectors), in float32 and
 * without ever holding the whole score matrix.
 */
public interface NearestItems {

    /** Scores this close to the best relevant item's count as tied with it. */
    float TIE = 1e-6f;

    /**
     * The {@code k} best gallery rows for every query.
     *
     * @param k at least 1; more than the gallery has means all of it
     */
    Neighbours nearest(Embeddings queries, Embeddings gallery, int k, Progress.Task progress);

    /**
     * For every query that has a relevant item, where the best of its relevant items stands in the gallery.
     *
     * @param relevance which gallery rows are right for which query
     * @param progress advanced by queries
     */
    RelevantRanks ranks(Embeddings queries, Embeddings gallery, Relevance relevance, Progress.Task progress);

    /** Hands over every query's scores against the whole gallery, query by query in order. */
    void scores(Embeddings queries, Embeddings gallery, ScoreRow consumer, Progress.Task progress);

    /** Receives one query's scores. */
    @FunctionalInterface
    interface ScoreRow {
        /**
         * Takes the scores of one query; the buffer, {@code [gallery] float32} from position to limit, is reused.
         */
        void accept(int query, FloatBuffer scores);
    }

    /**
     * Nearest gallery rows, best first; equal scores by ascending row.
     *
     * @param k neighbours of each query
     * @param rows {@code [queries, k]} gallery rows
     * @param scores {@code [queries, k]} inner products
     */
    record Neighbours(int k, int[] rows, float[] scores) {}

    /**
     * Counts from which hit rates and ranks follow with ties resolved as the mean over all orders.
     *
     * @param better how many gallery items score more than {@link #TIE} above the query's best relevant item; -1 for a query
     *     without relevant item
     * @param tied how many gallery items score within {@link #TIE} of it, itself included
     * @param relevantTied how many of those are relevant, itself included
     */
    record RelevantRanks(int[] better, int[] tied, int[] relevantTied) {}
}
