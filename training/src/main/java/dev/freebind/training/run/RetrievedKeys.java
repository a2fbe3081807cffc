package dev.freebind.training.run;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;

/** What queries retrieve from keys, gathered query by query from their scores: nearest keys, weights, scores of sampled keys. */
final class RetrievedKeys {

    /** Nearest keys that are kept. */
    static final int NEAREST = 10;

    /** Queries, evenly spread, whose order of the sampled keys is compared: sorting takes longer than all the rest. */
    private static final int ORDERED = 200;

    private final int kept;
    private final int[] nearest;
    private final int[] sampledKeys;
    private final int orderedEvery;
    private final float[] orderedScores;
    private final double temperature;
    private double effectiveKeys;
    private double largestWeights;

    /**
     * Nothing yet.
     *
     * @param queries how many will come
     * @param keys how many there are
     * @param sampledKeys keys whose scores are kept for some queries
     * @param temperature of the weights
     */
    RetrievedKeys(int queries, int keys, int[] sampledKeys, double temperature) {
        this.kept = Math.min(NEAREST, keys);
        this.nearest = new int[queries * kept];
        this.sampledKeys = sampledKeys;
        this.orderedEvery = (queries + ORDERED - 1) / ORDERED;
        this.orderedScores = new float[((queries - 1) / orderedEvery + 1) * sampledKeys.length];
        this.temperature = temperature;
    }

    /** Takes the scores of a query with all keys. */
    void accept(int query, FloatBuffer scores) {
        int start = scores.position();
        int count = scores.remaining();
        int[] best = new int[kept];
        Arrays.fill(best, -1);
        for (int key = 0; key < count; key++) {
            float score = scores.get(start + key);
            int place = kept;
            while (place > 0 && (best[place - 1] < 0 || scores.get(start + best[place - 1]) < score)) {
                place--;
            }
            if (place < kept) {
                System.arraycopy(best, place, best, place + 1, kept - place - 1);
                best[place] = key;
            }
        }
        System.arraycopy(best, 0, nearest, query * kept, kept);
        if (query % orderedEvery == 0) {
            for (int i = 0; i < sampledKeys.length; i++) {
                orderedScores[query / orderedEvery * sampledKeys.length + i] = scores.get(start + sampledKeys[i]);
            }
        }
        weigh(scores, start, count, scores.get(start + best[0]));
    }

    /** Entropy of softmax weights: with z = Σ exp(x) and x = (score − highest) / τ, H = log z − Σ x exp(x) / z. */
    private void weigh(FloatBuffer scores, int start, int count, float highest) {
        double sum = 0;
        double product = 0;
        for (int key = 0; key < count; key++) {
            double exponent = (scores.get(start + key) - highest) / temperature;
            // Smaller weights add nothing to a double.
            if (exponent > -40) {
                double weight = Math.exp(exponent);
                sum += weight;
                product += exponent * weight;
            }
        }
        effectiveKeys += Math.exp(Math.log(sum) - product / sum);
        largestWeights += 1 / sum;
    }

    int kept() {
        return kept;
    }

    /** {@code [queries * kept]}, the nearest first. */
    int[] nearest() {
        return nearest;
    }

    private int queries() {
        return nearest.length / kept;
    }

    /** Mean over queries of exp(entropy). */
    double effectiveKeys() {
        return effectiveKeys / queries();
    }

    /** Mean over queries. */
    double largestWeight() {
        return largestWeights / queries();
    }

    /** Compares with what the same queries retrieve from the same keys in another space. */
    PairQuality.Agreement agreement(String space, RetrievedKeys other) {
        int queries = queries();
        int same = 0;
        double jaccard = 0;
        for (int query = 0; query < queries; query++) {
            int from = query * kept;
            same += nearest[from] == other.nearest[from] ? 1 : 0;
            int common = 0;
            for (int i = from; i < from + kept; i++) {
                for (int j = from; j < from + kept; j++) {
                    common += nearest[i] == other.nearest[j] ? 1 : 0;
                }
            }
            jaccard += (double) common / (2 * kept - common);
        }
        return new PairQuality.Agreement(space, (double) same / queries, jaccard / queries, correlation(other));
    }

    private double correlation(RetrievedKeys other) {
        int ordered = orderedScores.length / sampledKeys.length;
        SpearmansCorrelation spearman = new SpearmansCorrelation();
        double sum = 0;
        for (int query = 0; query < ordered; query++) {
            double correlation =
                    sampledKeys.length > 1 ? spearman.correlation(order(query), other.order(query)) : Double.NaN;
            sum += Double.isNaN(correlation) ? 0 : correlation;
        }
        return sum / ordered;
    }

    private double[] order(int query) {
        double[] scores = new double[sampledKeys.length];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = orderedScores[query * scores.length + i];
        }
        return scores;
    }
}
