package dev.freebind.training.run;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.execution.Relevance;
import java.nio.FloatBuffer;

/** Scores by loops; counts how often they are asked for. */
final class PlainScores implements NearestItems {

    int calls;

    @Override
    public void scores(Embeddings queries, Embeddings gallery, ScoreRow consumer, Progress.Task progress) {
        calls++;
        float[][] keys = PlainRetrieval.rows(gallery);
        float[][] asking = PlainRetrieval.rows(queries);
        for (int query = 0; query < asking.length; query++) {
            float[] scores = new float[keys.length];
            for (int key = 0; key < keys.length; key++) {
                for (int i = 0; i < keys[key].length; i++) {
                    scores[key] += asking[query][i] * keys[key][i];
                }
            }
            consumer.accept(query, FloatBuffer.wrap(scores));
        }
    }

    @Override
    public Neighbours nearest(Embeddings queries, Embeddings gallery, int k, Progress.Task progress) {
        throw new UnsupportedOperationException("only scores");
    }

    @Override
    public RelevantRanks ranks(Embeddings queries, Embeddings gallery, Relevance relevance, Progress.Task progress) {
        throw new UnsupportedOperationException("only scores");
    }
}
