package dev.freebind.training.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.NearestItems.Neighbours;
import dev.freebind.bonds.execution.NearestItems.RelevantRanks;
import dev.freebind.bonds.execution.Relevance;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorFlowNearestItemsTest {

    private static final Progress.Task SILENT = new Progress.Task() {};

    private final TensorFlowRuntime runtime = TensorFlowRuntime.start(Device.CPU, 0);
    /** Blocks so small that a few rows need many of them; one block of scores may wait. */
    private final TensorFlowNearestItems inSmallBlocks = new TensorFlowNearestItems(runtime, 7, 3, 5, 1);

    private final TensorFlowNearestItems nearest = new TensorFlowNearestItems(runtime);

    @Test
    void theGoldenRecallFollowsFromTheRanks() throws IOException {
        Embeddings queries = Rows.goldenRows("metrics/query.npy");
        Embeddings gallery = Rows.goldenRows("metrics/gallery.npy");
        JsonNode expected =
                new ObjectMapper().readTree(Rows.golden("metrics/expected.json").toFile());
        int[][] two = new int[12][];
        for (int query = 0; query < two.length; query++) {
            JsonNode list = expected.get("two-relevant-lists").get(query);
            two[query] = IntStream.of(list.get(0).asInt(), list.get(1).asInt())
                    .sorted()
                    .toArray();
        }
        for (TensorFlowNearestItems any : List.of(nearest, inSmallBlocks)) {
            RelevantRanks one = any.ranks(queries, gallery, Relevance.rowAligned(12), SILENT);
            RelevantRanks both = any.ranks(queries, gallery, Relevance.of(two, 12), SILENT);
            for (int k : new int[] {1, 5, 10}) {
                assertThat(recall(one, k))
                        .isCloseTo(
                                expected.get("one-relevant").get("recall@" + k).asDouble(), within(1e-12));
                assertThat(recall(both, k))
                        .isCloseTo(
                                expected.get("two-relevant").get("recall@" + k).asDouble(), within(1e-12));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "coco500_clipB16_image, coco500_clipB16_text, 55.2, 80.8, 89.2",
        "coco500_clipB16_text, coco500_clipB16_image, 50.6, 76.6, 86.2",
        "videoclip100_video, videoclip100_text, 37.0, 67.0, 81.0",
        "videoclip100_text, videoclip100_video, 24.0, 52.0, 73.0"
    })
    void realPairsGiveTheKnownRecall(String queries, String gallery, double at1, double at5, double at10) {
        Path folder = Path.of(System.getProperty("freebind.root"), "..", "shared", "realdata", "pairs");
        Assumptions.assumeTrue(Files.isDirectory(folder), "the real pairs are not beside this project");
        Embeddings from = Rows.copy(folder.resolve(queries + ".npy")).normalised();
        Embeddings to = Rows.copy(folder.resolve(gallery + ".npy")).normalised();
        RelevantRanks ranks = nearest.ranks(from, to, Relevance.rowAligned((int) from.rows()), SILENT);
        assertThat(100 * recall(ranks, 1)).isCloseTo(at1, within(0.005));
        assertThat(100 * recall(ranks, 5)).isCloseTo(at5, within(0.005));
        assertThat(100 * recall(ranks, 10)).isCloseTo(at10, within(0.005));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 5, 2", "7, 10, 3", "8, 11, 4", "20, 33, 1", "33, 20, 20", "50, 64, 6"})
    void ranksAreThoseOfThePlainDefinitionWhateverTheBlocks(int queryRows, int galleryRows, int mostRelevant) {
        Random random = new Random(queryRows * 1000L + galleryRows);
        Embeddings queries = Rows.unit(1, queryRows, 6);
        Embeddings gallery = withDuplicates(Rows.unit(2, galleryRows, 6), random);
        int[][] relevant = new int[queryRows][];
        for (int query = 0; query < queryRows; query++) {
            relevant[query] = random.ints(random.nextInt(mostRelevant + 1), 0, galleryRows)
                    .distinct()
                    .sorted()
                    .toArray();
        }
        Relevance relevance = Relevance.of(relevant, galleryRows);
        RelevantRanks expected = plain(queries, gallery, relevant);
        for (TensorFlowNearestItems any : List.of(nearest, inSmallBlocks)) {
            RelevantRanks ranks = any.ranks(queries, gallery, relevance, SILENT);
            assertThat(ranks.better()).isEqualTo(expected.better());
            assertThat(ranks.tied()).isEqualTo(expected.tied());
            assertThat(ranks.relevantTied()).isEqualTo(expected.relevantTied());
        }
    }

    @Test
    void aConstantEmbeddingScoresChance() {
        int rows = 40;
        float[] values = new float[rows * 8];
        Arrays.fill(values, (float) Math.sqrt(1.0 / 8));
        Embeddings constant = Embeddings.of(values, 8, "constant");
        RelevantRanks ranks = inSmallBlocks.ranks(constant, constant, Relevance.rowAligned(rows), SILENT);
        assertThat(ranks.better()).containsOnly(0);
        assertThat(ranks.tied()).containsOnly(rows);
        assertThat(recall(ranks, 1)).isCloseTo(1.0 / rows, within(1e-12));
        assertThat(recall(ranks, 10)).isCloseTo(10.0 / rows, within(1e-12));
    }

    @Test
    void aPaddedBlockDoesNotCountItsPadding() {
        // Every true score is negative, so a row of zeros would be better than all of them.
        Embeddings gallery = Rows.unit(3, 11, 4);
        float[] sum = new float[4];
        for (int i = 0; i < 4; i++) {
            sum[i] = -10;
        }
        float[] positive = Rows.array(gallery);
        for (int i = 0; i < positive.length; i++) {
            positive[i] = Math.abs(positive[i]);
        }
        Embeddings query = Embeddings.of(sum, 4, "query");
        Embeddings orthant = Embeddings.of(positive, 4, "orthant");
        RelevantRanks ranks = inSmallBlocks.ranks(query, orthant, Relevance.of(new int[][] {{10}}, 11), SILENT);
        assertThat(ranks.better()[0]).isLessThan(11).isNotNegative();
        assertThat(ranks.tied()).containsExactly(1);
        assertThat(inSmallBlocks.nearest(query, orthant, 11, SILENT).rows())
                .containsExactlyInAnyOrder(IntStream.range(0, 11).boxed().toArray(Integer[]::new));
    }

    @Test
    void queriesWithoutRelevantItemAreMarked() {
        RelevantRanks ranks = inSmallBlocks.ranks(
                Rows.unit(4, 9, 4),
                Rows.unit(5, 6, 4),
                Relevance.of(new int[][] {{}, {1}, {}, {}, {}, {}, {}, {}, {}}, 6),
                SILENT);
        assertThat(ranks.better()[1]).isNotNegative();
        assertThat(IntStream.range(0, 9).filter(i -> i != 1).map(i -> ranks.better()[i]))
                .containsOnly(-1);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "5, 12, 1", "9, 12, 3", "9, 12, 7", "8, 11, 11", "8, 11, 50", "20, 64, 10"})
    void theNearestComeBestFirstAndEqualScoresByRow(int queryRows, int galleryRows, int k) {
        Embeddings queries = Rows.unit(6, queryRows, 6);
        Embeddings gallery = withDuplicates(Rows.unit(7, galleryRows, 6), new Random(galleryRows));
        double[][] scores = products(queries, gallery);
        for (TensorFlowNearestItems any : List.of(nearest, inSmallBlocks)) {
            Neighbours neighbours = any.nearest(queries, gallery, k, SILENT);
            int kept = Math.min(k, galleryRows);
            assertThat(neighbours.k()).isEqualTo(kept);
            for (int query = 0; query < queryRows; query++) {
                double[] row = scores[query];
                int[] expected = IntStream.range(0, galleryRows)
                        .boxed()
                        .sorted(Comparator.<Integer>comparingDouble(i -> -Math.rint(row[i] * 1e6))
                                .thenComparing(i -> i))
                        .mapToInt(i -> i)
                        .limit(kept)
                        .toArray();
                assertThat(Arrays.copyOfRange(neighbours.rows(), query * kept, (query + 1) * kept))
                        .isEqualTo(expected);
                for (int i = 0; i < kept; i++) {
                    assertThat((double) neighbours.scores()[query * kept + i])
                            .isCloseTo(row[expected[i]], within(1e-6));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "5, 4", "8, 5", "9, 23"})
    void scoresComeQueryByQueryAgainstTheWholeGallery(int queryRows, int galleryRows) {
        Embeddings queries = Rows.unit(8, queryRows, 6);
        Embeddings gallery = Rows.unit(9, galleryRows, 6);
        double[][] expected = products(queries, gallery);
        int[] next = {0};
        inSmallBlocks.scores(
                queries,
                gallery,
                (query, scores) -> {
                    assertThat(query).isEqualTo(next[0]++);
                    assertThat(scores.remaining()).isEqualTo(galleryRows);
                    for (int i = 0; i < galleryRows; i++) {
                        assertThat((double) scores.get()).isCloseTo(expected[query][i], within(1e-6));
                    }
                },
                SILENT);
        assertThat(next[0]).isEqualTo(queryRows);
    }

    @Test
    void alignedRowsNeedTheGalleryOncePerBlockOfQueries() {
        Rows.Counting gallery = new Rows.Counting(Rows.unit(10, 35, 6));
        inSmallBlocks.ranks(Rows.unit(11, 35, 6), gallery, Relevance.rowAligned(35), SILENT);
        // 5 blocks of 7 queries, 7 blocks of 5 rows; a part whose relevant rows lie in two blocks may score one again.
        assertThat(gallery.read.get()).isLessThanOrEqualTo(5 * (35 + 2 * 5));
    }

    @Test
    void progressCountsEveryQueryOnce() {
        AtomicLong counted = new AtomicLong();
        Progress.Task task = new Progress.Task() {
            @Override
            public void advance(long units) {
                assertThat(units).isNotNegative();
                counted.addAndGet(units);
            }
        };
        Embeddings queries = Rows.unit(12, 25, 4);
        inSmallBlocks.ranks(queries, queries, Relevance.rowAligned(25), task);
        assertThat(counted.getAndSet(0)).isEqualTo(25);
        inSmallBlocks.nearest(queries, queries, 2, task);
        assertThat(counted.getAndSet(0)).isEqualTo(25);
        inSmallBlocks.scores(queries, queries, (query, scores) -> {}, task);
        assertThat(counted.get()).isEqualTo(25);
    }

    @Test
    void whatDoesNotFitIsRefusedNamingBoth() {
        Embeddings rows = Rows.unit(13, 5, 4);
        assertThatThrownBy(() -> nearest.nearest(rows, Rows.unit(14, 5, 3), 1, SILENT))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("dimension 4 (seed 13)")
                .hasMessageContaining("dimension 3 (seed 14)");
        assertThatThrownBy(() -> nearest.nearest(rows, rows, 0, SILENT))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("ask for 1 at least");
        assertThatThrownBy(() -> nearest.nearest(rows, rows.slice(0, 0), 1, SILENT))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("no rows");
        assertThatThrownBy(() -> nearest.ranks(rows, rows, Relevance.rowAligned(4), SILENT))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("4 queries")
                .hasMessageContaining("has 5");
    }

    @Test
    void aQueryWhoseScoresAreNotNumbersIsNamed() {
        float[] values = Rows.array(Rows.unit(15, 9, 4));
        values[4 * 6] = Float.NaN;
        Embeddings damaged = Embeddings.of(values, 4, "damaged");
        assertThatThrownBy(() -> inSmallBlocks.ranks(damaged, Rows.unit(16, 9, 4), Relevance.rowAligned(9), SILENT))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("damaged, row 6");
    }

    @Test
    void repeatedCallsKeepNoNativeMemory() throws Exception {
        Embeddings rows = Rows.unit(17, 6000, 32);
        long before = 0;
        for (int round = 0; round < 24; round++) {
            if (round == 8) {
                before = ResidentMemory.bytes();
            }
            nearest.ranks(rows, rows, Relevance.rowAligned(6000), SILENT);
            nearest.nearest(rows.slice(0, 500), rows, 5, SILENT);
            nearest.scores(rows.slice(0, 500), rows, (query, scores) -> {}, SILENT);
        }
        assertThat(ResidentMemory.bytes() - before).isLessThan(100L << 20);
    }

    /** Hit rate with ties as the mean over all orders of the tied items. */
    private static double recall(RelevantRanks ranks, int k) {
        double sum = 0;
        int queries = 0;
        for (int query = 0; query < ranks.better().length; query++) {
            if (ranks.better()[query] >= 0) {
                int tied = ranks.tied()[query];
                int drawn = Math.max(0, Math.min(k - ranks.better()[query], tied));
                double miss = 1;
                for (int i = 0; i < drawn; i++) {
                    miss *= Math.max(0, (double) (tied - ranks.relevantTied()[query] - i)) / (tied - i);
                }
                sum += 1 - miss;
                queries++;
            }
        }
        return sum / queries;
    }

    private static RelevantRanks plain(Embeddings queries, Embeddings gallery, int[][] relevant) {
        double[][] scores = products(queries, gallery);
        int[] better = new int[scores.length];
        int[] tied = new int[scores.length];
        int[] relevantTied = new int[scores.length];
        for (int query = 0; query < scores.length; query++) {
            double[] row = scores[query];
            if (relevant[query].length == 0) {
                better[query] = -1;
                continue;
            }
            double best = Arrays.stream(relevant[query])
                    .mapToDouble(i -> row[i])
                    .max()
                    .orElseThrow();
            better[query] = (int)
                    Arrays.stream(row).filter(score -> score > best + 1e-6).count();
            tied[query] = (int) Arrays.stream(row)
                    .filter(score -> Math.abs(score - best) <= 1e-6)
                    .count();
            relevantTied[query] = (int) Arrays.stream(relevant[query])
                    .filter(i -> row[i] >= best - 1e-6)
                    .count();
        }
        return new RelevantRanks(better, tied, relevantTied);
    }

    private static double[][] products(Embeddings queries, Embeddings gallery) {
        double[][] g = Rows.matrix(gallery);
        return Arrays.stream(Rows.matrix(queries))
                .map(query -> Arrays.stream(g)
                        .mapToDouble(item -> IntStream.range(0, item.length)
                                .mapToDouble(j -> item[j] * query[j])
                                .sum())
                        .toArray())
                .toArray(double[][]::new);
    }

    /** Overwrites about a third of the rows with copies of others. */
    private static Embeddings withDuplicates(Embeddings rows, Random random) {
        float[] values = Rows.array(rows);
        int dimension = rows.dimension();
        for (int i = 0; i < rows.rows() / 3; i++) {
            int from = random.nextInt((int) rows.rows());
            int to = random.nextInt((int) rows.rows());
            System.arraycopy(values, from * dimension, values, to * dimension, dimension);
        }
        return Embeddings.of(values, dimension, "with duplicates");
    }
}
