package dev.freebind.training.retrieval;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.execution.Relevance;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
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
 * Exact ranks, top-k and scores by matrix products on TensorFlow.
 *
 * <p>The gallery streams past blocks of {@value #QUERY_ROWS} queries, {@value #GALLERY_ROWS} rows at a time, so it is read once
 * per {@value #QUERY_ROWS} queries: give embeddings that are cheap to read twice. Native memory does not depend on the number of
 * rows: {@code 48 KiB × dimension} for queries and gallery, and up to 128 MiB for scores. On a GPU
 * twice as many queries make a block.
 *
 * <p>The last bits of a score depend on the shape of the product it comes from. So every product of {@link #ranks} has the same
 * number of gallery rows (the last block is padded), and the best relevant score of a query is taken from those products: a
 * block that holds relevant rows is scored first, its scores are kept until the thresholds of its queries are known, and counted
 * then. Row-aligned sets need no product twice. Only where relevant rows of the same queries are spread over more blocks than
 * may be kept are the others scored again.
 *
 * <p>Safe for use from several threads at once.
 */
public final class TensorFlowNearestItems implements NearestItems {

    static final int QUERY_ROWS = 4096;
    static final int GALLERY_ROWS = 4096;
    private static final int PRODUCT_ROWS = 1024;
    /** Queries in a block and in a product on a GPU; a block of their scores takes 128 MiB. */
    private static final int GPU_QUERY_ROWS = 8192;
    /** Blocks of scores, 16 MiB each, that may wait for thresholds. */
    private static final int KEPT_BLOCKS = 4;
    /** Values of whole score rows held at once for {@link #scores}. */
    private static final int ROW_VALUES = 1 << 24;

    private final TensorFlowRuntime runtime;
    private final int queryRows;
    private final int productRows;
    private final int galleryRows;
    private final int keptBlocks;

    /** Computes on the runtime's device. */
    public TensorFlowNearestItems(TensorFlowRuntime runtime) {
        // A GPU gets each block of the gallery once per product, so there a product takes many queries.
        this(
                runtime,
                runtime.device().isGpu() ? GPU_QUERY_ROWS : QUERY_ROWS,
                runtime.device().isGpu() ? GPU_QUERY_ROWS : PRODUCT_ROWS,
                GALLERY_ROWS,
                runtime.device().isGpu() ? 1 : KEPT_BLOCKS);
    }

    TensorFlowNearestItems(TensorFlowRuntime runtime, int queryRows, int productRows, int galleryRows, int keptBlocks) {
        this.runtime = runtime;
        this.queryRows = queryRows;
        this.productRows = productRows;
        this.galleryRows = galleryRows;
        this.keptBlocks = keptBlocks;
    }

    @Override
    public Neighbours nearest(Embeddings queries, Embeddings gallery, int k, Progress.Task progress) {
        if (k < 1) {
            throw new InvalidRequestException("the " + k + " nearest items were asked for; ask for 1 at least");
        }
        int galleryTotal = check(queries, gallery);
        int total = rows(queries);
        int kept = Math.min(k, galleryTotal);
        Ranking ranking = new Ranking(total, kept);
        try (ScoreGraph graph = new ScoreGraph(runtime, gallery.dimension());
                ReadAhead blocks = new ReadAhead(List.of(gallery), galleryRows, ReadAhead.LastBlock.PADDED)) {
            for (int first = 0; first < total; first += queryRows) {
                try (Queries block = new Queries(queries, first, Math.min(queryRows, total - first))) {
                    scheduleAll(blocks);
                    Share share = new Share(progress, block.rows, blocks.blocks());
                    for (int i = 0; i < blocks.blocks(); i++) {
                        ReadAhead.Block galleryBlock = blocks.next();
                        int firstGalleryRow = galleryBlock.index() * blocks.blockRows();
                        for (Part part : block.parts) {
                            if (kept == 1) {
                                graph.maxima(
                                        part.tensor,
                                        galleryBlock,
                                        (maxima, scores) -> ranking.merge(
                                                part.first,
                                                part.rows,
                                                maxima,
                                                scores,
                                                galleryBlock.rows(),
                                                firstGalleryRow));
                            } else {
                                graph.best(
                                        part.tensor,
                                        galleryBlock,
                                        kept,
                                        (count, scores, columns) -> ranking.merge(
                                                part.first, part.rows, count, scores, columns, firstGalleryRow));
                            }
                        }
                        share.advance();
                    }
                }
            }
        }
        return new Neighbours(kept, ranking.rows, ranking.scores);
    }

    @Override
    public RelevantRanks ranks(Embeddings queries, Embeddings gallery, Relevance relevance, Progress.Task progress) {
        int galleryTotal = check(queries, gallery);
        int total = rows(queries);
        if (relevance.queries() != total || relevance.gallery() != galleryTotal) {
            throw new InvalidRequestException(
                    "the relevant items are given for " + relevance.queries() + " queries and a gallery of "
                            + relevance.gallery() + ", but " + queries.origin() + " has " + total + " rows and "
                            + gallery.origin()
                            + " has " + galleryTotal);
        }
        RelevantRanks ranks = new RelevantRanks(new int[total], new int[total], new int[total]);
        try (ScoreGraph graph = new ScoreGraph(runtime, gallery.dimension());
                ReadAhead blocks = new ReadAhead(List.of(gallery), galleryRows, ReadAhead.LastBlock.PADDED)) {
            for (int first = 0; first < total; first += queryRows) {
                try (Queries block = new Queries(queries, first, Math.min(queryRows, total - first));
                        RankCounts counts = new RankCounts(graph, blocks, block, queries, relevance)) {
                    counts.count(progress);
                    counts.copyTo(ranks);
                }
            }
        }
        return ranks;
    }

    @Override
    public void scores(Embeddings queries, Embeddings gallery, ScoreRow consumer, Progress.Task progress) {
        int galleryTotal = check(queries, gallery);
        int total = rows(queries);
        int together = Math.max(1, Math.min(Math.min(total, productRows), ROW_VALUES / galleryTotal));
        if (total == 0) {
            return;
        }
        try (ScoreGraph graph = new ScoreGraph(runtime, gallery.dimension());
                ReadAhead blocks = new ReadAhead(List.of(gallery), galleryRows, ReadAhead.LastBlock.PADDED);
                FloatTensor whole = FloatTensor.allocate(together, galleryTotal)) {
            FloatBuffer rows = whole.buffer();
            for (int first = 0; first < total; first += together) {
                try (Part part = new Part(queries, first, Math.min(together, total - first))) {
                    scheduleAll(blocks);
                    for (int i = 0; i < blocks.blocks(); i++) {
                        ReadAhead.Block block = blocks.next();
                        try (ScoreGraph.Scores scores = graph.scores(part.tensor, block)) {
                            FloatBuffer values = scores.buffer();
                            for (int row = 0; row < part.rows; row++) {
                                rows.put(
                                        row * galleryTotal + block.index() * blocks.blockRows(),
                                        values,
                                        row * block.rows(),
                                        block.rows());
                            }
                        }
                    }
                    for (int row = 0; row < part.rows; row++) {
                        consumer.accept(first + row, rows.slice(row * galleryTotal, galleryTotal));
                    }
                    progress.advance(part.rows);
                }
            }
        }
    }

    private static void scheduleAll(ReadAhead blocks) {
        for (int block = 0; block < blocks.blocks(); block++) {
            blocks.schedule(block);
        }
    }

    /** Gives the number of gallery rows. */
    private static int check(Embeddings queries, Embeddings gallery) {
        if (queries.dimension() != gallery.dimension()) {
            throw new InvalidRequestException("queries of dimension " + queries.dimension() + " (" + queries.origin()
                    + ") cannot be compared with a gallery of dimension " + gallery.dimension() + " ("
                    + gallery.origin() + "); both must come from the same space");
        }
        if (gallery.rows() == 0) {
            throw new InvalidRequestException(gallery.origin() + " has no rows; a gallery needs one at least");
        }
        return rows(gallery);
    }

    private static int rows(Embeddings embeddings) {
        if (embeddings.rows() > Integer.MAX_VALUE) {
            throw new InvalidRequestException(embeddings.origin() + " has " + embeddings.rows()
                    + " rows; exact search goes to " + Integer.MAX_VALUE);
        }
        return (int) embeddings.rows();
    }

    /** Queries in native memory that enter one product. */
    private static final class Part implements AutoCloseable {

        private final int first;
        private final int rows;
        private final FloatTensor tensor;

        Part(Embeddings queries, int first, int rows) {
            this.first = first;
            this.rows = rows;
            this.tensor = FloatTensor.allocate(rows, queries.dimension());
            try {
                queries.read(first, rows, tensor.buffer());
            } catch (RuntimeException | Error failure) {
                tensor.close();
                throw failure;
            }
        }

        @Override
        public void close() {
            tensor.close();
        }
    }

    /** The queries for which the gallery is read once. */
    private final class Queries implements AutoCloseable {

        private final int rows;
        private final List<Part> parts = new ArrayList<>();

        Queries(Embeddings queries, int first, int rows) {
            this.rows = rows;
            try {
                for (int start = 0; start < rows; start += productRows) {
                    parts.add(new Part(queries, first + start, Math.min(productRows, rows - start)));
                }
            } catch (RuntimeException | Error failure) {
                close();
                throw failure;
            }
        }

        @Override
        public void close() {
            parts.forEach(Part::close);
        }
    }

    /** Tells progress by queries while whole blocks of queries are worked on. */
    private static final class Share {

        private final Progress.Task progress;
        private final long units;
        private final long steps;
        private long done;

        Share(Progress.Task progress, long units, long steps) {
            this.progress = progress;
            this.units = units;
            this.steps = steps;
        }

        void advance() {
            long before = units * done / steps;
            done++;
            progress.advance(units * done / steps - before);
        }

        /** Reports what steps that were not needed leave over. */
        void finish() {
            progress.advance(units - units * done / steps);
        }
    }

    /** The best rows so far of every query. */
    private static final class Ranking {

        private final int k;
        private final int[] rows;
        private final float[] scores;
        private final int[] found;
        private final int[] mergedRows;
        private final float[] mergedScores;

        Ranking(int queries, int k) {
            this.k = k;
            rows = new int[Math.multiplyExact(queries, k)];
            scores = new float[rows.length];
            found = new int[queries];
            mergedRows = new int[k];
            mergedScores = new float[k];
        }

        /**
         * Merges the single best of a block. The row of a maximum is looked for only where it beats what there is: seldom, after
         * the first blocks, so that one pass over the scores, that of the maximum, is nearly all that is added to the product.
         */
        void merge(
                int firstQuery, int queries, FloatBuffer maxima, FloatBuffer blockScores, int blockRows, int firstRow) {
            for (int i = 0; i < queries; i++) {
                int query = firstQuery + i;
                float maximum = maxima.get(i);
                if (found[query] == 0 || maximum > scores[query]) {
                    int column = 0;
                    while (column < blockRows - 1 && blockScores.get(i * blockRows + column) != maximum) {
                        column++;
                    }
                    scores[query] = maximum;
                    rows[query] = firstRow + column;
                    found[query] = 1;
                }
            }
        }

        /** Merges the best of a block; as blocks come in ascending order, equal scores stay in the order of their rows. */
        void merge(int firstQuery, int queries, int count, FloatBuffer blockScores, IntBuffer columns, int firstRow) {
            for (int i = 0; i < queries; i++) {
                int query = firstQuery + i;
                int base = query * k;
                int have = found[query];
                int size = Math.min(k, have + count);
                int old = 0;
                int fresh = 0;
                for (int at = 0; at < size; at++) {
                    boolean takeOld =
                            old < have && (fresh == count || scores[base + old] >= blockScores.get(i * count + fresh));
                    mergedScores[at] = takeOld ? scores[base + old] : blockScores.get(i * count + fresh);
                    mergedRows[at] = takeOld ? rows[base + old] : firstRow + columns.get(i * count + fresh);
                    if (takeOld) {
                        old++;
                    } else {
                        fresh++;
                    }
                }
                System.arraycopy(mergedScores, 0, scores, base, size);
                System.arraycopy(mergedRows, 0, rows, base, size);
                found[query] = size;
            }
        }
    }

    /** Where the best relevant items of one block of queries stand. */
    private final class RankCounts implements AutoCloseable {

        private final ScoreGraph graph;
        private final ReadAhead blocks;
        private final Queries queries;
        private final List<PartCounts> parts = new ArrayList<>();
        /** Blocks of scores that wait for thresholds, over all parts. */
        private int waiting;

        RankCounts(ScoreGraph graph, ReadAhead blocks, Queries queries, Embeddings origin, Relevance relevance) {
            this.graph = graph;
            this.blocks = blocks;
            this.queries = queries;
            for (Part part : queries.parts) {
                parts.add(new PartCounts(this, part, origin, relevance));
            }
        }

        void count(Progress.Task progress) {
            SortedSet<Integer> withRelevant = new TreeSet<>();
            parts.forEach(part -> withRelevant.addAll(part.blocksWithRelevant));
            Share share = new Share(progress, queries.rows, withRelevant.size() + blocks.blocks());
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

        void copyTo(RelevantRanks ranks) {
            parts.forEach(part -> part.copyTo(ranks));
        }

        @Override
        public void close() {
            parts.forEach(PartCounts::close);
        }
    }

    /** The same for the queries of one product. */
    private final class PartCounts implements AutoCloseable {

        private final RankCounts whole;
        private final Part part;
        private final Embeddings origin;
        private final int[][] relevant;
        private final float[][] relevantScores;
        private final SortedSet<Integer> blocksWithRelevant = new TreeSet<>();
        private final Map<Integer, ScoreGraph.Scores> waiting = new HashMap<>();
        private final Set<Integer> counted = new HashSet<>();
        private ScoreGraph.@Nullable Thresholds thresholds;

        PartCounts(RankCounts whole, Part part, Embeddings origin, Relevance relevance) {
            this.whole = whole;
            this.part = part;
            this.origin = origin;
            relevant = new int[part.rows][];
            relevantScores = new float[part.rows][];
            for (int query = 0; query < part.rows; query++) {
                relevant[query] = relevance.relevant(part.first + query);
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
            ScoreGraph.Scores scores = whole.graph.scores(part.tensor, block);
            if (!last && whole.waiting >= keptBlocks) {
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
            for (int query = 0; query < part.rows; query++) {
                int[] rows = relevant[query];
                int from = Arrays.binarySearch(rows, firstRow);
                for (int i = from < 0 ? -from - 1 : from; i < rows.length && rows[i] - firstRow < block.rows(); i++) {
                    relevantScores[query][i] = scores.get(query * block.rows() + rows[i] - firstRow);
                }
            }
        }

        private ScoreGraph.Thresholds thresholds() {
            float[] low = new float[part.rows];
            float[] high = new float[part.rows];
            for (int query = 0; query < part.rows; query++) {
                float best = Float.NEGATIVE_INFINITY;
                for (float score : relevantScores[query]) {
                    best = Math.max(best, score);
                }
                if (Float.isNaN(best)) {
                    throw new DataException(origin.origin(part.first + query)
                            + ": its scores are not numbers; queries and gallery need finite values");
                }
                boolean any = relevant[query].length > 0;
                low[query] = any ? best - TIE : Float.POSITIVE_INFINITY;
                high[query] = any ? best + TIE : Float.POSITIVE_INFINITY;
            }
            return new ScoreGraph.Thresholds(low, high);
        }

        boolean hasToCount(int block) {
            return !blocksWithRelevant.isEmpty() && !counted.contains(block);
        }

        void count(ReadAhead.Block block) {
            ScoreGraph.Thresholds known = thresholds;
            if (known != null && hasToCount(block.index())) {
                whole.graph.count(part.tensor, block, known);
            }
        }

        void copyTo(RelevantRanks ranks) {
            ScoreGraph.Thresholds known = thresholds;
            for (int query = 0; query < part.rows; query++) {
                int at = part.first + query;
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
