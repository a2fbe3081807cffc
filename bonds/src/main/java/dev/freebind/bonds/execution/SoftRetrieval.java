package dev.freebind.bonds.execution;

import dev.freebind.api.Embeddings;
import dev.freebind.api.EmbeddingsSink;
import dev.freebind.api.Progress;
import java.util.List;

/**
 * Soft retrieval, {@code agg(Q, K → V₁ … Vₙ) = softmax(Q Kᵀ / τ) Vᵢ} (FreeBind eq. 4–6), streamed by the online softmax:
 * memory is bounded by the block size, never by the number of rows.
 */
public interface SoftRetrieval {

    /**
     * Aggregates, for every query, the values of all keys.
     *
     * @param queries {@code [queries, d]}, used as they are (chained queries are not normalised)
     * @param keys {@code [keys, d]}, at least one row
     * @param values each {@code [keys, dᵢ]}; values that are the same object as the keys are read once
     * @param temperature τ, above 0
     * @param results one sink for each of the values; gets {@code [queries, dᵢ] float32}, not normalised, in query order
     * @param progress advanced by queries × keys scored
     * @throws dev.freebind.api.InvalidRequestException if dimensions or rows do not fit
     */
    void retrieve(
            Embeddings queries,
            Embeddings keys,
            List<? extends Embeddings> values,
            double temperature,
            List<? extends EmbeddingsSink> results,
            Progress.Task progress);
}
