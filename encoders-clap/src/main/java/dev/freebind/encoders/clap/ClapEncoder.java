package dev.freebind.encoders.clap;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.formats.checkpoint.Checkpoint;
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
final class ClapEncoder implements Encoder {

    private final EmbeddingSpace space;
    private final Checkpoint checkpoint;
    private final ClapNetwork network;
    private final SoundPreparation sounds;
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
            Function<List<? extends Item>, float[]> embedding = embedding(modality);
            float[][] rows = new float[items.size()][];
            for (int first = 0; first < rows.length; first += batch) {
                int end = Math.min(rows.length, first + batch);
                float[] values = embedding.apply(items.subList(first, end));
                for (int row = first; row < end; row++) {
                    int from = (row - first) * space.dimension();
                    rows[row] = Arrays.copyOfRange(values, from, from + space.dimension());
                }
            }
            return rows;
        } finally {
            lock.readLock().unlock();
        }
    }

    private Function<List<? extends Item>, float[]> embedding(Modality modality) {
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
                        ? "; give the option '" + ClapProvider.VOCABULARY
                                + "' (the folder with vocab.json and merges.txt of roberta-base) for text"
                        : ""));
    }

    /** Decodes and prepares on all cores; the network starts when all are done. */
    private float[] embedSounds(List<? extends Item> items) {
        List<SoundFeatures> features =
                items.stream().parallel().map(sounds::apply).toList();
        return network.audio().embed(features);
    }

    private float[] embedCaptions(TextTokenizer tokenizer, List<? extends Item> items) {
        List<Tokens> tokens =
                items.stream().map(item -> tokenizer.encode(caption(item))).toList();
        return network.text().embed(tokens);
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
