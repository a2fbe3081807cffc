package dev.freebind.training.projector;

import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.EmbeddingExpression.Leaf;
import dev.freebind.bonds.product.EmbeddingExpression.Mix;
import dev.freebind.bonds.product.EmbeddingExpression.Routed;
import dev.freebind.bonds.product.WeightStore;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Evaluates product embeddings with TensorFlow: projectors and routers in a graph with batch normalisation folded into the
 * linear layers, the cheap rest (mixing, normalising) in Java.
 *
 * <p>Every network is read from the store once and stays in memory (of the device) until this is closed. The embeddings it
 * gives are computed when read, in blocks of {@value ProductEmbeddings#BLOCK} rows at most, and may be read from several
 * threads; reading them after {@link #close()} is an {@link IllegalStateException}.
 */
public final class TensorFlowInference implements Inference {

    private final InferenceGraph networks;

    /** Reads projectors and routers from the store when an expression needs them. */
    public TensorFlowInference(TensorFlowRuntime runtime, WeightStore weights) {
        this.networks = new InferenceGraph(runtime, weights);
    }

    /**
     * {@inheritDoc}
     *
     * @throws dev.freebind.api.DataException if a projector or router is missing or damaged, or those of an expression do not fit
     *     together
     */
    @Override
    public Embeddings evaluate(EmbeddingExpression expression, Map<String, Embeddings> leaves) {
        Preparation preparation = new Preparation(leaves);
        int dimension = preparation.dimension(expression);
        return preparation.embeddings(expression, dimension, false);
    }

    @Override
    public Embeddings weights(Routed expression, Map<String, Embeddings> leaves) {
        Preparation preparation = new Preparation(leaves);
        preparation.dimension(expression);
        return preparation.embeddings(expression, expression.slots().size(), true);
    }

    /** Checks an expression and collects what its evaluation needs. */
    private final class Preparation {

        private final Map<String, Embeddings> leaves;
        private final Map<String, Embeddings> leavesUsed = new HashMap<>();
        private final Map<EmbeddingExpression, InferenceGraph.Network> networksUsed = new HashMap<>();

        Preparation(Map<String, Embeddings> leaves) {
            this.leaves = leaves;
        }

        /** The length of the rows that an expression gives. */
        int dimension(EmbeddingExpression expression) {
            if (expression instanceof Leaf leaf) {
                Embeddings rows = leaves.get(leaf.space());
                if (rows == null) {
                    throw new InvalidRequestException("no embeddings of space '" + leaf.space() + "' (" + leaf
                            + ") are given; there are those of " + leaves.keySet());
                }
                leavesUsed.put(leaf.space(), rows.normalised());
                return rows.dimension();
            }
            if (expression instanceof Mix mix) {
                int base = dimension(mix.base());
                int other = dimension(mix.other());
                if (base != other) {
                    throw new InvalidRequestException("cannot mix " + mix.base() + " of dimension " + base + " with "
                            + mix.other() + " of dimension " + other);
                }
                return base;
            }
            List<Integer> dimensions = new ArrayList<>();
            InferenceGraph.operands(expression).forEach(operand -> dimensions.add(dimension(operand)));
            InferenceGraph.Network network = networks.network(expression, dimensions);
            networksUsed.put(expression, network);
            return network.outputDimension();
        }

        Embeddings embeddings(EmbeddingExpression expression, int dimension, boolean weights) {
            return new ProductEmbeddings(
                    expression,
                    weights,
                    Map.copyOf(leavesUsed),
                    Map.copyOf(networksUsed),
                    networks,
                    rows(expression),
                    dimension);
        }

        /** The common number of rows of all leaves used. */
        long rows(EmbeddingExpression expression) {
            List<Long> counts = leavesUsed.values().stream()
                    .map(Embeddings::rows)
                    .distinct()
                    .toList();
            if (counts.size() != 1) {
                throw new InvalidRequestException("the embeddings for " + expression
                        + " differ in their number of rows: "
                        + String.join(
                                ", ",
                                leavesUsed.entrySet().stream()
                                        .map(leaf -> leaf.getKey() + " "
                                                + leaf.getValue().rows())
                                        .sorted()
                                        .toList()));
            }
            return counts.get(0);
        }
    }

    /** Frees the graph and all weights. */
    @Override
    public void close() {
        networks.close();
    }
}
