package dev.freebind.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TiedRankTest {

    @Test
    void withoutTiesAHitIsCertainOrImpossible() {
        assertThat(new TiedRank(2, 1, 1).hitRate(2)).isEqualTo(0.0);
        assertThat(new TiedRank(2, 1, 1).hitRate(3)).isEqualTo(1.0);
        assertThat(new TiedRank(2, 1, 1).expectedRank()).isEqualTo(3.0);
    }

    @Test
    void theFormulaIsTheMeanOverAllOrdersOfTheTiedItems() {
        for (int better = 0; better <= 2; better++) {
            for (int tied = 1; tied <= 6; tied++) {
                for (int relevant = 1; relevant <= tied; relevant++) {
                    TiedRank rank = new TiedRank(better, tied, relevant);
                    List<Integer> firsts = firstRelevantPositions(tied, relevant);
                    int aboveAll = better;
                    for (int k = 1; k <= better + tied + 1; k++) {
                        int top = k;
                        double rate = firsts.stream()
                                .mapToInt(first -> aboveAll + first < top ? 1 : 0)
                                .average()
                                .orElseThrow();
                        assertThat(rank.hitRate(k)).as("%s, k=%d", rank, k).isCloseTo(rate, within(1e-14));
                    }
                    double expected = firsts.stream()
                            .mapToInt(first -> aboveAll + first + 1)
                            .average()
                            .orElseThrow();
                    assertThat(rank.expectedRank()).as("%s", rank).isCloseTo(expected, within(1e-12));
                }
            }
        }
    }

    /** For every permutation of the tied items, the first of which {@code relevant} are relevant, where one comes first. */
    private static List<Integer> firstRelevantPositions(int tied, int relevant) {
        List<Integer> positions = new ArrayList<>();
        permute(new int[tied], 0, new boolean[tied], relevant, positions);
        return positions;
    }

    private static void permute(int[] order, int at, boolean[] used, int relevant, List<Integer> positions) {
        if (at == order.length) {
            int first = 0;
            while (order[first] >= relevant) {
                first++;
            }
            positions.add(first);
            return;
        }
        for (int item = 0; item < order.length; item++) {
            if (!used[item]) {
                used[item] = true;
                order[at] = item;
                permute(order, at + 1, used, relevant, positions);
                used[item] = false;
            }
        }
    }

    @Test
    void aMillionTiedItemsNeitherOverflowNorLosePrecision() {
        assertThat(new TiedRank(0, 1_000_000, 1).hitRate(10)).isCloseTo(1e-5, within(1e-16));
        assertThat(new TiedRank(0, 1_000_000, 500_000).hitRate(1)).isCloseTo(0.5, within(1e-15));
        assertThat(new TiedRank(0, 1_000_000, 1).hitRate(500_000)).isCloseTo(0.5, within(1e-12));
    }

    @Test
    void hitRatesGrowWithK() {
        TiedRank rank = new TiedRank(3, 9, 2);
        for (int k = 1; k < 15; k++) {
            assertThat(rank.hitRate(k)).isLessThanOrEqualTo(rank.hitRate(k + 1)).isBetween(0.0, 1.0);
        }
    }

    @Test
    void impossibleCountsAreRefused() {
        assertThatThrownBy(() -> new TiedRank(0, 2, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TiedRank(-1, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TiedRank(0, 1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
