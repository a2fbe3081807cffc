package dev.freebind.evaluation.task;

import dev.freebind.api.Embeddings;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.EmbeddingExpression.Leaf;
import dev.freebind.bonds.product.EmbeddingExpression.Mix;
import dev.freebind.bonds.product.EmbeddingExpression.ProjectorMixture;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Evaluates expressions by loops; every projector keeps its input, so that all spaces share one set of axes. */
public final class PlainInference implements Inference {

    /** What was asked for, in order. */
    public final List<EmbeddingExpression> asked = new ArrayList<>();

    @Override
    public Embeddings evaluate(EmbeddingExpression expression, Map<String, Embeddings> leaves) {
        asked.add(expression);
        return compute(expression, leaves).normalised();
    }

    private static Embeddings compute(EmbeddingExpression expression, Map<String, Embeddings> leaves) {
        if (expression instanceof Leaf leaf) {
            return leaves.get(leaf.space()).normalised();
        }
        if (expression instanceof Mix mix) {
            return sum(
                    compute(mix.base(), leaves).normalised(),
                    1 - mix.factor(),
                    compute(mix.other(), leaves).normalised(),
                    mix.factor());
        }
        ProjectorMixture mixture = (ProjectorMixture) expression;
        Embeddings total = null;
        for (EmbeddingExpression.Source source : mixture.sources()) {
            Embeddings one = compute(source.input(), leaves);
            total = total == null ? one : sum(total, 1, one, source.weight());
        }
        return total;
    }

    private static Embeddings sum(Embeddings a, double weightA, Embeddings b, double weightB) {
        float[] left = values(a);
        float[] right = values(b);
        for (int i = 0; i < left.length; i++) {
            left[i] = (float) (weightA * left[i] + weightB * right[i]);
        }
        return Embeddings.of(left, a.dimension(), "sum of " + a.origin() + " and " + b.origin());
    }

    private static float[] values(Embeddings rows) {
        float[] values = new float[(int) rows.rows() * rows.dimension()];
        rows.read(0, (int) rows.rows(), FloatBuffer.wrap(values));
        return values;
    }

    @Override
    public Embeddings weights(EmbeddingExpression.Routed expression, Map<String, Embeddings> leaves) {
        throw new UnsupportedOperationException("no test with this inference routes");
    }

    @Override
    public void close() {}
}
