package dev.freebind.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GalleryScanTest {

    private static final Progress.Task NOTHING = new Progress.Task() {};

    private static float[] unitRows(int rows, int dimension, long seed) {
        Random random = new Random(seed);
        float[] values = new float[rows * dimension];
        for (int row = 0; row < rows; row++) {
            double squares = 0;
            for (int i = 0; i < dimension; i++) {
                float value = (float) random.nextGaussian();
                values[row * dimension + i] = value;
                squares += value * value;
            }
            for (int i = 0; i < dimension; i++) {
                values[row * dimension + i] /= (float) Math.sqrt(squares);
            }
        }
        return values;
    }

    private static double product(float[] rows, int row, float[] direction) {
        double sum = 0;
        for (int i = 0; i < direction.length; i++) {
            sum += (double) rows[row * direction.length + i] * direction[i];
        }
        return sum;
    }

    /** All scores in double precision, sorted: what the scan must agree with. */
    private static int[] bruteForce(float[] rows, float[] direction) {
        return IntStream.range(0, rows.length / direction.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer row) -> -product(rows, row, direction)))
                .mapToInt(row -> row)
                .toArray();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 1",
        "7, 3, 2, 1",
        "1000, 16, 10, 1",
        "1001, 17, 1, 4",
        "5003, 511, 100, 2",
        "5003, 511, 1, 3",
        "20000, 129, 2000, 4",
        "20001, 64, 1000000, 2",
    })
    void theBestRowsAreThoseOfBruteForceInTheirOrder(int rows, int dimension, int k, int threads) {
        float[] values = unitRows(rows, dimension, 1);
        float[] direction = unitRows(1, dimension, 2);

        NearestRows found =
                GalleryScan.nearest(direction, Embeddings.of(values, dimension, "rows"), k, threads, NOTHING);

        int[] expected = bruteForce(values, direction);
        int[] foundRows = found.rows();
        float[] scores = found.scores();
        assertThat(foundRows).hasSize(Math.min(k, rows)).doesNotHaveDuplicates();
        assertThat(scores).hasSameSizeAs(foundRows);
        for (int i = 0; i < foundRows.length; i++) {
            assertThat((double) scores[i])
                    .isCloseTo(product(values, foundRows[i], direction), within(1e-6))
                    .as("place %d", i)
                    .isCloseTo(product(values, expected[i], direction), within(1e-6));
            assertThat(i == 0 || scores[i - 1] >= scores[i]).isTrue();
        }
    }

    @Test
    void anyNumberOfThreadsGivesTheSameBits() {
        float[] values = unitRows(30_000, 63, 3);
        float[] direction = unitRows(1, 63, 4);
        Embeddings rows = Embeddings.of(values, 63, "rows");
        NearestRows one = GalleryScan.nearest(direction, rows, 50, 1, NOTHING);
        for (int threads : new int[] {2, 3, 8}) {
            NearestRows several = GalleryScan.nearest(direction, rows, 50, threads, NOTHING);
            assertThat(several.rows()).isEqualTo(one.rows());
            assertThat(several.scores()).isEqualTo(one.scores());
        }
    }

    @Test
    void equalRowsTieWhereverTheyLieAndComeInTheirOrder() {
        int dimension = 333;
        int rows = 10_007;
        float[] same = unitRows(1, dimension, 5);
        float[] values = new float[rows * dimension];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(same, 0, values, row * dimension, dimension);
        }

        NearestRows found = GalleryScan.nearest(
                unitRows(1, dimension, 6), Embeddings.of(values, dimension, "rows"), 3000, 4, NOTHING);

        assertThat(found.rows()).isEqualTo(IntStream.range(0, 3000).toArray());
    }

    @Test
    void zerosOfBothSignsTie() {
        float[] rows = {1, 0, -1, -0f, 1, 0, 0, 1};
        NearestRows found = GalleryScan.nearest(new float[] {0, 1}, Embeddings.of(rows, 2, "rows"), 4, 1, NOTHING);
        assertThat(found.rows()).containsExactly(3, 0, 1, 2);
        assertThat(found.scores()).containsExactly(1, 0, 0, 0);
    }

    @ParameterizedTest
    @CsvSource({"NaN, 1", "Infinity, 1", "3, 1", "NaN, 2", "Infinity, 4"})
    void aRowThatIsNoUnitVectorIsNamed(float value, int threads) {
        int dimension = 64;
        float[] values = unitRows(40_000, dimension, 7);
        Arrays.fill(values, 33_333 * dimension, 33_333 * dimension + dimension, value);
        float[] direction = new float[dimension];
        direction[0] = 1;
        Embeddings rows = Embeddings.of(values, dimension, "embeddings.npy");

        assertThatThrownBy(() -> GalleryScan.nearest(direction, rows, 3, threads, NOTHING))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("embeddings.npy, row 33333")
                .hasMessageContaining("not a unit vector")
                .hasMessageContaining("make the index again");
    }

    @Test
    void lessThanOneItemIsRefused() {
        assertThatThrownBy(() ->
                        GalleryScan.nearest(new float[] {1}, Embeddings.of(new float[] {1}, 1, "r"), 0, 1, NOTHING))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("ask for 1 at least");
    }

    @Test
    void everyRowIsReadOnceAndReported() {
        float[] values = unitRows(25_000, 64, 8);
        AtomicLong read = new AtomicLong();
        AtomicLong reported = new AtomicLong();
        GalleryScan.nearest(
                unitRows(1, 64, 9),
                new ReadRows(Embeddings.of(values, 64, "rows"), read, Long.MAX_VALUE),
                5,
                3,
                new Progress.Task() {
                    @Override
                    public void advance(long units) {
                        reported.addAndGet(units);
                    }
                });
        assertThat(read).hasValue(25_000);
        assertThat(reported).hasValue(25_000);
    }

    @Test
    void aReadThatFailsEndsAllThreadsWithItsMessage() {
        AtomicLong read = new AtomicLong();
        Embeddings rows = new ReadRows(Embeddings.of(unitRows(60_000, 64, 10), 64, "rows"), read, 20_000);
        assertThatThrownBy(() -> GalleryScan.nearest(unitRows(1, 64, 11), rows, 5, 3, NOTHING))
                .isInstanceOf(DataException.class)
                .hasMessage("the file was shortened");
        long after = read.get();
        assertThat(after).as("rows read once it was known").isLessThan(60_000);
        assertThat(read).as("nobody reads any more").hasValue(after);
    }

    /** Counts rows that are read, and fails from some row on. */
    private record ReadRows(Embeddings all, AtomicLong read, long damagedFrom) implements Embeddings {
        @Override
        public long rows() {
            return all.rows();
        }

        @Override
        public int dimension() {
            return all.dimension();
        }

        @Override
        public void read(long firstRow, int count, FloatBuffer target) {
            if (firstRow + count > damagedFrom) {
                throw new DataException("the file was shortened");
            }
            all.read(firstRow, count, target);
            read.addAndGet(count);
        }

        @Override
        public String origin() {
            return all.origin();
        }
    }
}
