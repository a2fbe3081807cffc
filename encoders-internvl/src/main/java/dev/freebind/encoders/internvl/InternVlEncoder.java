package dev.freebind.encoders.internvl;

import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.media.image.ImagePipeline;
import dev.freebind.text.TextTokenizer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Images and captions to unit vectors: preparation and tower. */
final class InternVlEncoder implements Encoder {

    private final EmbeddingSpace space;
    private final Checkpoint checkpoint;
    private final InternVlNetwork network;
    private final ImagePipeline images;
    private final @Nullable TextTokenizer captions;
    private final int batch;

    /** Encoding holds the read lock, so that closing waits for it. */
    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    private boolean closed;

    /**
     * Takes over checkpoint and network and closes them.
     *
     * @param captions null if there is no vocabulary; the space then lacks text
     * @param batch items that go through the network together
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
        this.batch = batch;
    }

    @Override
    public EmbeddingSpace space() {
        return space;
    }

    @Override
    public float[][] encode(Modality modality, List<? extends Item> items) {
        lock.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the encoder of space '" + space.name() + "' is closed");
            }
            Function<List<? extends Item>, float[]> tower = tower(modality);
            float[][] rows = new float[items.size()][];
            for (int first = 0; first < rows.length; first += batch) {
                List<? extends Item> some = items.subList(first, Math.min(rows.length, first + batch));
                float[] values = tower.apply(some);
                for (int i = 0; i < some.size(); i++) {
                    rows[first + i] = row(values, i, some.get(i));
                }
            }
            return rows;
        } finally {
            lock.readLock().unlock();
        }
    }

    private Function<List<? extends Item>, float[]> tower(Modality modality) {
        if (modality.equals(Modality.IMAGE)) {
            return items -> network.image().embed(prepared(items));
        }
        TextTokenizer tokenizer = captions;
        if (modality.equals(Modality.TEXT) && tokenizer != null) {
            return items -> network.text()
                    .embed(items.stream()
                            .map(item -> tokenizer.encode(caption(item)).ids())
                            .toList());
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

    /** Decodes and prepares on all cores; the network starts when all are done. */
    private FloatBuffer prepared(List<? extends Item> items) {
        int length = images.length();
        float[] values = new float[Math.multiplyExact(items.size(), length)];
        IntStream.range(0, items.size())
                .parallel()
                .forEach(i -> System.arraycopy(images.apply(items.get(i)), 0, values, i * length, length));
        return FloatBuffer.wrap(values);
    }

    private float[] row(float[] values, int index, Item item) {
        int dimension = space.dimension();
        float[] row = Arrays.copyOfRange(values, index * dimension, (index + 1) * dimension);
        for (float value : row) {
            if (!Float.isFinite(value)) {
                throw new DataException(item.label() + ": its embedding in space '" + space.name()
                        + "' is not finite; the checkpoint is damaged, or option 'precision' is too narrow for it");
            }
        }
        return row;
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
