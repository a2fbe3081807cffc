package dev.freebind.training.run;

import dev.freebind.api.Embeddings;
import dev.freebind.api.EmbeddingsSink;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.SoftRetrieval;
import java.nio.FloatBuffer;
import java.util.List;

/** Soft retrieval as the formula says, in float64; counts its calls and can be told to fail at one of them. */
final class PlainRetrieval implements SoftRetrieval {

    int calls;
    int failAt = -1;

    @Override
    public void retrieve(
            Embeddings queries,
            Embeddings keys,
            List<? extends Embeddings> values,
            double temperature,
            List<? extends EmbeddingsSink> results,
            Progress.Task progress) {
        if (calls++ == failAt) {
            throw new Interrupted();
        }
        float[][] q = rows(queries);
        float[][] k = rows(keys);
        for (int v = 0; v < values.size(); v++) {
            float[][] rows = rows(values.get(v));
            for (float[] query : q) {
                results.get(v).append(FloatBuffer.wrap(aggregate(query, k, rows, temperature)));
            }
        }
    }

    private static float[] aggregate(float[] query, float[][] keys, float[][] values, double temperature) {
        double[] scores = new double[keys.length];
        double best = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < keys.length; i++) {
            for (int j = 0; j < query.length; j++) {
                scores[i] += (double) query[j] * keys[i][j] / temperature;
            }
            best = Math.max(best, scores[i]);
        }
        double sum = 0;
        double[] mean = new double[values[0].length];
        for (int i = 0; i < keys.length; i++) {
            double weight = Math.exp(scores[i] - best);
            sum += weight;
            for (int j = 0; j < mean.length; j++) {
                mean[j] += weight * values[i][j];
            }
        }
        float[] result = new float[mean.length];
        for (int j = 0; j < mean.length; j++) {
            result[j] = (float) (mean[j] / sum);
        }
        return result;
    }

    static float[][] rows(Embeddings embeddings) {
        float[][] rows = new float[(int) embeddings.rows()][embeddings.dimension()];
        FloatBuffer buffer = FloatBuffer.allocate(embeddings.dimension());
        for (int i = 0; i < rows.length; i++) {
            embeddings.read(i, 1, buffer.clear());
            buffer.flip().get(rows[i]);
        }
        return rows;
    }

    /** Stands for a process that was killed. */
    static final class Interrupted extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
