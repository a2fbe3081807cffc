package dev.freebind.evaluation.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ModalityGapTest {

    private static final int ROWS = 200;
    private static final int DIMENSION = 20;

    private static float[][] cloud(Random random, double shift) {
        float[][] rows = new float[ROWS][DIMENSION];
        for (float[] row : rows) {
            double squares = 0;
            for (int i = 0; i < DIMENSION; i++) {
                row[i] = (float) (random.nextGaussian() + (i == 0 ? shift : 0));
                squares += row[i] * row[i];
            }
            for (int i = 0; i < DIMENSION; i++) {
                row[i] /= (float) Math.sqrt(squares);
            }
        }
        return rows;
    }

    private static int[] aligned() {
        return IntStream.range(0, ROWS).toArray();
    }

    @Test
    void cloudsOnOppositeSidesArePartedAndOnesThatOverlapAreNot() {
        Random random = new Random(1);
        ModalityGap apart = ModalityGap.of(cloud(random, 8), cloud(random, -8), aligned());
        assertThat(apart.distance()).isGreaterThan(1.5);
        assertThat(apart.separable()).isEqualTo(1);
        assertThat(apart.centroidCosine()).isLessThan(-0.9);
        ModalityGap mixed = ModalityGap.of(cloud(random, 0), cloud(random, 0), aligned());
        assertThat(mixed.distance()).isLessThan(0.15);
        assertThat(mixed.separable()).isBetween(0.45, 0.65);
    }

    @Test
    void theUnmatchedMeanIsThatOverAllPairsThatDoNotBelongTogether() {
        Random random = new Random(2);
        float[][] first = cloud(random, 1);
        float[][] second = cloud(random, 0.5);
        int[] partner = aligned();
        partner[3] = -1;
        double matched = 0;
        double unmatched = 0;
        for (int a = 0; a < ROWS; a++) {
            for (int b = 0; b < ROWS; b++) {
                double product = 0;
                for (int i = 0; i < DIMENSION; i++) {
                    product += first[a][i] * second[b][i];
                }
                matched += partner[a] == b ? product / (ROWS - 1) : 0;
                unmatched += partner[a] == b ? 0 : product / ((double) ROWS * ROWS - (ROWS - 1));
            }
        }
        ModalityGap gap = ModalityGap.of(first, second, partner);
        assertThat(gap.matched()).isCloseTo(matched, within(1e-6));
        assertThat(gap.unmatched()).isCloseTo(unmatched, within(1e-6));
        assertThat(ModalityGap.of(first, first, partner).distance()).isZero();
    }
}
