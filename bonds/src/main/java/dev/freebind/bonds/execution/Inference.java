package dev.freebind.bonds.execution;

import dev.freebind.api.Embeddings;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.WeightStore;
import java.util.Map;

/** Evaluates product embeddings with the projectors and routers of one bound space. Whoever made it closes it. */
public interface Inference extends AutoCloseable {

    /**
     * The embeddings that an expression describes, computed block by block when read; unit rows.
     *
     * @param expression what to compute
     * @param leaves for each {@link EmbeddingExpression.Leaf} of the expression, by space name, the rows of that space for the
     *     expression's modality, all with the same number of rows; normalised here when read
     * @return valid until this inference is closed
     * @throws dev.freebind.api.InvalidRequestException if a leaf is missing or rows or dimensions do not fit
     */
    Embeddings evaluate(EmbeddingExpression expression, Map<String, Embeddings> leaves);

    /**
     * How much each slot of a routed expression counts for each input: {@code [rows, slots]}, every row sums to 1. Otherwise as
     * {@link #evaluate}.
     */
    Embeddings weights(EmbeddingExpression.Routed expression, Map<String, Embeddings> leaves);

    @Override
    void close();

    /** Makes inferences. */
    @FunctionalInterface
    interface Factory {
        /**
         * An inference that reads weights from the store when an expression needs them; the caller closes it.
         */
        Inference open(WeightStore weights);
    }
}
