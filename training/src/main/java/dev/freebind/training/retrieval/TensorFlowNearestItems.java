package dev.freebind.training.retrieval;

import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.execution.Relevance;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.nio.FloatBuffer;
import java.util.List;

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
        BestRows best = new BestRows(total, kept);
        try (ScoreGraph graph = new ScoreGraph(runtime, gallery.dimension());
                ReadAhead blocks = new ReadAhead(List.of(gallery), galleryRows, ReadAhead.LastBlock.PADDED)) {
            for (int first = 0; first < total; first += queryRows) {
                try (QueryBlock block = queryBlock(queries, first)) {
                    scheduleAll(blocks);
                    QueryProgress share = new QueryProgress(progress, block.rows(), blocks.blocks());
                    for (int i = 0; i < blocks.blocks(); i++) {
                        ReadAhead.Block galleryBlock = blocks.next();
                        int firstGalleryRow = galleryBlock.index() * blocks.blockRows();
                        for (QueryBlock.Part part : block.parts()) {
                            if (kept == 1) {
                                graph.maxima(
                                        part.tensor(),
                                        galleryBlock,
                                        (maxima, scores) -> best.merge(
                                                part.first(),
                                                part.rows(),
                                                maxima,
                                                scores,
                                                galleryBlock.rows(),
                                                firstGalleryRow));
                            } else {
                                graph.best(
                                        part.tensor(),
                                        galleryBlock,
                                        kept,
                                        (count, scores, columns) -> best.merge(
                                                part.first(), part.rows(), count, scores, columns, firstGalleryRow));
                            }
                        }
                        share.advance();
                    }
                }
            }
        }
        return best.neighbours();
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
                try (QueryBlock block = queryBlock(queries, first);
                        RankCounts counts = new RankCounts(graph, blocks, block, queries, relevance, keptBlocks)) {
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
                try (QueryBlock.Part part = new QueryBlock.Part(queries, first, Math.min(together, total - first))) {
                    scheduleAll(blocks);
                    for (int i = 0; i < blocks.blocks(); i++) {
                        ReadAhead.Block block = blocks.next();
                        try (ScoreGraph.Scores scores = graph.scores(part.tensor(), block)) {
                            FloatBuffer values = scores.buffer();
                            for (int row = 0; row < part.rows(); row++) {
                                rows.put(
                                        row * galleryTotal + block.index() * blocks.blockRows(),
                                        values,
                                        row * block.rows(),
                                        block.rows());
                            }
                        }
                    }
                    for (int row = 0; row < part.rows(); row++) {
                        consumer.accept(first + row, rows.slice(row * galleryTotal, galleryTotal));
                    }
                    progress.advance(part.rows());
                }
            }
        }
    }

    private QueryBlock queryBlock(Embeddings queries, int first) {
        return new QueryBlock(queries, first, Math.min(queryRows, (int) queries.rows() - first), productRows);
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
}
