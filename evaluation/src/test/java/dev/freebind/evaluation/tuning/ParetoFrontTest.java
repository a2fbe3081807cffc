package dev.freebind.evaluation.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParetoFrontTest {

    private static boolean dominates(double[] a, double[] b) {
        boolean higher = false;
        for (int i = 0; i < a.length; i++) {
            if (a[i] < b[i]) {
                return false;
            }
            higher |= a[i] > b[i];
        }
        return higher;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void theFrontIsExactlyWhatNoOtherPointDominates(int values) {
        Random random = new Random(values);
        List<double[]> points = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            // few levels, so that there are many ties
            points.add(random.ints(values, 0, 12).asDoubleStream().toArray());
        }
        List<Integer> front = ParetoFront.of(points);
        for (int i = 0; i < points.size(); i++) {
            double[] point = points.get(i);
            boolean beaten = points.stream().anyMatch(other -> dominates(other, point));
            boolean equalIsThere = front.stream().anyMatch(member -> Arrays.equals(points.get(member), point));
            assertThat(equalIsThere).as("point %s", Arrays.toString(point)).isEqualTo(!beaten);
        }
        assertThat(front.stream().map(i -> Arrays.toString(points.get(i)))).doesNotHaveDuplicates();
        assertThat(IntStream.range(1, front.size())
                        .allMatch(i -> points.get(front.get(i - 1))[0] >= points.get(front.get(i))[0]))
                .isTrue();
    }

    @Test
    void ofNoPointThereIsNone() {
        assertThat(ParetoFront.of(List.of())).isEmpty();
    }
}
