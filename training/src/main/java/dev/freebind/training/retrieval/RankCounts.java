package dev.freebind.training.retrieval;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.execution.Relevance;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Where the best relevant items of one block of queries stand.
 *
 * <p>A block of the gallery that holds relevant rows is scored first; its scores wait until the thresholds of its queries are
 * known, and are counted then. Blocks whose scores could not be kept are scored again. Whoever made it closes it.
 */
final class RankCounts implements AutoCloseable {

    private final ScoreGraph graph;
    private final ReadAhead blocks;
    private final QueryBlock queries;
    private final int keptBlocks;
    private final List<PartCounts> parts = new ArrayList<>();
    /** Blocks of scores that wait for thresholds, over all parts. */
    private int waiting;

    RankCounts(
            ScoreGraph graph,
            ReadAhead blocks,
            QueryBlock queries,
            Embeddings origin,
            Relevance relevance,
            int keptBlocks) {
        this.graph = graph;
        this.blocks = blocks;
        this.queries = queries;
        this.keptBlocks = keptBlocks;
        for (QueryBlock.Part part : queries.parts()) {
            parts.add(new PartCounts(this, part, origin, relevance));
        }
    }

    void count(Progress.Task progress) {
        SortedSet<Integer> withRelevant = new TreeSet<>();
        parts.forEach(part -> withRelevant.addAll(part.blocksWithRelevant));
        QueryProgress share = new QueryProgress(progress, queries.rows(), withRelevant.size() + blocks.blocks());
        withRelevant.forEach(blocks::schedule);
        for (int i = 0; i < withRelevant.size(); i++) {
            ReadAhead.Block block = blocks.next();
            parts.forEach(part -> part.scoreRelevant(block));
            share.advance();
        }
        List<Integer> rest = IntStream.range(0, blocks.blocks())
                .filter(block -> parts.stream().anyMatch(part -> part.hasToCount(block)))
                .boxed()
                .toList();
        rest.forEach(blocks::schedule);
        for (int i = 0; i < rest.size(); i++) {
            ReadAhead.Block block = blocks.next();
            parts.forEach(part -> part.count(block));
            share.advance();
        }
        share.finish();
    }

    void copyTo(NearestItems.RelevantRanks ranks) {
        parts.forEach(part -> part.copyTo(ranks));
    }

    @Override
    public void close() {
        parts.forEach(PartCounts::close);
    }

    /** The same for the queries of one product. */
    private static final class PartCounts implements AutoCloseable {

        private final RankCounts whole;
        private final QueryBlock.Part part;
        private final Embeddings origin;
        private final int[][] relevant;
        private final float[][] relevantScores;
        private final SortedSet<Integer> blocksWithRelevant = new TreeSet<>();
        private final Map<Integer, ScoreGraph.Scores> waiting = new HashMap<>();
        private final Set<Integer> counted = new HashSet<>();
        private ScoreGraph.@Nullable Thresholds thresholds;

        PartCounts(RankCounts whole, QueryBlock.Part part, Embeddings origin, Relevance relevance) {
            this.whole = whole;
            this.part = part;
            this.origin = origin;
            relevant = new int[part.rows()][];
            relevantScores = new float[part.rows()][];
            for (int query = 0; query < part.rows(); query++) {
                relevant[query] = relevance.relevant(part.first() + query);
                relevantScores[query] = new float[relevant[query].length];
                for (int row : relevant[query]) {
                    blocksWithRelevant.add(row / whole.blocks.blockRows());
                }
            }
        }

        /** Scores a block that holds relevant rows; counts it as soon as every relevant row is scored, if it could be kept. */
        void scoreRelevant(ReadAhead.Block block) {
            if (!blocksWithRelevant.contains(block.index())) {
                return;
            }
            boolean last = block.index() == blocksWithRelevant.last();
            ScoreGraph.Scores scores = whole.graph.scores(part.tensor(), block);
            if (!last && whole.waiting >= whole.keptBlocks) {
                try (scores) {
                    pickRelevant(block, scores.buffer());
                }
                return;
            }
            waiting.put(block.index(), scores);
            whole.waiting++;
            pickRelevant(block, scores.buffer());
            if (last) {
                ScoreGraph.Thresholds known = thresholds();
                thresholds = known;
                waiting.values().forEach(kept -> whole.graph.count(kept, known));
                counted.addAll(waiting.keySet());
                discardWaiting();
            }
        }

        private void pickRelevant(ReadAhead.Block block, FloatBuffer scores) {
            int firstRow = block.index() * whole.blocks.blockRows();
            for (int query = 0; query < part.rows(); query++) {
                int[] rows = relevant[query];
                int from = Arrays.binarySearch(rows, firstRow);
                for (int i = from < 0 ? -from - 1 : from; i < rows.length && rows[i] - firstRow < block.rows(); i++) {
                    relevantScores[query][i] = scores.get(query * block.rows() + rows[i] - firstRow);
                }
            }
        }

        private ScoreGraph.Thresholds thresholds() {
            float[] low = new float[part.rows()];
            float[] high = new float[part.rows()];
            for (int query = 0; query < part.rows(); query++) {
                float best = Float.NEGATIVE_INFINITY;
                for (float score : relevantScores[query]) {
                    best = Math.max(best, score);
                }
                if (Float.isNaN(best)) {
                    throw new DataException(origin.origin(part.first() + query)
                            + ": its scores are not numbers; queries and gallery need finite values");
                }
                boolean any = relevant[query].length > 0;
                low[query] = any ? best - NearestItems.TIE : Float.POSITIVE_INFINITY;
                high[query] = any ? best + NearestItems.TIE : Float.POSITIVE_INFINITY;
            }
            return new ScoreGraph.Thresholds(low, high);
        }

        boolean hasToCount(int block) {
            return !blocksWithRelevant.isEmpty() && !counted.contains(block);
        }

        void count(ReadAhead.Block block) {
            ScoreGraph.Thresholds known = thresholds;
            if (known != null && hasToCount(block.index())) {
                whole.graph.count(part.tensor(), block, known);
            }
        }

        void copyTo(NearestItems.RelevantRanks ranks) {
            ScoreGraph.Thresholds known = thresholds;
            for (int query = 0; query < part.rows(); query++) {
                int at = part.first() + query;
                if (known == null || relevant[query].length == 0) {
                    ranks.better()[at] = -1;
                    continue;
                }
                ranks.better()[at] = known.aboveHigh(query);
                ranks.tied()[at] = known.reachingLow(query) - known.aboveHigh(query);
                for (float score : relevantScores[query]) {
                    if (score >= known.low(query)) {
                        ranks.relevantTied()[at]++;
                    }
                }
            }
        }

        private void discardWaiting() {
            whole.waiting -= waiting.size();
            waiting.values().forEach(ScoreGraph.Scores::close);
            waiting.clear();
        }

        @Override
        public void close() {
            discardWaiting();
            ScoreGraph.Thresholds known = thresholds;
            if (known != null) {
                known.close();
            }
        }
    }
}
