package dev.freebind.encoding;

import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.PreparingEncoder;
import dev.freebind.spi.encoders.EncoderOption;
import dev.freebind.spi.encoders.EncoderOptions;
import dev.freebind.spi.encoders.EncoderProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An encoder whose embedding counts letters, and a little of how many items went through the network together, so that tests see
 * whether batches are the same. Items that contain "broken" cannot be prepared, items that contain "refused" not embedded.
 */
public class LetterEncoders implements EncoderProvider {

    static final int BATCH = 4;

    /** Encoders that are open now, the most that ever were, items that went through a network, items prepared and not yet run. */
    static final AtomicInteger OPEN = new AtomicInteger();

    static final AtomicInteger MOST_OPEN = new AtomicInteger();
    static final AtomicInteger EMBEDDED = new AtomicInteger();
    static final AtomicInteger WAITING = new AtomicInteger();
    static final AtomicInteger MOST_WAITING = new AtomicInteger();

    /** An error after this many embedded items, as if the process had been killed. */
    static final AtomicInteger DIES_AFTER = new AtomicInteger(Integer.MAX_VALUE);

    static void reset() {
        List.of(OPEN, MOST_OPEN, EMBEDDED, WAITING, MOST_WAITING).forEach(counter -> counter.set(0));
        DIES_AFTER.set(Integer.MAX_VALUE);
    }

    @Override
    public String name() {
        return "letters";
    }

    @Override
    public String version() {
        return "1.0";
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public List<Modality> modalities() {
        return List.of(Modality.IMAGE, Modality.TEXT);
    }

    @Override
    public OptionalInt dimension() {
        return OptionalInt.empty();
    }

    @Override
    public List<EncoderOption> options() {
        return List.of(
                EncoderOption.optional("length", EncoderOption.Type.INTEGER, "8", "Length of the embeddings."),
                EncoderOption.optional("refuses", EncoderOption.Type.TEXT, "broken", "What it cannot prepare."),
                EncoderOption.optional("checkpoint", EncoderOption.Type.PATH, null, "Its content counts."));
    }

    @Override
    public Encoder open(String spaceName, EncoderOptions options) {
        MOST_OPEN.accumulateAndGet(OPEN.incrementAndGet(), Math::max);
        int salt = options.path("checkpoint")
                .map(file -> {
                    try {
                        return Files.readString(file).hashCode();
                    } catch (IOException e) {
                        throw new DataException(file + ": there is no checkpoint", e);
                    }
                })
                .orElse(0);
        EmbeddingSpace space = new EmbeddingSpace(
                spaceName, options.integer("length").orElseThrow().intValue(), modalities());
        String refuses = options.text("refuses").orElseThrow();
        return name().equals("letters")
                ? new Letters(space, salt, refuses)
                : new Plain(new Letters(space, salt, refuses));
    }

    /** The same in one stage. */
    public static final class OneStage extends LetterEncoders {
        @Override
        public String name() {
            return "one-stage";
        }
    }

    private record Text(String text) implements PreparingEncoder.Prepared {}

    private record Letters(EmbeddingSpace space, int salt, String refuses) implements PreparingEncoder {

        @Override
        public int batchSize() {
            return BATCH;
        }

        @Override
        public Prepared prepare(Modality modality, Item item) {
            String text = text(item);
            if (text.contains(refuses)) {
                throw new DataException(item.label() + " is broken");
            }
            MOST_WAITING.accumulateAndGet(WAITING.incrementAndGet(), Math::max);
            return new Text(text);
        }

        private static String text(Item item) {
            if (item instanceof Item.Text text) {
                return text.text();
            }
            if (item instanceof Item.Bytes bytes) {
                return new String(bytes.content(), StandardCharsets.UTF_8);
            }
            try {
                return Files.readString(((Item.File) item).path());
            } catch (IOException e) {
                throw new DataException(item.label() + " does not exist", e);
            }
        }

        @Override
        public float[][] encodePrepared(Modality modality, List<? extends Prepared> items) {
            if (!space.knows(modality)) {
                throw new InvalidRequestException("space '" + space.name() + "' does not embed " + modality);
            }
            WAITING.addAndGet(-items.size());
            if (EMBEDDED.addAndGet(items.size()) > DIES_AFTER.get()) {
                throw new OutOfMemoryError("killed");
            }
            List<float[]> rows = new ArrayList<>();
            for (Prepared item : items) {
                String text = ((Text) item).text();
                if (text.contains("refused")) {
                    throw new DataException("one of " + items.size() + " items is refused");
                }
                float[] row = new float[space.dimension()];
                row[0] = 1 + items.size() * 1e-3f;
                row[1] = (salt % 1000) * 1e-3f;
                text.toLowerCase(Locale.ROOT).chars().forEach(letter -> row[letter % row.length] += 1);
                rows.add(row);
            }
            return rows.toArray(float[][]::new);
        }

        @Override
        public void close() {
            OPEN.decrementAndGet();
        }
    }

    private record Plain(Letters letters) implements Encoder {
        @Override
        public EmbeddingSpace space() {
            return letters.space();
        }

        @Override
        public float[][] encode(Modality modality, List<? extends Item> items) {
            return letters.encode(modality, items);
        }

        @Override
        public void close() {
            letters.close();
        }
    }
}
