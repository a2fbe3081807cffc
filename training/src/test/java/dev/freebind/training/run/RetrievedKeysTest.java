package dev.freebind.training.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetrievedKeysTest {

    private static final int KEYS = 50;

    private static RetrievedKeys of(double temperature, float[]... scores) {
        RetrievedKeys retrieved =
                new RetrievedKeys(scores.length, KEYS, IntStream.range(0, KEYS).toArray(), temperature);
        for (int query = 0; query < scores.length; query++) {
            retrieved.accept(query, FloatBuffer.wrap(scores[query]));
        }
        return retrieved;
    }

    private static float[] random(Random random) {
        float[] scores = new float[KEYS];
        for (int i = 0; i < KEYS; i++) {
            scores[i] = random.nextFloat() * 2 - 1;
        }
        return scores;
    }

    @Test
    void equalScoresSpreadOverAllKeysAndOneThatStandsOutTakesAll() {
        RetrievedKeys flat = of(0.01, new float[KEYS]);
        assertThat(flat.effectiveKeys()).isCloseTo(KEYS, within(1e-9));
        assertThat(flat.largestWeight()).isCloseTo(1.0 / KEYS, within(1e-12));
        float[] one = new float[KEYS];
        one[17] = 1;
        RetrievedKeys sharp = of(0.01, one);
        assertThat(sharp.effectiveKeys()).isCloseTo(1, within(1e-9));
        assertThat(sharp.largestWeight()).isCloseTo(1, within(1e-9));
        assertThat(sharp.nearest()[0]).isEqualTo(17);
        // a tie of two halves the weight
        one[3] = 1;
        assertThat(of(0.01, one).effectiveKeys()).isCloseTo(2, within(1e-9));
    }

    @Test
    void theEntropyIsThatOfTheSoftmaxWeightsAndTheNearestKeysAreInOrder() {
        Random random = new Random(4);
        float[] scores = random(random);
        double temperature = 0.3;
        double sum = IntStream.range(0, KEYS)
                .mapToDouble(key -> Math.exp(scores[key] / temperature))
                .sum();
        double entropy = 0;
        double largest = 0;
        for (float score : scores) {
            double weight = Math.exp(score / temperature) / sum;
            entropy -= weight * Math.log(weight);
            largest = Math.max(largest, weight);
        }
        RetrievedKeys retrieved = of(temperature, scores);
        assertThat(retrieved.effectiveKeys()).isCloseTo(Math.exp(entropy), within(1e-9));
        assertThat(retrieved.largestWeight()).isCloseTo(largest, within(1e-12));
        assertThat(retrieved.nearest())
                .containsExactly(IntStream.range(0, KEYS)
                        .boxed()
                        .sorted((a, b) -> Float.compare(scores[b], scores[a]))
                        .limit(RetrievedKeys.NEAREST)
                        .mapToInt(Integer::intValue)
                        .toArray());
    }

    @Test
    void aSpaceAgreesWithItselfAndNotWithItsOpposite() {
        Random random = new Random(5);
        float[][] scores = {random(random), random(random), random(random)};
        float[][] opposite = new float[scores.length][KEYS];
        for (int query = 0; query < scores.length; query++) {
            for (int key = 0; key < KEYS; key++) {
                opposite[query][key] = -scores[query][key];
            }
        }
        RetrievedKeys here = of(0.1, scores);
        assertThat(here.agreement("same", of(0.1, scores))).isEqualTo(new PairQuality.Agreement("same", 1, 1, 1));
        assertThat(here.agreement("opposite", of(0.1, opposite)))
                .isEqualTo(new PairQuality.Agreement("opposite", 0, 0, -1));
    }
}
