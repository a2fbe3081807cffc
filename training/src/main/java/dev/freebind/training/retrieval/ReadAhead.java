package dev.freebind.training.retrieval;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.tensorflow.FloatTensor;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads blocks of rows into tensors on a thread of its own, one block ahead of the caller.
 *
 * <p>Blocks are numbered from 0 and have the same number of rows but for the last one. They come in the order in which they
 * were scheduled. A block that is still held from before is not read again, so embeddings of up to two blocks are read once.
 * Memory: two whole blocks and, without padding, the last one.
 */
final class ReadAhead implements AutoCloseable {

    /** What becomes of the last block if the rows do not fill it. */
    enum LastBlock {
        /** It has fewer rows. */
        SHORTER,
        /** Rows of zeros fill it up, so that every product has the same shape. */
        PADDED
    }

    private final List<Embeddings> sources;
    private final long rows;
    private final int blockRows;
    private final LastBlock lastBlock;
    private final int blocks;
    private final List<Slot> slots = new ArrayList<>();
    private final Queue<Integer> scheduled = new ArrayDeque<>();
    private final Deque<Pending> pending = new ArrayDeque<>();
    private final ExecutorService reader = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "freebind-read-ahead");
        thread.setDaemon(true);
        return thread;
    });
    private @Nullable Slot inUse;

    /**
     * Prepares to read.
     *
     * @param sources at least one, all with the same number of rows, at least one row
     */
    ReadAhead(List<Embeddings> sources, int blockRows, LastBlock lastBlock) {
        this.sources = List.copyOf(sources);
        this.rows = sources.get(0).rows();
        this.blockRows = (int) Math.min(blockRows, rows);
        this.lastBlock = lastBlock;
        this.blocks = Math.toIntExact((rows + this.blockRows - 1) / this.blockRows);
    }

    /** Number of blocks. */
    int blocks() {
        return blocks;
    }

    /** Rows of every block but, perhaps, the last. */
    int blockRows() {
        return blockRows;
    }

    /** Rows of a block, padding not counted. */
    int rowsOf(int block) {
        return (int) Math.min(blockRows, rows - (long) block * blockRows);
    }

    /** Adds a block to those that {@link #next()} gives. */
    void schedule(int block) {
        scheduled.add(block);
        prefetch();
    }

    /**
     * The next scheduled block; the one before is given up.
     *
     * @throws DataException if its rows cannot be read
     */
    Block next() {
        prefetch();
        Pending next = pending.remove();
        Slot slot = next.await();
        inUse = slot;
        prefetch();
        return new Block(next.block, rowsOf(next.block), slot.tensors);
    }

    private void prefetch() {
        if (pending.isEmpty() && !scheduled.isEmpty()) {
            int block = scheduled.remove();
            int tensorRows = lastBlock == LastBlock.PADDED ? blockRows : rowsOf(block);
            Slot slot = slots.stream()
                    .filter(candidate -> candidate.held == block)
                    .findFirst()
                    .orElseGet(() -> free(tensorRows));
            boolean read = slot.held != block;
            slot.held = block;
            pending.add(new Pending(block, slot, reader.submit(() -> {
                if (read) {
                    slot.fill(block);
                }
            })));
        }
    }

    private Slot free(int tensorRows) {
        return slots.stream()
                .filter(slot -> slot.tensorRows == tensorRows && slot != inUse)
                .findFirst()
                .orElseGet(() -> {
                    Slot slot = new Slot(tensorRows);
                    slots.add(slot);
                    return slot;
                });
    }

    /** Waits for the reading thread to end, then frees the tensors. */
    @Override
    public void close() {
        reader.shutdownNow();
        boolean interrupted = false;
        // Never free memory that the thread may still write to.
        for (boolean ended = false; !ended; ) {
            try {
                ended = reader.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        slots.forEach(Slot::close);
        slots.clear();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Rows in memory, valid until the next call of {@link #next()}.
     *
     * @param index number of the block
     * @param rows how many rows, padding not counted
     * @param tensors one per source, {@code [rows, dimension]}, or with rows of zeros behind them
     */
    record Block(int index, int rows, List<FloatTensor> tensors) {}

    private record Pending(int block, Slot slot, Future<?> read) {
        Slot await() {
            try {
                read.get();
                return slot;
            } catch (ExecutionException failure) {
                slot.held = Slot.NOTHING;
                if (failure.getCause() instanceof RuntimeException unchecked) {
                    throw unchecked;
                }
                if (failure.getCause() instanceof Error error) {
                    throw error;
                }
                throw new IllegalStateException(failure.getCause());
            } catch (InterruptedException interruption) {
                Thread.currentThread().interrupt();
                throw new DataException("interrupted while reading", interruption);
            }
        }
    }

    private final class Slot implements AutoCloseable {
        static final int NOTHING = -1;

        private final int tensorRows;
        private final List<FloatTensor> tensors = new ArrayList<>();
        private int held = NOTHING;

        Slot(int tensorRows) {
            this.tensorRows = tensorRows;
            try {
                for (Embeddings source : sources) {
                    tensors.add(FloatTensor.allocate(tensorRows, source.dimension()));
                }
            } catch (RuntimeException | Error failure) {
                close();
                throw failure;
            }
        }

        void fill(int block) {
            for (int i = 0; i < tensors.size(); i++) {
                FloatBuffer memory = tensors.get(i).buffer();
                sources.get(i).read((long) block * blockRows, rowsOf(block), memory);
                while (memory.hasRemaining()) {
                    memory.put(0);
                }
            }
        }

        @Override
        public void close() {
            tensors.forEach(FloatTensor::close);
        }
    }
}
