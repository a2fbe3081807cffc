package dev.freebind.search;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The rows nearest to one direction, found in one pass over all of them.
 *
 * <p>One query gives a matrix product nothing to reuse: every value of the gallery takes part once, so memory is the limit. Each
 * thread therefore copies blocks of rows that fit its second-level cache and multiplies them there. A row's score depends on
 * nothing but the row and the direction: neither on the number of threads nor on where the row lies.
 */
final class GalleryScan {

    /** 256 KiB, of a second-level cache of half a megabyte or more. */
    private static final int BLOCK_VALUES = 1 << 16;

    /** Rows of a product that share what is loaded of the direction; a block is a multiple of it. */
    private static final int TOGETHER = 4;

    /** Blocks that make it worth while to start one more thread. */
    private static final int BLOCKS_FOR_A_THREAD = 16;

    /** Unit vectors stay below; rows that were rounded to float16 exceed 1 a little. */
    private static final float HIGHEST_SCORE = 1.01f;

    private final float[] direction;
    private final Embeddings rows;
    private final int k;
    private final int blockRows;
    private final int blocks;
    private final Progress.Task progress;
    private final AtomicInteger nextBlock = new AtomicInteger();

    private GalleryScan(float[] direction, Embeddings rows, int k, Progress.Task progress) {
        this.direction = direction;
        this.rows = rows;
        this.k = (int) Math.min(k, rows.rows());
        this.blockRows = Math.max(1, BLOCK_VALUES / direction.length / TOGETHER) * TOGETHER;
        this.blocks = Math.toIntExact((rows.rows() + blockRows - 1) / blockRows);
        this.progress = progress;
    }

    /**
     * Scans.
     *
     * @param direction {@code [dimension] float32} of unit length
     * @param rows unit rows of that dimension
     * @param k how many, at least 1; more than there are means all
     * @param threads how many share the work, at least 1; fewer take part when there is little
     * @param progress advanced by rows
     * @throws InvalidRequestException if {@code k} is not positive, or there are more than 2³¹ − 1 rows
     * @throws DataException if rows cannot be read, or one is not a unit vector, naming it
     */
    static NearestRows nearest(float[] direction, Embeddings rows, int k, int threads, Progress.Task progress) {
        if (k < 1) {
            throw new InvalidRequestException("the " + k + " nearest items were asked for; ask for 1 at least");
        }
        if (rows.rows() > Integer.MAX_VALUE) {
            throw new InvalidRequestException(
                    rows.origin() + " has " + rows.rows() + " rows; exact search goes to " + Integer.MAX_VALUE);
        }
        GalleryScan scan = new GalleryScan(direction, rows, k, progress);
        int useful = Math.max(1, Math.min(threads, scan.blocks / BLOCKS_FOR_A_THREAD));
        return useful == 1 ? scan.scanBlocks() : scan.scanBlocks(useful);
    }

    private NearestRows scanBlocks(int threads) {
        ExecutorService executor = Executors.newFixedThreadPool(threads, work -> {
            Thread thread = new Thread(work, "freebind-scan");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<NearestRows>> parts = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                parts.add(executor.submit(() -> scanBlocks()));
            }
            NearestRows all = new NearestRows(k);
            for (Future<NearestRows> part : parts) {
                all.addAll(part.get());
            }
            return all;
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            if (failure.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(failure.getCause());
        } catch (InterruptedException interruption) {
            Thread.currentThread().interrupt();
            throw new DataException("interrupted while searching " + rows.origin(), interruption);
        } finally {
            // The threads end after the block they are at; interrupting them would close the file that they read.
            nextBlock.set(blocks);
            executor.shutdown();
            awaitEnd(executor);
        }
    }

    /** Takes blocks until there are none left, or another thread has failed. */
    private NearestRows scanBlocks() {
        NearestRows best = new NearestRows(k);
        FloatBuffer block = FloatBuffer.allocate(Math.multiplyExact(blockRows, direction.length));
        float[] scores = new float[blockRows];
        for (int index = nextBlock.getAndIncrement(); index < blocks; index = nextBlock.getAndIncrement()) {
            int first = index * blockRows;
            int count = (int) Math.min(blockRows, rows.rows() - first);
            rows.read(first, count, block.clear());
            multiply(block.array(), count, scores);
            for (int i = 0; i < count; i++) {
                // written so that NaN fails as well
                if (!(Math.abs(scores[i]) <= HIGHEST_SCORE)) {
                    throw new DataException(rows.origin(first + i)
                            + ": is not a unit vector, its score is " + scores[i]
                            + "; the file is damaged, so make the index again");
                }
                best.add(first + i, scores[i]);
            }
            progress.advance(count);
        }
        return best;
    }

    /** Four rows at a time, and each always by the same additions in the same order. */
    private void multiply(float[] block, int count, float[] scores) {
        int dimension = direction.length;
        int row = 0;
        for (; row + TOGETHER <= count; row += TOGETHER) {
            multiplyFour(block, row * dimension, direction, scores, row);
        }
        for (; row < count; row++) {
            scores[row] = product(block, row * dimension, direction);
        }
    }

    private static void multiplyFour(float[] rows, int at0, float[] direction, float[] scores, int row) {
        int dimension = direction.length;
        int at1 = at0 + dimension;
        int at2 = at1 + dimension;
        int at3 = at2 + dimension;
        float even0 = 0;
        float even1 = 0;
        float even2 = 0;
        float even3 = 0;
        float odd0 = 0;
        float odd1 = 0;
        float odd2 = 0;
        float odd3 = 0;
        int pairs = dimension & ~1;
        for (int i = 0; i < pairs; i += 2) {
            float even = direction[i];
            float odd = direction[i + 1];
            even0 += rows[at0 + i] * even;
            even1 += rows[at1 + i] * even;
            even2 += rows[at2 + i] * even;
            even3 += rows[at3 + i] * even;
            odd0 += rows[at0 + i + 1] * odd;
            odd1 += rows[at1 + i + 1] * odd;
            odd2 += rows[at2 + i + 1] * odd;
            odd3 += rows[at3 + i + 1] * odd;
        }
        if (pairs < dimension) {
            even0 += rows[at0 + pairs] * direction[pairs];
            even1 += rows[at1 + pairs] * direction[pairs];
            even2 += rows[at2 + pairs] * direction[pairs];
            even3 += rows[at3 + pairs] * direction[pairs];
        }
        scores[row] = even0 + odd0;
        scores[row + 1] = even1 + odd1;
        scores[row + 2] = even2 + odd2;
        scores[row + 3] = even3 + odd3;
    }

    private static float product(float[] rows, int at, float[] direction) {
        float even = 0;
        float odd = 0;
        int pairs = direction.length & ~1;
        for (int i = 0; i < pairs; i += 2) {
            even += rows[at + i] * direction[i];
            odd += rows[at + i + 1] * direction[i + 1];
        }
        if (pairs < direction.length) {
            even += rows[at + pairs] * direction[pairs];
        }
        return even + odd;
    }

    /** The rows may be closed after this, so no thread may read them any more. */
    private static void awaitEnd(ExecutorService executor) {
        boolean interrupted = false;
        for (boolean ended = false; !ended; ) {
            try {
                ended = executor.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
