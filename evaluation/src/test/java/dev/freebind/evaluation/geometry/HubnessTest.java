package dev.freebind.evaluation.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.Hubness;
import dev.freebind.evaluation.PlainNearestItems;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HubnessTest {

    @Test
    void equalCountsHaveNoHubs() {
        Hubness hubness = Hubness.of(IntStream.range(0, 300).map(i -> i % 100).toArray(), 3, 100);
        assertThat(hubness).isEqualTo(new Hubness(3, 0, 0, 0.03));
    }

    @Test
    void oneItemThatIsEverybodysNeighbourIsTheLargestHubThereCanBe() {
        Hubness hubness = Hubness.of(new int[500], 1, 101);
        assertThat(hubness.never()).isCloseTo(100.0 / 101, within(1e-12));
        assertThat(hubness.most()).isEqualTo(1);
        // one value among n - 1 equal others: (n - 2) / √(n - 1)
        assertThat(hubness.skewness()).isCloseTo(99 / Math.sqrt(100), within(1e-9));
    }

    @Test
    void randomNeighboursHaveTheSkewnessOfTheBinomialDistribution() {
        Random random = new Random(3);
        int gallery = 20_000;
        int queries = 40_000;
        Hubness hubness = Hubness.of(random.ints(queries, 0, gallery).toArray(), 1, gallery);
        double p = 1.0 / gallery;
        assertThat(hubness.skewness()).isCloseTo((1 - 2 * p) / Math.sqrt(queries * p * (1 - p)), within(0.05));
        assertThat(hubness.never()).isCloseTo(Math.exp(-2), within(0.01));
    }

    @Test
    void gaussianCloudsHaveMoreHubsTheMoreDimensionsTheyHave() {
        assertThat(ofCloud(100)).isGreaterThan(ofCloud(3) + 0.5);
    }

    /** Euclidean neighbours of a cloud, as products: of (x, 1) with (2y, -|y|²). */
    private static double ofCloud(int dimension) {
        Random random = new Random(dimension);
        int items = 400;
        float[] queries = new float[items * (dimension + 1)];
        float[] gallery = new float[items * (dimension + 1)];
        for (int item = 0; item < items; item++) {
            double squares = 0;
            for (int i = 0; i < dimension; i++) {
                float value = (float) random.nextGaussian();
                queries[item * (dimension + 1) + i] = value;
                gallery[item * (dimension + 1) + i] = 2 * value;
                squares += value * value;
            }
            queries[item * (dimension + 1) + dimension] = 1;
            gallery[item * (dimension + 1) + dimension] = (float) -squares;
        }
        int[] found = new PlainNearestItems()
                .nearest(
                        Embeddings.of(queries, dimension + 1, "q"),
                        Embeddings.of(gallery, dimension + 1, "g"),
                        11,
                        Progress.SILENT.start("", 0, ""))
                .rows();
        // an item is its own nearest neighbour, which says nothing
        int[] others = IntStream.range(0, found.length)
                .filter(i -> i % 11 != 0)
                .map(i -> found[i])
                .toArray();
        assertThat(Arrays.stream(others).max().orElseThrow()).isLessThan(items);
        return Hubness.of(others, 10, items).skewness();
    }
}
