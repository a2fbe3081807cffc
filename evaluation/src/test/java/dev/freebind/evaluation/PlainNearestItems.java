package dev.freebind.evaluation;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.execution.Relevance;
import java.nio.FloatBuffer;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Nearest items by plain loops: a reference for tests, one query at a time. */
public final class PlainNearestItems implements NearestItems {

    @Override
    public Neighbours nearest(Embeddings queries, Embeddings gallery, int k, Progress.Task progress) {
        int kept = (int) Math.min(k, gallery.rows());
        int[] rows = new int[(int) queries.rows() * kept];
        float[] best = new float[rows.length];
        scores(
                queries,
                gallery,
                (query, scores) -> {
                    int[] order = IntStream.range(0, (int) gallery.rows())
                            .boxed()
                            .sorted(Comparator.<Integer>comparingDouble(row -> -scores.get(row))
                                    .thenComparing(row -> row))
                            .mapToInt(Integer::intValue)
                            .toArray();
                    for (int i = 0; i < kept; i++) {
                        rows[query * kept + i] = order[i];
                        best[query * kept + i] = scores.get(order[i]);
                    }
                },
                progress);
        return new Neighbours(kept, rows, best);
    }

    @Override
    public RelevantRanks ranks(Embeddings queries, Embeddings gallery, Relevance relevance, Progress.Task progress) {
        int count = (int) queries.rows();
        int[] better = new int[count];
        int[] tied = new int[count];
        int[] relevantTied = new int[count];
        scores(
                queries,
                gallery,
                (query, scores) -> {
                    int[] relevant = relevance.relevant(query);
                    if (relevant.length == 0) {
                        better[query] = -1;
                        return;
                    }
                    float best = Float.NEGATIVE_INFINITY;
                    for (int row : relevant) {
                        best = Math.max(best, scores.get(row));
                    }
                    for (int row = 0; row < scores.limit(); row++) {
                        if (scores.get(row) > best + TIE) {
                            better[query]++;
                        } else if (scores.get(row) >= best - TIE) {
                            tied[query]++;
                        }
                    }
                    for (int row : relevant) {
                        relevantTied[query] += scores.get(row) >= best - TIE ? 1 : 0;
                    }
                },
                progress);
        return new RelevantRanks(better, tied, relevantTied);
    }

    @Override
    public void scores(Embeddings queries, Embeddings gallery, ScoreRow consumer, Progress.Task progress) {
        int dimension = queries.dimension();
        float[] all = new float[(int) gallery.rows() * dimension];
        gallery.read(0, (int) gallery.rows(), FloatBuffer.wrap(all));
        float[] query = new float[dimension];
        float[] scores = new float[(int) gallery.rows()];
        for (int row = 0; row < queries.rows(); row++) {
            queries.read(row, 1, FloatBuffer.wrap(query));
            for (int i = 0; i < scores.length; i++) {
                double sum = 0;
                for (int j = 0; j < dimension; j++) {
                    sum += (double) query[j] * all[i * dimension + j];
                }
                scores[i] = (float) sum;
            }
            consumer.accept(row, FloatBuffer.wrap(scores));
            progress.advance(1);
        }
    }
}
