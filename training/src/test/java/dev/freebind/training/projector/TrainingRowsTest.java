package dev.freebind.training.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.execution.ProjectorTraining.RowRange;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TrainingRowsTest {

    @Test
    void anEpochVisitsEveryRowThatIsNotHeldOutOnce() {
        TrainingRows rows = new TrainingRows(20, List.of(new RowRange(15, 3), new RowRange(0, 2)));
        assertThat(rows.count()).isEqualTo(15);
        long[] visited = rows.batch(rows.order(7, 1), 0, 15);
        assertThat(visited)
                .containsExactly(LongStream.concat(LongStream.range(2, 15), LongStream.range(18, 20))
                        .toArray());
    }

    @Test
    void aBatchIsSortedAndDiffersFromTheNext() {
        TrainingRows rows = new TrainingRows(1000, List.of());
        int[] order = rows.order(7, 1);
        long[] first = rows.batch(order, 0, 10);
        assertThat(first).isSorted().isNotEqualTo(rows.batch(order, 10, 10));
        assertThat(first[9] - first[0]).as("drawn from everywhere").isGreaterThan(300);
    }

    @Test
    void seedAndEpochDecideTheOrder() {
        TrainingRows rows = new TrainingRows(100, List.of());
        assertThat(rows.order(7, 1)).isEqualTo(rows.order(7, 1));
        assertThat(rows.order(7, 1)).isNotEqualTo(rows.order(7, 2));
        assertThat(rows.order(7, 1)).isNotEqualTo(rows.order(8, 1));
        assertThat(rows.order(8, 1)).isNotEqualTo(rows.order(7, 2));
        int[] sorted = rows.order(7, 1);
        Arrays.sort(sorted);
        assertThat(sorted).isEqualTo(IntStream.range(0, 100).toArray());
    }

    @Test
    void everyRowIsAsLikelyToComeFirst() {
        TrainingRows rows = new TrainingRows(4, List.of());
        int[] first = new int[4];
        for (int epoch = 1; epoch <= 4000; epoch++) {
            first[rows.order(3, epoch)[0]]++;
        }
        // 1000 each, standard deviation 27.
        assertThat(Arrays.stream(first).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(860, 1140));
    }

    @Test
    void heldOutRangesThatOverlapOrLeaveTheRowsAreRefused() {
        assertThatThrownBy(() -> new TrainingRows(10, List.of(new RowRange(0, 3), new RowRange(2, 3))))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("2 to 4");
        assertThatThrownBy(() -> new TrainingRows(10, List.of(new RowRange(8, 3))))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("10 rows");
    }
}
