package dev.freebind.evaluation.interval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BootstrapTest {

    private static final Bootstrap BOOTSTRAP = new Bootstrap(1000, 7);

    private static double[] coins(int n, double p, long seed) {
        Random random = new Random(seed);
        double[] values = new double[n];
        Arrays.setAll(values, i -> random.nextDouble() < p ? 1 : 0);
        return values;
    }

    @Test
    void theIntervalOfAMeanHasTheWidthThatTheoryGives() {
        double[] values = coins(2000, 0.3, 1);
        double mean = Statistic.MEAN.of(values);
        Interval interval = BOOTSTRAP.interval(Statistic.MEAN, values);
        double half = 1.96 * Math.sqrt(mean * (1 - mean) / values.length);
        assertThat(interval.low()).isCloseTo(mean - half, within(0.15 * half));
        assertThat(interval.high()).isCloseTo(mean + half, within(0.15 * half));
    }

    @Test
    void about95OfAHundredIntervalsCoverTheTruth() {
        long covering = java.util.stream.LongStream.range(0, 200)
                .filter(seed -> new Bootstrap(400, seed)
                        .interval(Statistic.MEAN, coins(300, 0.4, 1000 + seed))
                        .contains(0.4))
                .count();
        assertThat(covering).isBetween(180L, 199L);
    }

    @Test
    void theMedianOfEveryResampleIsItsMedian() {
        double[] values = {5, 1, 4, 1, 3, 9, 2, 6};
        double[] medians = BOOTSTRAP.distribution(Statistic.MEDIAN, values, 0);
        // the same resamples drawn as means of indicator columns give the counts, and from them the median
        double[][] indicators = new double[values.length][values.length];
        for (int i = 0; i < values.length; i++) {
            indicators[i][i] = values.length;
        }
        double[][] counts = BOOTSTRAP.means(0, indicators);
        for (int resample = 0; resample < medians.length; resample++) {
            double[] sample = new double[values.length];
            int next = 0;
            for (int i = 0; i < values.length; i++) {
                for (int copy = 0; copy < Math.round(counts[i][resample]); copy++) {
                    sample[next++] = values[i];
                }
            }
            assertThat(next).isEqualTo(values.length);
            assertThat(medians[resample]).isEqualTo(Statistic.MEDIAN.of(sample));
        }
    }

    @Test
    void oneStreamDrawsTheSameQueriesWhateverTheValues() {
        double[] values = coins(100, 0.5, 3);
        double[] shifted = Arrays.stream(values).map(value -> value + 1).toArray();
        double[] first = BOOTSTRAP.distribution(Statistic.MEAN, values, 2);
        double[] second = BOOTSTRAP.distribution(Statistic.MEAN, shifted, 2);
        for (int i = 0; i < first.length; i++) {
            assertThat(second[i] - first[i]).isCloseTo(1, within(1e-12));
        }
        assertThat(BOOTSTRAP.distribution(Statistic.MEAN, values, 3)).isNotEqualTo(first);
    }

    @Test
    void seedsDecideEverything() {
        double[] values = coins(50, 0.5, 4);
        assertThat(new Bootstrap(200, 1).distribution(Statistic.MEAN, values, 0))
                .isEqualTo(new Bootstrap(200, 1).distribution(Statistic.MEAN, values, 0))
                .isNotEqualTo(new Bootstrap(200, 2).distribution(Statistic.MEAN, values, 0));
    }

    @Test
    void equalValuesHaveNoUncertainty() {
        Interval interval = BOOTSTRAP.interval(Statistic.MEDIAN, new double[] {3, 3, 3});
        assertThat(interval).isEqualTo(new Interval(3, 3));
    }

    @Test
    void tooFewResamplesOrValuesAreRefused() {
        assertThatThrownBy(() -> new Bootstrap(10, 0)).hasMessageContaining("too few");
        assertThatThrownBy(() -> BOOTSTRAP.interval(Statistic.MEAN, new double[0]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
