package dev.freebind.encoders.internvl;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.PreparingEncoder;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.media.image.ImagePipeline;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.layers.EmbeddingRow;
import dev.freebind.text.TextTokenizer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Images and captions to unit vectors: preparation and tower. */
final class InternVlEncoder implements PreparingEncoder {

    private final EmbeddingSpace space;
    private final Checkpoint checkpoint;
    private final InternVlNetwork network;
    private final ImagePipeline images;
    private final @Nullable TextTokenizer captions;
    private final int batch;

    /** The network runs under the read lock, so that closing waits for it. */
    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    private volatile boolean closed;

    /**
     * Takes over checkpoint and network and closes them.
     *
     * @param captions null if there is no vocabulary; the space then lacks text
     * @param batch items that go through the network together; fewer if a tensor does not hold as many
     */
    InternVlEncoder(
            EmbeddingSpace space,
            Checkpoint checkpoint,
            InternVlNetwork network,
            ImagePipeline images,
            @Nullable TextTokenizer captions,
            int batch) {
        this.space = space;
        this.checkpoint = checkpoint;
        this.network = network;
        this.images = images;
        this.captions = captions;
        this.batch = Math.min(batch, FloatTensor.mostRows(images.length()));
    }

    @Override
    public EmbeddingSpace space() {
        return space;
    }

    @Override
    public int batchSize() {
        return batch;
    }

    /** An item that messages can name. */
    private sealed interface Named extends Prepared {
        String label();
    }

    /** An image as its tower takes it. */
    private record Image(String label, float[] values) implements Named {}

    /** A caption as the ids of its tokens. */
    private record Caption(String label, int[] ids) implements Named {}

    @Override
    public Prepared prepare(Modality modality, Item item) {
        checkOpen();
        return tower(modality).preparation().apply(item);
    }

    @Override
    public float[][] encodePrepared(Modality modality, List<? extends Prepared> items) {
        lock.readLock().lock();
        try {
            checkOpen();
            TowerUse tower = tower(modality);
            float[][] rows = new float[items.size()][];
            float[] values = rows.length == 0 ? new float[0] : tower.network().apply(items);
            for (int i = 0; i < rows.length; i++) {
                float[] row = Arrays.copyOfRange(values, i * space.dimension(), (i + 1) * space.dimension());
                rows[i] = EmbeddingRow.finite(row, ((Named) items.get(i)).label(), space);
            }
            return rows;
        } finally {
            lock.readLock().unlock();
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the encoder of space '" + space.name() + "' is closed");
        }
    }

    /**
     * How a modality is embedded.
     *
     * @param preparation of one item
     * @param network from a batch to its rows
     */
    private record TowerUse(
            Function<Item, Prepared> preparation, Function<List<? extends Prepared>, float[]> network) {}

    private TowerUse tower(Modality modality) {
        if (modality.equals(Modality.IMAGE)) {
            return new TowerUse(
                    item -> new Image(item.label(), images.apply(item)),
                    items -> network.image().embed(joined(items)));
        }
        TextTokenizer tokenizer = captions;
        if (modality.equals(Modality.TEXT) && tokenizer != null) {
            return new TowerUse(
                    item -> new Caption(
                            item.label(), tokenizer.encode(caption(item)).ids()),
                    items -> network.text()
                            .embed(items.stream()
                                    .map(item -> ((Caption) item).ids())
                                    .toList()));
        }
        throw new InvalidRequestException("space '" + space.name() + "' embeds "
                + space.modalities().stream().map(Modality::name).collect(Collectors.joining(", ")) + ", not "
                + modality
                + (modality.equals(Modality.TEXT) ? "; give the option 'tokenizer' (tokenizer.model) for text" : ""));
    }

    private static String caption(Item item) {
        if (item instanceof Item.Text text) {
            return text.text();
        }
        throw new InvalidRequestException("a file is given where a text is expected: " + item.label());
    }

    private FloatBuffer joined(List<? extends Prepared> items) {
        FloatBuffer values = FloatBuffer.allocate(Math.multiplyExact(items.size(), images.length()));
        items.forEach(item -> values.put(((Image) item).values()));
        return values.flip();
    }

    /** Waits for runs under way, then frees the network and lets go of the checkpoint. */
    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                network.close();
                checkpoint.close();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
