package dev.freebind.search;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A space whose encoder gives every content a direction of its own, and whose only leaf {@code leaf} is the space itself. */
public final class TinySpace implements SearchedSpace {

    public static final int DIMENSION = 16;

    private final String fingerprint;

    public TinySpace(String fingerprint) {
        this.fingerprint = fingerprint;
    }

    @Override
    public EmbeddingSpace space() {
        return new EmbeddingSpace("tiny", DIMENSION, List.of(Modality.AUDIO, Modality.IMAGE, Modality.TEXT));
    }

    @Override
    public List<Modality> encodable() {
        return space().modalities();
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public float[] embed(Modality modality, Item item) {
        return unit(Arrays.hashCode(content(item)));
    }

    /** The direction of a content. */
    public static float[] unit(byte[] content) {
        return unit(Arrays.hashCode(content));
    }

    private static float[] unit(long seed) {
        Random random = new Random(seed);
        float[] row = new float[DIMENSION];
        double squares = 0;
        for (int i = 0; i < row.length; i++) {
            row[i] = (float) random.nextGaussian();
            squares += row[i] * row[i];
        }
        for (int i = 0; i < row.length; i++) {
            row[i] /= (float) Math.sqrt(squares);
        }
        return row;
    }

    private static byte[] content(Item item) {
        if (item instanceof Item.Text text) {
            return text.text().getBytes(StandardCharsets.UTF_8);
        }
        if (item instanceof Item.Bytes bytes) {
            return bytes.content();
        }
        try {
            return Files.readAllBytes(((Item.File) item).path());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Embeddings embed(Modality modality, Map<String, Embeddings> leaves) {
        if (!leaves.containsKey("leaf")) {
            throw new InvalidRequestException("needs leaf");
        }
        return leaves.get("leaf").normalised();
    }
}
