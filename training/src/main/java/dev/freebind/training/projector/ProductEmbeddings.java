package dev.freebind.training.projector;

import dev.freebind.api.Embeddings;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.EmbeddingExpression.Leaf;
import dev.freebind.bonds.product.EmbeddingExpression.Mix;
import dev.freebind.bonds.product.EmbeddingExpression.Routed;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The rows that an expression gives, computed when read.
 *
 * @param expression what is computed
 * @param weights whether the rows are the weights of a routed expression instead of its embeddings
 * @param leaves unit rows by space
 * @param networks the networks of the expression in the graph
 * @param graph evaluates them
 * @param rows how many rows every leaf has
 * @param dimension length of the rows
 */
record ProductEmbeddings(
        EmbeddingExpression expression,
        boolean weights,
        Map<String, Embeddings> leaves,
        Map<EmbeddingExpression, InferenceGraph.Network> networks,
        InferenceGraph graph,
        long rows,
        int dimension)
        implements Embeddings {

    /** Rows computed at a time: enough for full speed, and bounded memory whatever is asked for. */
    static final int BLOCK = 4096;

    @Override
    public void read(long firstRow, int count, FloatBuffer target) {
        Objects.checkFromIndexSize(firstRow, count, rows);
        if ((long) count * dimension > target.remaining()) {
            throw new java.nio.BufferOverflowException();
        }
        for (int done = 0; done < count; done += BLOCK) {
            int block = Math.min(BLOCK, count - done);
            Block rows = new Block(firstRow + done, block);
            target.put(weights ? rows.weights((Routed) expression) : rows.values(expression));
        }
    }

    @Override
    public String origin() {
        return expression.toString();
    }

    /** Evaluates for some rows; what an expression contains twice is computed once. */
    private final class Block {

        private final long first;
        private final int count;
        private final Map<EmbeddingExpression, float[]> known = new HashMap<>();

        Block(long first, int count) {
            this.first = first;
            this.count = count;
        }

        float[] values(EmbeddingExpression part) {
            float[] values = known.get(part);
            if (values == null) {
                values = compute(part);
                known.put(part, values);
            }
            return values;
        }

        private float[] compute(EmbeddingExpression part) {
            if (part instanceof Leaf leaf) {
                Embeddings stored = Objects.requireNonNull(leaves.get(leaf.space()));
                float[] values = new float[Math.multiplyExact(count, stored.dimension())];
                stored.read(first, count, FloatBuffer.wrap(values));
                return values;
            }
            if (part instanceof Mix mix) {
                return mix(values(mix.base()), values(mix.other()), mix.factor());
            }
            return graph.evaluate(network(part), operands(part), count);
        }

        float[] weights(Routed routed) {
            return graph.weights(network(routed), routed.slots().size(), operands(routed), count);
        }

        private InferenceGraph.Network network(EmbeddingExpression part) {
            return Objects.requireNonNull(networks.get(part));
        }

        private List<float[]> operands(EmbeddingExpression part) {
            List<float[]> operands = new ArrayList<>();
            InferenceGraph.operands(part).forEach(operand -> operands.add(values(operand)));
            return operands;
        }

        /** {@code normalise((1 − f)·base + f·other)} row by row. */
        private float[] mix(float[] base, float[] other, double factor) {
            float[] mixed = new float[base.length];
            int length = base.length / count;
            float ofBase = (float) (1 - factor);
            float ofOther = (float) factor;
            for (int start = 0; start < mixed.length; start += length) {
                double squares = 0;
                for (int i = start; i < start + length; i++) {
                    float value = ofBase * base[i] + ofOther * other[i];
                    mixed[i] = value;
                    squares += (double) value * value;
                }
                float scale = (float) (1 / Math.sqrt(Math.max(squares, 1e-24)));
                for (int i = start; i < start + length; i++) {
                    mixed[i] *= scale;
                }
            }
            return mixed;
        }
    }
}
