package dev.freebind.encoders.imagebind;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.media.audio.FilterBankClips;
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

/** Images, sounds and captions to unit vectors: preparation, tower, and the mean over a sound's clips. */
final class ImageBindEncoder implements Encoder {

    private final EmbeddingSpace space;
    private final Checkpoint checkpoint;
    private final ImageBindNetwork network;
    private final ImagePipeline images;
    private final FilterBankClips sounds;
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
    ImageBindEncoder(
            EmbeddingSpace space,
            Checkpoint checkpoint,
            ImageBindNetwork network,
            ImagePipeline images,
            FilterBankClips sounds,
            @Nullable TextTokenizer captions,
            int batch) {
        this.space = space;
        this.checkpoint = checkpoint;
        this.network = network;
        this.images = images;
        this.sounds = sounds;
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
            Function<List<? extends Item>, float[][]> embedding = embedding(modality);
            float[][] rows = new float[items.size()][];
            for (int first = 0; first < rows.length; first += batch) {
                float[][] some = embedding.apply(items.subList(first, Math.min(rows.length, first + batch)));
                System.arraycopy(some, 0, rows, first, some.length);
            }
            return rows;
        } finally {
            lock.readLock().unlock();
        }
    }

    private Function<List<? extends Item>, float[][]> embedding(Modality modality) {
        if (modality.equals(Modality.IMAGE)) {
            return this::embedImages;
        }
        if (modality.equals(Modality.AUDIO)) {
            return this::embedSounds;
        }
        TextTokenizer tokenizer = captions;
        if (modality.equals(Modality.TEXT) && tokenizer != null) {
            return items -> embedCaptions(tokenizer, items);
        }
        throw new InvalidRequestException("space '" + space.name() + "' embeds "
                + space.modalities().stream().map(Modality::name).collect(Collectors.joining(", ")) + ", not "
                + modality
                + (modality.equals(Modality.TEXT)
                        ? "; give the option 'vocabulary' (bpe_simple_vocab_16e6.txt.gz) for text"
                        : ""));
    }

    private float[][] embedImages(List<? extends Item> items) {
        return unitRows(network.vision().embed(prepared(items, images::apply, images.length())), 1);
    }

    private float[][] embedSounds(List<? extends Item> items) {
        return unitRows(network.audio().embed(prepared(items, sounds::apply, sounds.length())), sounds.clips());
    }

    private float[][] embedCaptions(TextTokenizer tokenizer, List<? extends Item> items) {
        List<int[]> ids = items.stream()
                .map(item -> tokenizer.encode(caption(item)).ids())
                .toList();
        return unitRows(network.text().embed(ids), 1);
    }

    private static String caption(Item item) {
        if (item instanceof Item.Text text) {
            return text.text();
        }
        throw new InvalidRequestException("a file is given where a text is expected: " + item.label());
    }

    /** Decodes and prepares on all cores; the network starts when all are done. */
    private static FloatBuffer prepared(List<? extends Item> items, Function<Item, float[]> preparation, int length) {
        float[] values = new float[Math.multiplyExact(items.size(), length)];
        IntStream.range(0, items.size())
                .parallel()
                .forEach(i -> System.arraycopy(preparation.apply(items.get(i)), 0, values, i * length, length));
        return FloatBuffer.wrap(values);
    }

    /** Rows of the mean of {@code parts} rows each, brought to unit length. */
    private float[][] unitRows(float[] values, int parts) {
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
        }
        return rows;
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
