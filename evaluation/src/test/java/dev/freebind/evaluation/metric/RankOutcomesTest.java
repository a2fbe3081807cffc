package dev.freebind.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.api.Embeddings;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.Relevance;
import dev.freebind.evaluation.PlainNearestItems;
import dev.freebind.evaluation.interval.Statistic;
import dev.freebind.formats.npy.NpyFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RankOutcomesTest {

    private static final Path GOLDENS = resource("/goldens/metrics");

    private static Path resource(String name) {
        try {
            return Path.of(RankOutcomesTest.class.getResource(name).toURI());
        } catch (java.net.URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static RankOutcomes rank(Embeddings queries, Embeddings gallery, Relevance relevance) {
        return new RankOutcomes(new PlainNearestItems()
                .ranks(queries, gallery, relevance, Progress.SILENT.start("test", -1, "queries")));
    }

    private static double recall(RankOutcomes outcomes, int k) {
        return Statistic.MEAN.of(outcomes.hits(k));
    }

    private static Embeddings random(int rows, int dimension, long seed) {
        Random random = new Random(seed);
        float[] values = new float[rows * dimension];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        Embeddings rowsInMemory = Embeddings.of(values, dimension, "random").normalised();
        return rowsInMemory;
    }

    @Test
    void recallOfTheGoldensTieIncludedIsExact() throws Exception {
        JsonNode expected = new ObjectMapper().readTree(Files.readString(GOLDENS.resolve("expected.json")));
        try (NpyFile queries = NpyFile.open(GOLDENS.resolve("query.npy"));
                NpyFile gallery = NpyFile.open(GOLDENS.resolve("gallery.npy"))) {
            int rows = (int) queries.rows();
            RankOutcomes one = rank(queries.normalised(), gallery.normalised(), Relevance.rowAligned(rows));
            int[][] lists = new ObjectMapper().convertValue(expected.get("two-relevant-lists"), int[][].class);
            for (int[] list : lists) {
                java.util.Arrays.sort(list);
            }
            RankOutcomes two = rank(queries.normalised(), gallery.normalised(), Relevance.of(lists, rows));
            for (int k : new int[] {1, 5, 10}) {
                assertThat(recall(one, k))
                        .isCloseTo(expected.at("/one-relevant/recall@" + k).doubleValue(), within(1e-12));
                assertThat(recall(two, k))
                        .isCloseTo(expected.at("/two-relevant/recall@" + k).doubleValue(), within(1e-12));
            }
            float[] constant = new float[rows * 4];
            java.util.Arrays.fill(constant, 0.5f);
            Embeddings same = Embeddings.of(constant, 4, "constant");
            assertThat(recall(rank(same, same, Relevance.rowAligned(rows)), 1))
                    .isCloseTo(expected.get("constant-embedding recall@1").doubleValue(), within(1e-12));
        }
    }

    @Test
    void aConstantEmbeddingScoresChanceAtEveryK() {
        float[] constant = new float[20 * 3];
        java.util.Arrays.fill(constant, 1f);
        Embeddings same = Embeddings.of(constant, 3, "constant").normalised();
        RankOutcomes outcomes = rank(same, same, Relevance.rowAligned(20));
        for (int k = 1; k <= 20; k++) {
            assertThat(recall(outcomes, k)).isCloseTo(k / 20.0, within(1e-12));
        }
        assertThat(Statistic.MEDIAN.of(outcomes.expectedRanks())).isEqualTo(10.5);
    }

    @Test
    void theOrderOfTheGalleryChangesNothing() {
        Embeddings queries = random(30, 5, 1);
        float[] gallery = new float[40 * 5];
        random(40, 5, 2).read(0, 40, java.nio.FloatBuffer.wrap(gallery));
        System.arraycopy(gallery, 0, gallery, 5 * 35, 5 * 5); // five duplicates, so that there are ties
        List<Integer> order = new ArrayList<>(IntStream.range(0, 40).boxed().toList());
        Collections.shuffle(order, new Random(3));
        float[] shuffled = new float[gallery.length];
        int[][] relevant = new int[30][];
        for (int row = 0; row < 40; row++) {
            System.arraycopy(gallery, order.get(row) * 5, shuffled, row * 5, 5);
        }
        for (int query = 0; query < 30; query++) {
            relevant[query] = new int[] {order.indexOf(query)};
        }
        RankOutcomes before = rank(queries, Embeddings.of(gallery, 5, "gallery"), Relevance.of(singles(30), 40));
        RankOutcomes after = rank(queries, Embeddings.of(shuffled, 5, "shuffled"), Relevance.of(relevant, 40));
        for (int k = 1; k <= 40; k++) {
            assertThat(after.hits(k)).containsExactly(before.hits(k));
        }
        assertThat(after.expectedRanks()).containsExactly(before.expectedRanks());
    }

    private static int[][] singles(int count) {
        return IntStream.range(0, count).mapToObj(i -> new int[] {i}).toArray(int[][]::new);
    }

    @Test
    void recallNeverFallsAsKGrows() {
        RankOutcomes outcomes = rank(random(50, 4, 5), random(50, 4, 6), Relevance.rowAligned(50));
        for (int k = 1; k < 50; k++) {
            assertThat(recall(outcomes, k)).isLessThanOrEqualTo(recall(outcomes, k + 1));
        }
        assertThat(recall(outcomes, 50)).isEqualTo(1.0);
    }

    @Test
    void queriesWithoutARelevantItemAreLeftOutAndCounted() {
        int[][] relevant = {{0}, {}, {2}};
        Embeddings items = random(3, 4, 7);
        RankOutcomes outcomes = rank(items, items, Relevance.of(relevant, 3));
        assertThat(outcomes.skipped()).isEqualTo(1);
        assertThat(outcomes.scored()).isEqualTo(2);
        assertThat(outcomes.isScored(1)).isFalse();
        assertThat(outcomes.hits(1)).containsExactly(1.0, 1.0);
    }
}
