package dev.freebind.training.projector;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.tensorflow.FloatTensor;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads batches into tensors, the next one on a thread of its own while the current one is trained on.
 *
 * <p>Two batches in native memory are all it holds. Used from one thread; that thread closes it.
 */
final class BatchReader implements AutoCloseable {

    /**
     * One batch, valid until the next but one is asked for.
     *
     * @param sources {@code [modalities · batch, dimension]}
     * @param targets {@code [modalities · batch, dimension]}
     */
    record Batch(FloatTensor sources, FloatTensor targets) implements AutoCloseable {
        @Override
        public void close() {
            try (sources) {
                targets.close();
            }
        }
    }

    private final List<Embeddings> sources;
    private final List<Embeddings> targets;
    private final List<Batch> slots = new ArrayList<>();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "freebind-batches");
        thread.setDaemon(true);
        return thread;
    });
    private @Nullable Future<Batch> ahead;
    private int slot;

    /** Reserves memory for two batches of this many rows; the embeddings of a side are all of one dimension. */
    BatchReader(List<Embeddings> sources, List<Embeddings> targets, int batch) {
        this.sources = List.copyOf(sources);
        this.targets = List.copyOf(targets);
        try {
            for (int i = 0; i < 2; i++) {
                FloatTensor source = allocate(sources, batch);
                try {
                    slots.add(new Batch(source, allocate(targets, batch)));
                } catch (RuntimeException | Error failure) {
                    source.close();
                    throw failure;
                }
            }
        } catch (RuntimeException | Error failure) {
            close();
            throw failure;
        }
    }

    private static FloatTensor allocate(List<Embeddings> side, int batch) {
        return FloatTensor.allocate((long) side.size() * batch, side.get(0).dimension());
    }

    /** Starts to read a batch: these rows, ascending, of all embeddings. */
    void begin(long[] rows) {
        Batch free = slots.get(slot);
        slot = 1 - slot;
        ahead = thread.submit(() -> fill(free, rows));
    }

    /**
     * Waits for the batch that was begun last.
     *
     * @throws DataException if rows cannot be read, or the thread is interrupted while it waits
     */
    Batch take() {
        Future<Batch> batch = ahead;
        if (batch == null) {
            throw new IllegalStateException("no batch was begun");
        }
        ahead = null;
        try {
            return batch.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DataException("interrupted while reading a batch of pseudo pairs", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private Batch fill(Batch batch, long[] rows) {
        fill(sources, rows, batch.sources.buffer());
        fill(targets, rows, batch.targets.buffer());
        return batch;
    }

    private static void fill(List<Embeddings> side, long[] rows, FloatBuffer memory) {
        for (Embeddings embeddings : side) {
            RowGathering.gather(embeddings, rows, memory);
        }
    }

    /** Waits for the reading under way, which writes to the tensors, then frees them. */
    @Override
    public void close() {
        thread.shutdown();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    if (thread.awaitTermination(1, TimeUnit.HOURS)) {
                        break;
                    }
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            slots.forEach(Batch::close);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
