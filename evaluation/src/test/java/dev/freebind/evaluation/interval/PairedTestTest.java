package dev.freebind.evaluation.interval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairedTestTest {

    private static final Bootstrap BOOTSTRAP = new Bootstrap(2000, 7);

    @Test
    void aSmallConsistentDifferenceIsFoundWherePairingRemovesTheNoise() {
        Random random = new Random(1);
        double[] first = new double[400];
        Arrays.setAll(first, i -> random.nextGaussian());
        double[] second = Arrays.stream(first)
                .map(value -> value - 0.02 - 0.01 * random.nextGaussian())
                .toArray();
        PairedTest test = PairedTest.of(Statistic.MEAN, first, second, BOOTSTRAP);
        assertThat(test.difference()).isCloseTo(0.02, within(0.002));
        assertThat(test.ci95().low()).isGreaterThan(0);
        assertThat(test.bootstrapP()).isEqualTo(1.0 / 2001);
        assertThat(test.signP()).isLessThan(1e-6);
    }

    @Test
    void noiseAloneIsRarelySignificant() {
        int significant = 0;
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            double[] first = new double[200];
            double[] second = new double[200];
            Arrays.setAll(first, i -> random.nextInt(2));
            Arrays.setAll(second, i -> random.nextInt(2));
            PairedTest test = PairedTest.of(Statistic.MEAN, first, second, new Bootstrap(500, seed));
            significant += test.bootstrapP() < 0.05 ? 1 : 0;
        }
        assertThat(significant).isBetween(0, 12);
    }

    @Test
    void theSignTestOfHitsIsMcNemarsExactTest() {
        // 8 queries only the first hits, 2 only the second: 2 · P(X ≤ 2), X ~ B(10, ½)
        double[] first = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0};
        double[] second = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0};
        PairedTest test = PairedTest.of(Statistic.MEAN, first, second, BOOTSTRAP);
        assertThat(test.signP()).isCloseTo(2 * (1 + 10 + 45) / 1024.0, within(1e-9));
        assertThat(test.firstHigher()).isEqualTo(8);
        assertThat(test.secondHigher()).isEqualTo(2);
        assertThat(test.equal()).isEqualTo(2);
    }

    @Test
    void theSameResultsAreNotDifferent() {
        double[] values = {0, 1, 1, 0, 1};
        PairedTest test = PairedTest.of(Statistic.MEAN, values, values, BOOTSTRAP);
        assertThat(test.difference()).isZero();
        assertThat(test.bootstrapP()).isEqualTo(1.0);
        assertThat(test.signP()).isEqualTo(1.0);
        assertThat(test.ci95()).isEqualTo(new Interval(0, 0));
    }

    @Test
    void valuesOfDifferentQueriesCannotBePaired() {
        assertThatThrownBy(() -> PairedTest.of(Statistic.MEAN, new double[3], new double[4], BOOTSTRAP))
                .hasMessage("values for 3 and 4 queries");
    }
}
