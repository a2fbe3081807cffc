package dev.freebind.training.projector;

import dev.freebind.api.DataException;
import dev.freebind.bonds.execution.ModalityTuning.Task;
import dev.freebind.tensorflow.FloatTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Reads batches of pairs, and decodes and prepares their items where an encoder is tuned, the next one on a thread of its own
 * while the current one is trained on. Two batches are in memory at a time.
 */
final class TuningBatches implements AutoCloseable {

    /**
     * One batch; whoever took it closes it.
     *
     * @param parts what goes through together
     * @param frozen {@code [batch, output]}, of all parts in order
     */
    record Batch(List<TuningGraph.Part> parts, FloatTensor frozen) implements AutoCloseable {
        @Override
        public void close() {
            parts.forEach(TuningGraph.Part::close);
            frozen.close();
        }
    }

    private final Task task;
    private final TuningInput input;
    private final int rowsOfPart;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "freebind-tuning-batches");
        thread.setDaemon(true);
        return thread;
    });
    private @Nullable Future<Batch> ahead;

    /** Reads parts of this many rows. */
    TuningBatches(Task task, TuningInput input, int rowsOfPart) {
        this.task = task;
        this.input = input;
        this.rowsOfPart = rowsOfPart;
    }

    /** Starts to read a batch: these rows, ascending, a whole number of parts. */
    void begin(long[] rows) {
        ahead = thread.submit(() -> read(rows));
    }

    /**
     * Waits for the batch that was begun last.
     *
     * @throws DataException if rows or items cannot be read, or the thread is interrupted while it waits
     */
    Batch take() {
        Future<Batch> batch = ahead;
        if (batch == null) {
            throw new IllegalStateException("no batch was begun");
        }
        try {
            Batch read = batch.get();
            ahead = null;
            return read;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DataException("interrupted while reading a batch of pairs", e);
        } catch (ExecutionException e) {
            ahead = null;
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private Batch read(long[] rows) {
        List<TuningGraph.Part> parts = new ArrayList<>();
        boolean whole = false;
        try {
            for (int first = 0; first < rows.length; first += rowsOfPart) {
                parts.add(part(Arrays.copyOfRange(rows, first, Math.min(rows.length, first + rowsOfPart))));
            }
            Batch batch = new Batch(parts, TuningInput.gather(task.frozen(), rows));
            whole = true;
            return batch;
        } finally {
            if (!whole) {
                parts.forEach(TuningGraph.Part::close);
            }
        }
    }

    /** Reads the rows of one part on the caller's thread; closed by the caller. */
    TuningGraph.Part part(long[] rows) {
        FloatTensor fed = input.read(rows);
        try {
            return new TuningGraph.Part(
                    fed, task.expert() == null ? null : TuningInput.gather(task.expert(), rows), rows.length);
        } catch (RuntimeException | Error failure) {
            fed.close();
            throw failure;
        }
    }

    /** Waits for the reading under way and frees what it read. */
    @Override
    public void close() {
        thread.shutdown();
        Future<Batch> unused = ahead;
        ahead = null;
        boolean interrupted = false;
        while (unused != null) {
            try {
                unused.get().close();
                unused = null;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException | CancellationException e) {
                unused = null; // nothing was read
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
