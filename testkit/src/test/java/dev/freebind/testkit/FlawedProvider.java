package dev.freebind.testkit;

import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.spi.encoders.EncoderOption;
import dev.freebind.spi.encoders.EncoderOptions;
import dev.freebind.spi.encoders.EncoderProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;

/**
 * A small provider without fault, but for the one that a test asks for: texts, and files that begin with {@code OK}, get a
 * direction that their content decides.
 */
public final class FlawedProvider implements EncoderProvider {

    /** The ways in which a plugin may break the contract. */
    enum Flaw {
        NONE,
        BAD_NAME,
        NULL_MODALITIES,
        OTHER_API,
        READS_WHEN_MADE,
        UNDECLARED_OPTION,
        NEEDS_OPTIONAL,
        IGNORES_MISSING_PATH,
        UNNAMED_PATH,
        NULL_ENCODER,
        OTHER_SPACE_NAME,
        UNDECLARED_MODALITY,
        OTHER_DIMENSION,
        SHORT_ROWS,
        LONG_VECTORS,
        NOT_A_NUMBER,
        CONSTANT,
        SORTED,
        DROPS_ROW,
        BATCH_MEAN,
        RANDOM,
        RANDOM_WHEN_OPENED,
        NULL_FOR_EMPTY,
        CACHED_ROWS,
        ANY_MODALITY,
        UNNAMED_MODALITIES,
        ROW_FOR_MISSING,
        UNCHECKED_IO,
        REQUEST_FOR_DATA,
        UNNAMED_ITEM,
        SILENT_CLASS_CAST,
        LOOKS_AT_NAMES,
        SHARED_BUFFER,
        CLOSE_ONCE,
        OPEN_AFTER_CLOSE,
        SHARED_MODEL,
    }

    /** What is wrong with the next ones. */
    static volatile Flaw flaw = Flaw.NONE;

    private static final int DIMENSION = 16;

    /** How many encoders were closed so far, for {@link Flaw#SHARED_MODEL}. */
    static volatile int closed;

    public FlawedProvider() {
        if (reads()) {
            try {
                Files.readString(Path.of(System.getProperty("flawed.file")));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** By property, because freshly loaded classes have a flaw of their own. */
    private static boolean reads() {
        return System.getProperty("flawed.file") != null;
    }

    private static boolean is(Flaw one) {
        return flaw == one;
    }

    @Override
    public String name() {
        return is(Flaw.BAD_NAME) ? "My Encoder" : "flawed";
    }

    @Override
    public String version() {
        return "1";
    }

    @Override
    public int apiVersion() {
        return is(Flaw.OTHER_API) ? 2 : API_VERSION;
    }

    @Override
    public List<Modality> modalities() {
        return is(Flaw.NULL_MODALITIES)
                ? null
                : is(Flaw.UNDECLARED_MODALITY) ? List.of(Modality.TEXT) : List.of(Modality.IMAGE, Modality.TEXT);
    }

    @Override
    public OptionalInt dimension() {
        return OptionalInt.of(is(Flaw.OTHER_DIMENSION) ? 3 : DIMENSION);
    }

    @Override
    public List<EncoderOption> options() {
        return List.of(
                EncoderOption.required("weights", EncoderOption.Type.PATH, "A file."),
                EncoderOption.optional("salt", EncoderOption.Type.INTEGER, null, "Other directions."));
    }

    @Override
    public Encoder open(String spaceName, EncoderOptions options) {
        Path weights = options.path("weights").orElseThrow();
        if (!is(Flaw.IGNORES_MISSING_PATH) && !Files.exists(weights)) {
            throw new DataException(is(Flaw.UNNAMED_PATH) ? "a file is missing" : weights + ": no such file");
        }
        if (is(Flaw.UNDECLARED_OPTION)) {
            options.text("colour");
        }
        long salt = is(Flaw.NEEDS_OPTIONAL)
                ? options.integer("salt").orElseThrow()
                : options.integer("salt").orElse(0L);
        if (is(Flaw.NULL_ENCODER)) {
            return null;
        }
        return new Directions(
                new EmbeddingSpace(
                        is(Flaw.OTHER_SPACE_NAME) ? "flawed" : spaceName,
                        DIMENSION,
                        List.of(Modality.IMAGE, Modality.TEXT)),
                is(Flaw.RANDOM_WHEN_OPENED) ? System.nanoTime() : salt);
    }

    /** The encoder. */
    private static final class Directions implements Encoder {

        private final EmbeddingSpace space;
        private final Random random;
        private final long salt;
        private final float[] buffer = new float[DIMENSION];
        private final Map<Object, float[]> cache = new java.util.concurrent.ConcurrentHashMap<>();
        private volatile boolean closed;

        Directions(EmbeddingSpace space, long salt) {
            this.space = space;
            this.salt = salt;
            this.random = new Random(salt);
        }

        @Override
        public EmbeddingSpace space() {
            return space;
        }

        @Override
        public float[][] encode(Modality modality, List<? extends Item> items) {
            if ((closed && !is(Flaw.OPEN_AFTER_CLOSE)) || (is(Flaw.SHARED_MODEL) && FlawedProvider.closed > 0)) {
                throw new IllegalStateException("closed");
            }
            if (!space.knows(modality) && !is(Flaw.ANY_MODALITY)) {
                throw new InvalidRequestException(
                        is(Flaw.UNNAMED_MODALITIES) ? "what is that?" : "only " + space.modalities());
            }
            if (items.isEmpty() && is(Flaw.NULL_FOR_EMPTY)) {
                return new float[1][DIMENSION];
            }
            float[][] rows = new float[items.size()][];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = row(content(modality, items.get(i)), items.get(i));
            }
            if (is(Flaw.BATCH_MEAN) && rows.length > 1) {
                rows[0] = unit(sum(rows[0], rows[1]));
            }
            if (is(Flaw.SORTED)) {
                Arrays.sort(rows, Arrays::compare);
            }
            return is(Flaw.DROPS_ROW) && rows.length > 1 ? Arrays.copyOf(rows, rows.length - 1) : rows;
        }

        private byte[] content(Modality modality, Item item) {
            if (modality.equals(Modality.TEXT) || !space.knows(modality)) {
                if (item instanceof Item.Text text) {
                    return text.text().getBytes(StandardCharsets.UTF_8);
                }
                throw new InvalidRequestException(item.label() + ": not a text");
            }
            if (item instanceof Item.Text && !is(Flaw.SILENT_CLASS_CAST)) {
                throw new InvalidRequestException(item.label() + ": not a file");
            }
            byte[] content;
            try {
                content = item instanceof Item.Bytes bytes
                        ? bytes.content()
                        : Files.readAllBytes(((Item.File) item).path());
            } catch (IOException e) {
                if (is(Flaw.ROW_FOR_MISSING)) {
                    return new byte[1];
                }
                if (is(Flaw.UNCHECKED_IO)) {
                    throw new java.io.UncheckedIOException(e);
                }
                throw new DataException(item.label() + ": cannot be read", e);
            }
            if (content[0] != 'O' && !is(Flaw.ROW_FOR_MISSING)) {
                if (is(Flaw.REQUEST_FOR_DATA)) {
                    throw new InvalidRequestException(item.label() + ": damaged");
                }
                throw new DataException(is(Flaw.UNNAMED_ITEM) ? "damaged" : item.label() + ": damaged");
            }
            return content;
        }

        private float[] row(byte[] content, Item item) {
            if (is(Flaw.CACHED_ROWS)) {
                return cache.computeIfAbsent(
                        Arrays.hashCode(content), seed -> direction(new Random(((Integer) seed) + salt)));
            }
            if (is(Flaw.RANDOM)) {
                return direction(random);
            }
            if (is(Flaw.LOOKS_AT_NAMES) && item instanceof Item.File) {
                return direction(new Random(item.label().hashCode()));
            }
            return direction(new Random(is(Flaw.CONSTANT) ? 1 : Arrays.hashCode(content) + salt));
        }

        private float[] direction(Random source) {
            float[] row = is(Flaw.SHARED_BUFFER) ? buffer : new float[is(Flaw.SHORT_ROWS) ? 3 : DIMENSION];
            for (int i = 0; i < row.length; i++) {
                row[i] = (float) source.nextGaussian();
                if (is(Flaw.SHARED_BUFFER)) {
                    Thread.yield();
                }
            }
            if (is(Flaw.NOT_A_NUMBER)) {
                row[2] = Float.NaN;
            }
            return is(Flaw.LONG_VECTORS) ? row : unit(row.clone());
        }

        private static float[] sum(float[] one, float[] other) {
            float[] sum = one.clone();
            for (int i = 0; i < sum.length; i++) {
                sum[i] += other[i];
            }
            return sum;
        }

        private static float[] unit(float[] row) {
            double squares = 0;
            for (float value : row) {
                squares += value * value;
            }
            for (int i = 0; i < row.length; i++) {
                row[i] /= (float) Math.sqrt(squares);
            }
            return row;
        }

        @Override
        public void close() {
            FlawedProvider.closed++;
            if (closed && is(Flaw.CLOSE_ONCE)) {
                throw new IllegalStateException("closed already");
            }
            closed = true;
        }
    }
}
