package dev.freebind.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AveragePrecisionTest {

    private static double ap(float[] scores, int... relevant) {
        return AveragePrecision.of(FloatBuffer.wrap(scores), relevant);
    }

    @Test
    void theExampleOfScikitLearnsDocumentation() {
        // y_true = [0, 0, 1, 1], y_scores = [0.1, 0.4, 0.35, 0.8] gives 0.8333…
        assertThat(ap(new float[] {0.1f, 0.4f, 0.35f, 0.8f}, 2, 3)).isCloseTo(5.0 / 6, within(1e-15));
    }

    @Test
    void tiedItemsPassTheThresholdTogether() {
        // one threshold: recall goes from 0 to 1 at the precision of all four items
        assertThat(ap(new float[] {0.5f, 0.5f, 0.5f, 0.5f}, 0)).isEqualTo(0.25);
        // thresholds 0.9 (1 of 2 relevant) and 0.5 (2 of 4)
        assertThat(ap(new float[] {0.9f, 0.9f, 0.5f, 0.5f}, 0, 2)).isCloseTo(0.5 * 0.5 + 0.5 * 0.5, within(1e-15));
        // thresholds 0.9 (1 of 1), 0.5 (2 of 3), 0.1
        assertThat(ap(new float[] {0.9f, 0.5f, 0.5f, 0.1f}, 0, 1)).isCloseTo(0.5 + 0.5 * 2 / 3, within(1e-15));
    }

    @Test
    void aPerfectRankingScoresOneAndTheWorstOneItsShare() {
        assertThat(ap(new float[] {3, 2, 1}, 0, 1)).isEqualTo(1.0);
        assertThat(ap(new float[] {3, 2, 1}, 2)).isCloseTo(1.0 / 3, within(1e-15));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void itEqualsTheSumOverThresholdsOfTheDefinition(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] scores = new float[60];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = random.nextInt(15) / 10f;
        }
        int[] relevant = IntStream.range(0, scores.length)
                .filter(i -> random.nextInt(4) == 0)
                .toArray();
        TreeSet<Float> thresholds = new TreeSet<>();
        for (float score : scores) {
            thresholds.add(score);
        }
        double sum = 0;
        double recallBefore = 0;
        for (float threshold : thresholds.descendingSet()) {
            double hits =
                    Arrays.stream(relevant).filter(i -> scores[i] >= threshold).count();
            double taken = IntStream.range(0, scores.length)
                    .filter(i -> scores[i] >= threshold)
                    .count();
            double recall = hits / relevant.length;
            sum += (recall - recallBefore) * hits / taken;
            recallBefore = recall;
        }
        assertThat(ap(scores, relevant)).isCloseTo(sum, within(1e-14));
    }

    @Test
    void onlyTheBuffersRemainingScoresCountAndStayAsTheyAre() {
        FloatBuffer scores = FloatBuffer.wrap(new float[] {9, 1, 2, 9}, 1, 2);
        assertThat(AveragePrecision.of(scores, new int[] {1})).isEqualTo(1.0);
        assertThat(scores.position()).isEqualTo(1);
        assertThat(scores.get(1)).isEqualTo(1f);
    }

    @Test
    void aClassWithoutItemsHasNoAveragePrecision() {
        assertThatThrownBy(() -> ap(new float[] {1})).isInstanceOf(IllegalArgumentException.class);
    }
}
