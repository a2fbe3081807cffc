package dev.freebind.search;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.execution.Relevance;
import java.nio.FloatBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** All scores of one query in double precision, sorted: what faster engines must agree with. */
public final class PlainNearestItems implements NearestItems {

    @Override
    public Neighbours nearest(Embeddings queries, Embeddings gallery, int k, Progress.Task progress) {
        float[] query = values(queries);
        float[] items = values(gallery);
        float[] scores = new float[(int) gallery.rows()];
        for (int row = 0; row < scores.length; row++) {
            double sum = 0;
            for (int i = 0; i < query.length; i++) {
                sum += (double) query[i] * items[row * query.length + i];
            }
            scores[row] = (float) sum;
        }
        List<Integer> best = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer row) -> -scores[row]))
                .limit(k)
                .toList();
        float[] found = new float[best.size()];
        for (int i = 0; i < found.length; i++) {
            found[i] = scores[best.get(i)];
        }
        return new Neighbours(best.size(), best.stream().mapToInt(row -> row).toArray(), found);
    }

    private static float[] values(Embeddings embeddings) {
        FloatBuffer values = FloatBuffer.allocate((int) embeddings.rows() * embeddings.dimension());
        embeddings.read(0, (int) embeddings.rows(), values);
        return values.array();
    }

    @Override
    public RelevantRanks ranks(Embeddings queries, Embeddings gallery, Relevance relevance, Progress.Task progress) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void scores(Embeddings queries, Embeddings gallery, ScoreRow consumer, Progress.Task progress) {
        throw new UnsupportedOperationException();
    }
}
