package dev.freebind.encoders.clap;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.PreparingEncoder;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.layers.EmbeddingRow;
import dev.freebind.text.TextTokenizer;
import dev.freebind.text.Tokens;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Sounds and captions to unit vectors: preparation and tower. */
final class ClapEncoder implements PreparingEncoder {

    private final EmbeddingSpace space;
    private final Checkpoint checkpoint;
    private final ClapNetwork network;
    private final SoundPreparation sounds;
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
    ClapEncoder(
            EmbeddingSpace space,
            Checkpoint checkpoint,
            ClapNetwork network,
            SoundPreparation sounds,
            @Nullable TextTokenizer captions,
            int batch) {
        this.space = space;
        this.checkpoint = checkpoint;
        this.network = network;
        this.sounds = sounds;
        this.captions = captions;
        this.batch = Math.min(batch, FloatTensor.mostRows(network.audio().largestInput()));
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

    /** A sound as the audio tower takes it. */
    private record PreparedSound(String label, SoundFeatures features) implements Named {}

    /** A caption as the text tower takes it. */
    private record Caption(String label, Tokens tokens) implements Named {}

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
            for (int row = 0; row < rows.length; row++) {
                int from = row * space.dimension();
                rows[row] = EmbeddingRow.finite(
                        Arrays.copyOfRange(values, from, from + space.dimension()),
                        ((Named) items.get(row)).label(),
                        space);
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
        if (modality.equals(Modality.AUDIO)) {
            return new TowerUse(
                    item -> new PreparedSound(item.label(), sounds.apply(item)),
                    items -> network.audio()
                            .embed(items.stream()
                                    .map(item -> ((PreparedSound) item).features())
                                    .toList()));
        }
        TextTokenizer tokenizer = captions;
        if (modality.equals(Modality.TEXT) && tokenizer != null) {
            return new TowerUse(
                    item -> new Caption(item.label(), tokenizer.encode(caption(item))),
                    items -> network.text()
                            .embed(items.stream()
                                    .map(item -> ((Caption) item).tokens())
                                    .toList()));
        }
        throw new InvalidRequestException("space '" + space.name() + "' embeds "
                + space.modalities().stream().map(Modality::name).collect(Collectors.joining(", ")) + ", not "
                + modality
                + (modality.equals(Modality.TEXT)
                        ? "; give the option '" + ClapProvider.VOCABULARY
                                + "' (the folder with vocab.json and merges.txt of roberta-base) for text"
                        : ""));
    }

    private static String caption(Item item) {
        if (item instanceof Item.Text text) {
            return text.text();
        }
        throw new InvalidRequestException("a file is given where a text is expected: " + item.label());
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
