package dev.freebind.encoding;

import dev.freebind.api.DataException;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.PreparingEncoder;
import dev.freebind.api.PreparingEncoder.Prepared;
import dev.freebind.encoding.items.SourceItem;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Feeds items to an encoder. Items are read and prepared on several threads, no more than a fixed number ahead of the network,
 * which runs on the caller's thread; an encoder of one stage gets the items themselves, read ahead in the same way.
 *
 * <p>The same items always go through the network in the same batches, so that they always give the same bits. For one thread;
 * closing it stops the threads, not the encoder.
 */
final class ItemEncoder implements AutoCloseable {

    /** Items that an encoder of one stage gets at once. */
    private static final int PLAIN_BATCH = 32;

    private static final double UNIT_TOLERANCE = 1e-6;

    private final Encoder encoder;
    private final Modality modality;
    private final int batchSize;
    private final Function<SourceItem, Object> preparation;
    private final Function<List<Object>, float[][]> network;
    private final int ahead;
    private final ExecutorService executor;

    /** Reads and prepares on this many threads. */
    ItemEncoder(Encoder encoder, Modality modality, int threads) {
        this.encoder = encoder;
        this.modality = modality;
        if (encoder instanceof PreparingEncoder preparing) {
            batchSize = preparing.batchSize();
            preparation = item -> preparing.prepare(modality, item.item());
            network = batch -> preparing.encodePrepared(
                    modality, batch.stream().map(Prepared.class::cast).toList());
        } else {
            batchSize = PLAIN_BATCH;
            preparation = SourceItem::item;
            network = batch -> encoder.encode(
                    modality, batch.stream().map(Item.class::cast).toList());
        }
        ahead = batchSize + Math.max(batchSize, threads);
        AtomicInteger number = new AtomicInteger();
        executor = Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, "prepare-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** An item on its way. */
    private record Waiting(int position, SourceItem item, Future<Object> prepared) {}

    /** An item that is ready for the network. */
    private record Ready(int position, SourceItem item, Object prepared) {}

    /**
     * Encodes items in order.
     *
     * @param positions which of the items, ascending
     * @param rows takes the unit row of each item that is not broken, in order
     * @param broken told of the others
     * @param advance told how many items are done
     * @throws DataException if an item is broken and may not be left out, naming it
     */
    void encode(
            List<SourceItem> items,
            List<Integer> positions,
            Consumer<float[]> rows,
            BrokenItems broken,
            Consumer<Integer> advance) {
        Deque<Waiting> waiting = new ArrayDeque<>();
        List<Ready> batch = new ArrayList<>();
        int next = 0;
        try {
            while (next < positions.size() || !waiting.isEmpty() || !batch.isEmpty()) {
                while (next < positions.size() && waiting.size() < ahead) {
                    int position = positions.get(next++);
                    SourceItem item = items.get(position);
                    waiting.add(new Waiting(position, item, executor.submit(() -> preparation.apply(item))));
                }
                if (batch.size() < batchSize && !waiting.isEmpty()) {
                    take(waiting.remove(), batch, broken, advance);
                } else {
                    run(batch, rows, broken);
                    advance.accept(batch.size());
                    batch.clear();
                }
            }
        } finally {
            waiting.forEach(item -> item.prepared().cancel(true));
        }
    }

    private static void take(Waiting item, List<Ready> batch, BrokenItems broken, Consumer<Integer> advance) {
        try {
            batch.add(new Ready(item.position(), item.item(), item.prepared().get()));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DataException error) {
                broken.broken(item.position(), naming(item.item(), error));
                advance.accept(1);
            } else if (e.getCause() instanceof InvalidRequestException error) {
                throw new InvalidRequestException(item.item().label() + ": " + error.getMessage(), error);
            } else if (e.getCause() instanceof Error error) {
                throw error;
            } else {
                throw new DataException(item.item().label() + ": the encoder failed: " + e.getCause(), e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DataException("interrupted", e);
        }
    }

    /** Messages of decoders name the item as they know it, which is not always where it stands. */
    private static DataException naming(SourceItem item, DataException error) {
        String message = String.valueOf(error.getMessage());
        return message.contains(item.label()) ? error : new DataException(item.label() + ": " + message, error);
    }

    private void run(List<Ready> batch, Consumer<float[]> rows, BrokenItems broken) {
        float[][] embedded;
        try {
            embedded = network.apply(batch.stream().map(Ready::prepared).toList());
        } catch (DataException e) {
            one(batch, rows, broken, e);
            return;
        }
        if (embedded.length != batch.size()) {
            throw new DataException(origin() + ": the encoder gave " + embedded.length + " embeddings for "
                    + batch.size() + " items; the plugin is broken");
        }
        for (int i = 0; i < embedded.length; i++) {
            Ready item = batch.get(i);
            try {
                rows.accept(unit(embedded[i], item.item()));
            } catch (NoDirection e) {
                broken.broken(item.position(), e);
            }
        }
    }

    /** Finds out which items of a batch the network refuses. */
    private void one(List<Ready> batch, Consumer<float[]> rows, BrokenItems broken, DataException error) {
        if (batch.size() == 1) {
            broken.broken(batch.get(0).position(), naming(batch.get(0).item(), error));
            return;
        }
        for (Ready item : batch) {
            run(List.of(item), rows, broken);
        }
    }

    private float[] unit(float[] row, SourceItem item) {
        if (row.length != encoder.space().dimension()) {
            throw new DataException(origin() + ": the encoder gave " + row.length + " values instead of "
                    + encoder.space().dimension() + "; the plugin is broken");
        }
        double squares = 0;
        for (float value : row) {
            squares += (double) value * value;
        }
        double norm = Math.sqrt(squares);
        if (!(norm > 0) || !Double.isFinite(norm)) {
            throw new NoDirection(item.label() + ": its embedding in space '"
                    + encoder.space().name() + "' is zero or not finite");
        }
        if (Math.abs(norm - 1) > UNIT_TOLERANCE) {
            for (int i = 0; i < row.length; i++) {
                row[i] = (float) (row[i] / norm);
            }
        }
        return row;
    }

    /** An embedding that cannot be brought to unit length. */
    private static final class NoDirection extends DataException {
        private static final long serialVersionUID = 1;

        NoDirection(String message) {
            super(message);
        }
    }

    private String origin() {
        return encoder.space().name() + "." + modality;
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
