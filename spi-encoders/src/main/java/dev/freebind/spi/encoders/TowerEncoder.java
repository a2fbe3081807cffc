package dev.freebind.spi.encoders;

import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.PreparingEncoder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A frame for encoders that have a tower for each modality. It knows what all of them have to do: refuse other modalities, run
 * towers on batches, bring rows to unit length, let closing wait for towers at work. What is left is {@link #release()}.
 */
public abstract class TowerEncoder implements PreparingEncoder {

    /**
     * How a modality is embedded. Both functions are called from several threads.
     *
     * @param <P> what an item becomes before it enters the network; in memory of the heap
     * @param preparation of one item: reads, decodes, resizes, tokenizes; throws as {@link #prepare} does
     * @param network runs on one batch or less, never on nothing: {@code [items · parts, dimension]}, all rows one after the
     *     other, of any length
     * @param parts how many consecutive rows each item has, such as clips of a sound; their sum becomes the item's row
     */
    public record Tower<P>(Function<Item, P> preparation, Function<List<P>, float[]> network, int parts) {

        /** A tower with one row for each item. */
        public Tower(Function<Item, P> preparation, Function<List<P>, float[]> network) {
            this(preparation, network, 1);
        }

        private float[] embed(List<? extends Prepared> items) {
            // Only prepare(…) makes such items, with a value of this tower's kind.
            @SuppressWarnings("unchecked")
            List<P> values = items.stream()
                    .map(item -> (P) ((PreparedItem) item).value())
                    .toList();
            return network.apply(values);
        }
    }

    private record PreparedItem(String label, Object value) implements Prepared {}

    private final EmbeddingSpace space;
    private final Map<Modality, Tower<?>> towers;
    private final int batch;

    /** Towers run under the read lock, so that closing waits for them. */
    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    private volatile boolean closed;

    /**
     * A frame around some towers.
     *
     * @param space its modalities are those of the towers
     * @param towers one for each modality
     * @param batch how many items go through a network together
     */
    protected TowerEncoder(EmbeddingSpace space, Map<Modality, Tower<?>> towers, int batch) {
        if (!towers.keySet().equals(Set.copyOf(space.modalities()))) {
            throw new IllegalArgumentException(
                    "the space has modalities " + space.modalities() + ", but there are towers for " + towers.keySet());
        }
        this.space = space;
        this.towers = Map.copyOf(towers);
        this.batch = batch;
    }

    /** Frees what the towers use. Called once, when none is at work. */
    protected abstract void release();

    /**
     * More for the message about a modality that there is no tower for, such as the option that brings it; empty if there is
     * nothing to say.
     */
    protected String hint(Modality modality) {
        return "";
    }

    /**
     * The text of an item, for the preparation of towers that take texts.
     *
     * @throws InvalidRequestException if the item is none, naming it
     */
    protected static String text(Item item) {
        if (item instanceof Item.Text text) {
            return text.text();
        }
        throw new InvalidRequestException("a file is given where a text is expected: " + item.label());
    }

    /** The values of some prepared items one after the other, as networks take a batch. */
    protected static FloatBuffer joined(List<float[]> values) {
        FloatBuffer joined = FloatBuffer.allocate(
                values.stream().mapToInt(item -> item.length).reduce(0, Math::addExact));
        values.forEach(joined::put);
        return joined.flip();
    }

    @Override
    public final EmbeddingSpace space() {
        return space;
    }

    @Override
    public final int batchSize() {
        return batch;
    }

    @Override
    public final Prepared prepare(Modality modality, Item item) {
        requireOpen();
        return new PreparedItem(item.label(), tower(modality).preparation().apply(item));
    }

    @Override
    public final float[][] encodePrepared(Modality modality, List<? extends Prepared> items) {
        lock.readLock().lock();
        try {
            requireOpen();
            Tower<?> tower = tower(modality);
            if (items.isEmpty()) {
                return new float[0][];
            }
            float[] values = tower.embed(items);
            float[][] rows = new float[items.size()][];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = unit(values, i * tower.parts(), tower.parts(), ((PreparedItem) items.get(i)).label());
            }
            return rows;
        } finally {
            lock.readLock().unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the encoder of space '" + space.name() + "' is closed");
        }
    }

    private Tower<?> tower(Modality modality) {
        Tower<?> tower = towers.get(modality);
        if (tower == null) {
            throw new InvalidRequestException("space '" + space.name() + "' embeds "
                    + space.modalities().stream().map(Modality::name).collect(Collectors.joining(", ")) + ", not "
                    + modality + hint(modality));
        }
        return tower;
    }

    /** The sum of some rows, at unit length. */
    private float[] unit(float[] values, int firstRow, int count, String label) {
        double[] sum = new double[space.dimension()];
        for (int row = firstRow; row < firstRow + count; row++) {
            for (int j = 0; j < sum.length; j++) {
                sum[j] += values[row * sum.length + j];
            }
        }
        double squares = 0;
        for (double value : sum) {
            squares += value * value;
        }
        double length = Math.sqrt(squares);
        if (!Double.isFinite(length) || length == 0) {
            throw new DataException(label + ": its embedding in space '" + space.name() + "' is "
                    + (length == 0 ? "zero" : "not finite")
                    + "; the checkpoint is damaged, or its weights are kept in too narrow a type");
        }
        float[] unit = new float[sum.length];
        for (int j = 0; j < unit.length; j++) {
            unit[j] = (float) (sum[j] / length);
        }
        return unit;
    }

    /** Waits for towers at work, then frees them. Closing twice does nothing. */
    @Override
    public final void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                release();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
