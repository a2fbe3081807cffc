package dev.freebind.training.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorFlowSoftRetrievalTest {

    private static final Progress.Task SILENT = new Progress.Task() {};

    private final TensorFlowRuntime runtime = TensorFlowRuntime.start(Device.CPU, 0);
    /** Blocks so small that a few rows need many of them. */
    private final TensorFlowSoftRetrieval inSmallBlocks = new TensorFlowSoftRetrieval(runtime, 7, 3, 5);

    private final TensorFlowSoftRetrieval retrieval = new TensorFlowSoftRetrieval(runtime);

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 5", "2, 4", "3, 6", "7, 10", "8, 11", "15, 15", "21, 1", "40, 33"})
    void agreesWithThePlainSumInDoublePrecisionWhateverTheBlocks(int queryRows, int keyRows) {
        Embeddings queries = Rows.unit(1, queryRows, 16);
        Embeddings keys = Rows.unit(2, keyRows, 16);
        Embeddings values = Rows.unit(3, keyRows, 9);
        for (double temperature : new double[] {0.01, 0.05, 1}) {
            float[] result = retrieve(inSmallBlocks, queries, keys, values, temperature);
            assertClose(result, plain(queries, keys, values, temperature), 1e-5);
            assertClose(retrieve(retrieval, queries, keys, values, temperature), result, 1e-5);
        }
    }

    @Test
    void stepsOfThePaperGiveTheGoldenPseudoPairs() {
        check("unified/text", "unified/image", "unified/image", "image-text/start-text/unified-image");
        check("image-text/image", "image-text/text", "image-text/text", "image-text/start-image/expert-text");
        check("unified/audio", "unified/image", "image-text/image", "image-text/start-audio/expert-image");
        check("audio-text/text", "audio-text/audio", "unified/audio", "audio-text/start-text/unified-audio");
        check("unified/image", "unified/text", "audio-text/text", "audio-text/start-image/expert-text");
    }

    @Test
    void chainedQueriesAreUsedAsTheyAre() {
        Embeddings chained = Rows.goldenRows("pseudo/image-text/start-text/unified-image.npy");
        Embeddings audio = Rows.goldenRows("corpora/unified/audio.npy");
        assertClose(
                retrieve(retrieval, chained, audio, audio, 0.01),
                Rows.array(Rows.goldenRows("pseudo/image-text/start-text/unified-audio.npy")),
                1e-5);
    }

    private void check(String queries, String keys, String values, String expected) {
        Embeddings golden = Rows.goldenRows("pseudo/" + expected + ".npy");
        for (TensorFlowSoftRetrieval any : List.of(retrieval, inSmallBlocks)) {
            float[] result = retrieve(
                    any,
                    Rows.goldenRows("corpora/" + queries + ".npy"),
                    Rows.goldenRows("corpora/" + keys + ".npy"),
                    Rows.goldenRows("corpora/" + values + ".npy"),
                    0.01);
            assertClose(result, Rows.array(golden), 1e-5);
        }
    }

    @Test
    void severalValuesShareOnePass() {
        Embeddings queries = Rows.unit(4, 11, 8);
        Rows.Counting keys = new Rows.Counting(Rows.unit(5, 12, 8));
        Rows.Counting other = new Rows.Counting(Rows.unit(6, 12, 3));
        Collected own = new Collected();
        Collected first = new Collected();
        Collected second = new Collected();
        inSmallBlocks.retrieve(queries, keys, List.of(keys, other, other), 0.1, List.of(own, first, second), SILENT);

        assertClose(own.values(), plain(queries, keys, keys, 0.1), 1e-5);
        assertClose(first.values(), plain(queries, keys, other, 0.1), 1e-5);
        assertThat(second.values()).isEqualTo(first.values());
    }

    @Test
    void keysThatAreAlsoValuesAreReadOncePerBlockOfQueries() {
        Rows.Counting keys = new Rows.Counting(Rows.unit(5, 22, 8));
        inSmallBlocks.retrieve(
                Rows.unit(4, 13, 8),
                keys.normalised(),
                List.of(keys.normalised(), keys.normalised()),
                0.1,
                List.of(new Collected(), new Collected()),
                SILENT);
        // 13 queries are two blocks of queries; the last of the five blocks of keys is still there for the second one.
        assertThat(keys.read.get()).isBetween(22L, 44L);
    }

    @Test
    void keysOfTwoBlocksAreReadOnceHoweverManyQueriesThereAre() {
        Rows.Counting keys = new Rows.Counting(Rows.unit(5, 10, 8));
        inSmallBlocks.retrieve(Rows.unit(4, 50, 8), keys, List.of(keys), 0.1, List.of(new Collected()), SILENT);
        assertThat(keys.read.get()).isEqualTo(10);
    }

    @Test
    void queriesFarFromEveryKeyDoNotUnderflow() {
        // Every cosine is negative: exp((cosine - 1) / 0.01) would be 0 for all keys.
        Embeddings keys = Rows.unit(7, 23, 32);
        float[] opposite = Rows.array(keys.slice(0, 6));
        for (int i = 0; i < opposite.length; i++) {
            opposite[i] = -opposite[i];
        }
        Embeddings queries = Embeddings.of(opposite, 32, "opposite");
        Embeddings same = Embeddings.of(repeat(Rows.array(keys.slice(0, 1)), 23), 32, "one key many times");
        assertClose(retrieve(inSmallBlocks, queries, keys, keys, 0.01), plain(queries, keys, keys, 0.01), 1e-5);
        assertClose(
                retrieve(inSmallBlocks, queries.slice(0, 1), same, keys, 0.01),
                plain(queries.slice(0, 1), same, keys, 0.01),
                1e-5);
    }

    @Test
    void aBlockThatOutweighsAllBeforeByMoreThanFloatCanHoldTakesOver() {
        // Logits from -1000 to 1000 at temperature 0.001, ascending and descending.
        int rows = 41;
        float[] up = new float[rows * 2];
        float[] down = new float[rows * 2];
        for (int i = 0; i < rows; i++) {
            double angle = Math.PI * i / (rows - 1);
            up[2 * i] = (float) -Math.cos(angle);
            up[2 * i + 1] = (float) Math.sin(angle);
            down[2 * i] = -up[2 * i];
            down[2 * i + 1] = up[2 * i + 1];
        }
        Embeddings query = Embeddings.of(new float[] {1, 0}, 2, "query");
        for (float[] order : List.of(up, down)) {
            Embeddings keys = Embeddings.of(order, 2, "keys");
            assertClose(retrieve(inSmallBlocks, query, keys, keys, 0.001), plain(query, keys, keys, 0.001), 1e-5);
        }
    }

    @Test
    void aTinyTemperatureGivesTheNearestKeysValue() {
        Embeddings keys = Rows.unit(8, 33, 24);
        Embeddings values = Rows.unit(9, 33, 4);
        Embeddings queries = keys.slice(10, 9);
        for (double temperature : new double[] {1e-5, 1e-10, 1e-30}) {
            assertClose(
                    retrieve(inSmallBlocks, queries, keys, values, temperature), Rows.array(values.slice(10, 9)), 1e-6);
        }
    }

    @Test
    void oneKeyGivesItsValueToEveryQuery() {
        Embeddings value = Rows.unit(10, 1, 5);
        float[] result = retrieve(retrieval, Rows.unit(11, 4, 6), Rows.unit(12, 1, 6), value, 0.01);
        assertClose(result, repeat(Rows.array(value), 4), 1e-6);
    }

    @Test
    void duplicatedKeysShareTheirWeight() {
        Embeddings queries = Rows.unit(13, 5, 8);
        Embeddings keys = Rows.unit(14, 12, 8);
        Embeddings twice = Embeddings.concatenation(List.of(keys, keys, keys));
        assertClose(
                retrieve(inSmallBlocks, queries, twice, twice, 0.02),
                retrieve(inSmallBlocks, queries, keys, keys, 0.02),
                1e-6);
    }

    @Test
    void noQueriesGiveNoRows() {
        Embeddings keys = Rows.unit(15, 3, 8);
        assertThat(retrieve(retrieval, keys.slice(0, 0), keys, keys, 0.01)).isEmpty();
    }

    @Test
    void theSameRequestGivesTheSameBits() {
        Embeddings queries = Rows.unit(16, 1500, 32);
        Embeddings keys = Rows.unit(17, 9000, 32);
        float[] once = retrieve(retrieval, queries, keys, keys, 0.01);
        for (int i = 0; i < 3; i++) {
            assertThat(retrieve(retrieval, queries, keys, keys, 0.01)).isEqualTo(once);
        }
    }

    @Test
    void progressCountsEveryPairOnce() {
        AtomicLong pairs = new AtomicLong();
        Progress.Task task = new Progress.Task() {
            @Override
            public void advance(long units) {
                pairs.addAndGet(units);
            }
        };
        Embeddings keys = Rows.unit(18, 23, 4);
        inSmallBlocks.retrieve(Rows.unit(19, 17, 4), keys, List.of(keys), 0.1, List.of(new Collected()), task);
        assertThat(pairs.get()).isEqualTo(17 * 23);
    }

    @Test
    void whatDoesNotFitIsRefusedNamingBoth() {
        Embeddings keys = Rows.unit(20, 5, 4);
        assertThatThrownBy(() -> retrieve(retrieval, Rows.unit(21, 2, 3), keys, keys, 0.01))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("dimension 3 (seed 21)")
                .hasMessageContaining("dimension 4 (seed 20)");
        assertThatThrownBy(() -> retrieve(retrieval, keys, keys, Rows.unit(22, 6, 4), 0.01))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("6 rows (seed 22)")
                .hasMessageContaining("5 rows (seed 20)");
        assertThatThrownBy(() -> retrieve(retrieval, keys, keys.slice(0, 0), keys.slice(0, 0), 0.01))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("no rows");
        for (double temperature : new double[] {0, -1, 1e-31, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> retrieve(retrieval, keys, keys, keys, temperature))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("temperature " + temperature);
        }
        assertThatThrownBy(() -> retrieval.retrieve(keys, keys, List.of(keys), 0.01, List.of(), SILENT))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("1 values")
                .hasMessageContaining("0 sinks");
    }

    @Test
    void aRowThatCannotBeReadIsNamed() {
        float[] values = Rows.array(Rows.unit(23, 30, 4));
        values[4 * 17 + 2] = Float.NaN;
        Embeddings damaged = Embeddings.of(values, 4, "damaged.npy");
        assertThatThrownBy(() ->
                        retrieve(inSmallBlocks, Rows.unit(24, 9, 4), damaged.normalised(), damaged.normalised(), 0.01))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("damaged.npy, row 17");
    }

    @Test
    void aQueryThatIsNotFiniteIsNamed() {
        float[] values = Rows.array(Rows.unit(25, 12, 4));
        values[4 * 8] = Float.POSITIVE_INFINITY;
        Embeddings keys = Rows.unit(26, 12, 4);
        assertThatThrownBy(() -> retrieve(inSmallBlocks, Embeddings.of(values, 4, "chained"), keys, keys, 0.01))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("chained, row 8");
    }

    @Test
    void repeatedCallsKeepNoNativeMemory() throws Exception {
        Embeddings queries = Rows.unit(27, 1024, 64);
        Embeddings keys = Rows.unit(28, 10_000, 64);
        long before = 0;
        for (int round = 0; round < 40; round++) {
            if (round == 10) {
                before = ResidentMemory.bytes();
            }
            retrieve(retrieval, queries, keys, keys, 0.01);
        }
        // A single leaked block of logits (16 MiB) or state per round would be several hundred MiB.
        assertThat(ResidentMemory.bytes() - before).isLessThan(100L << 20);
    }

    @Test
    void aFailureHalfwayKeepsNoNativeMemory() throws Exception {
        Embeddings keys = Rows.unit(29, 9000, 64);
        Embeddings failing = new Rows.Counting(keys) {
            @Override
            public void read(long firstRow, int count, FloatBuffer target) {
                if (firstRow > 8000) {
                    throw new DataException("unreadable");
                }
                super.read(firstRow, count, target);
            }
        };
        long before = 0;
        for (int round = 0; round < 40; round++) {
            if (round == 10) {
                before = ResidentMemory.bytes();
            }
            assertThatThrownBy(() -> retrieve(retrieval, Rows.unit(30, 1024, 64), failing, failing, 0.01))
                    .isInstanceOf(DataException.class)
                    .hasMessage("unreadable");
        }
        assertThat(ResidentMemory.bytes() - before).isLessThan(100L << 20);
    }

    private static float[] retrieve(
            TensorFlowSoftRetrieval retrieval,
            Embeddings queries,
            Embeddings keys,
            Embeddings values,
            double temperature) {
        Collected result = new Collected();
        retrieval.retrieve(queries, keys, List.of(values), temperature, List.of(result), SILENT);
        return result.values();
    }

    /** The definition, in double precision. */
    private static float[] plain(Embeddings queries, Embeddings keys, Embeddings values, double temperature) {
        double[][] q = Rows.matrix(queries);
        double[][] k = Rows.matrix(keys);
        double[][] v = Rows.matrix(values);
        float[] result = new float[q.length * values.dimension()];
        for (int i = 0; i < q.length; i++) {
            double[] query = q[i];
            double[] logits = Arrays.stream(k)
                    .mapToDouble(key -> IntStream.range(0, key.length)
                                    .mapToDouble(j -> key[j] * query[j])
                                    .sum()
                            / temperature)
                    .toArray();
            double largest = Arrays.stream(logits).max().orElseThrow();
            double[] weights = Arrays.stream(logits)
                    .map(logit -> Math.exp(logit - largest))
                    .toArray();
            double sum = Arrays.stream(weights).sum();
            for (int j = 0; j < values.dimension(); j++) {
                double value = 0;
                for (int key = 0; key < k.length; key++) {
                    value += weights[key] / sum * v[key][j];
                }
                result[i * values.dimension() + j] = (float) value;
            }
        }
        return result;
    }

    private static float[] repeat(float[] row, int times) {
        float[] rows = new float[row.length * times];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = row[i % row.length];
        }
        return rows;
    }

    private static void assertClose(float[] actual, float[] expected, double tolerance) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat((double) actual[i]).as("value %d", i).isCloseTo(expected[i], within(tolerance));
        }
    }
}
