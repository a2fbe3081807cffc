package dev.freebind.encoders.imagebind;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.PreparingEncoder;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.media.audio.FilterBankClips;
import dev.freebind.media.image.ImagePipeline;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.layers.EmbeddingRow;
import dev.freebind.tensorflow.training.TrainableEncoder;
import dev.freebind.tensorflow.training.TrainableTower;
import dev.freebind.text.TextTokenizer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Images, sounds and captions to unit vectors: preparation, tower, and the mean over a sound's clips. */
final class ImageBindEncoder implements PreparingEncoder, TrainableEncoder {

    private final EmbeddingSpace space;
    private final Checkpoint checkpoint;
    private final ImageBindNetwork network;
    private final ImageBindSizes sizes;
    private final ImagePipeline images;
    private final FilterBankClips sounds;
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
    ImageBindEncoder(
            EmbeddingSpace space,
            Checkpoint checkpoint,
            ImageBindNetwork network,
            ImageBindSizes sizes,
            ImagePipeline images,
            FilterBankClips sounds,
            @Nullable TextTokenizer captions,
            int batch) {
        this.space = space;
        this.checkpoint = checkpoint;
        this.network = network;
        this.sizes = sizes;
        this.images = images;
        this.sounds = sounds;
        this.captions = captions;
        this.batch = Math.min(batch, FloatTensor.mostRows(Math.max(images.length(), sounds.length())));
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

    /** An image or a sound as its tower takes it. */
    private record Signal(String label, float[] values) implements Named {}

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
            return items.isEmpty() ? new float[0][] : unitRows(tower.network().apply(items), tower.parts(), items);
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
     * @param parts consecutive rows of each item
     */
    private record TowerUse(
            Function<Item, Prepared> preparation, Function<List<? extends Prepared>, float[]> network, int parts) {}

    private TowerUse tower(Modality modality) {
        if (modality.equals(Modality.IMAGE)) {
            return new TowerUse(
                    item -> new Signal(item.label(), images.apply(item)),
                    items -> network.vision().embed(joined(items, images.length())),
                    1);
        }
        if (modality.equals(Modality.AUDIO)) {
            return new TowerUse(
                    item -> new Signal(item.label(), sounds.apply(item)),
                    items -> network.audio().embed(joined(items, sounds.length())),
                    sounds.clips());
        }
        TextTokenizer tokenizer = captions;
        if (modality.equals(Modality.TEXT) && tokenizer != null) {
            return new TowerUse(
                    item -> new Caption(
                            item.label(), tokenizer.encode(caption(item)).ids()),
                    items -> network.text()
                            .embed(items.stream()
                                    .map(item -> ((Caption) item).ids())
                                    .toList()),
                    1);
        }
        throw new InvalidRequestException("space '" + space.name() + "' embeds "
                + space.modalities().stream().map(Modality::name).collect(Collectors.joining(", ")) + ", not "
                + modality
                + (modality.equals(Modality.TEXT)
                        ? "; give the option 'vocabulary' (bpe_simple_vocab_16e6.txt.gz) for text"
                        : ""));
    }

    private static String caption(Item item) {
        if (item instanceof Item.Text text) {
            return text.text();
        }
        throw new InvalidRequestException("a file is given where a text is expected: " + item.label());
    }

    private static FloatBuffer joined(List<? extends Prepared> items, int length) {
        FloatBuffer values = FloatBuffer.allocate(Math.multiplyExact(items.size(), length));
        items.forEach(item -> values.put(((Signal) item).values()));
        return values.flip();
    }

    /** Rows of the mean of {@code parts} rows each, brought to unit length. */
    private float[][] unitRows(float[] values, int parts, List<? extends Prepared> items) {
        int dimension = space.dimension();
        float[][] rows = new float[values.length / (dimension * parts)][];
        double[] sum = new double[dimension];
        for (int row = 0; row < rows.length; row++) {
            Arrays.fill(sum, 0);
            for (int part = 0; part < parts; part++) {
                for (int j = 0; j < dimension; j++) {
                    sum[j] += values[(row * parts + part) * dimension + j];
                }
            }
            double squares = 0;
            for (double value : sum) {
                squares += value * value;
            }
            double norm = Math.sqrt(squares);
            rows[row] = new float[dimension];
            for (int j = 0; j < dimension; j++) {
                rows[row][j] = (float) (sum[j] / norm);
            }
            EmbeddingRow.finite(rows[row], ((Named) items.get(row)).label(), space);
        }
        return rows;
    }

    @Override
    public Set<Modality> trainable() {
        return Set.of(Modality.AUDIO);
    }

    @Override
    public TrainableTower tower(Modality modality, GraphSession session, double dropPath) {
        if (!trainable().contains(modality)) {
            throw new InvalidRequestException("space '" + space.name() + "': the " + modality
                    + " network of encoder 'imagebind' cannot be trained here; only that of audio can");
        }
        return AudioTraining.tower(session, checkpoint, sizes, sounds, network.dimension(), dropPath);
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
