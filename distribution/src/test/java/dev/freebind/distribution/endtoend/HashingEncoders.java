package dev.freebind.distribution.endtoend;

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
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/** A plugin as a third party would write it: every item gets a direction that its content decides. */
public final class HashingEncoders implements EncoderProvider {

    private static final List<Modality> MODALITIES = List.of(Modality.AUDIO, Modality.IMAGE, Modality.TEXT);

    @Override
    public String name() {
        return "hashing";
    }

    @Override
    public String version() {
        return "1.2";
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public List<Modality> modalities() {
        return MODALITIES;
    }

    @Override
    public OptionalInt dimension() {
        return OptionalInt.empty();
    }

    @Override
    public List<EncoderOption> options() {
        return List.of(
                EncoderOption.required("length", EncoderOption.Type.INTEGER, "Length of the embeddings."),
                EncoderOption.optional("salt", EncoderOption.Type.TEXT, "", "Other salts give other embeddings."),
                EncoderOption.choice(
                        EncoderOption.DEVICE, List.of("auto", "cpu", "gpu"), "auto", "No GPU can do this."));
    }

    @Override
    public Encoder open(String spaceName, EncoderOptions options) {
        if (options.choice(EncoderOption.DEVICE).orElseThrow().equals("gpu")) {
            throw new InvalidRequestException("hashing needs a CPU");
        }
        int length = options.integer("length").orElseThrow().intValue();
        return new Hashing(
                new EmbeddingSpace(spaceName, length, MODALITIES),
                options.text("salt").orElse("").hashCode());
    }

    /** The encoder that is opened. */
    record Hashing(EmbeddingSpace space, int salt) implements Encoder {

        @Override
        public float[][] encode(Modality modality, List<? extends Item> items) {
            List<float[]> rows = new ArrayList<>();
            for (Item item : items) {
                rows.add(unit(31L * Arrays.hashCode(content(item)) + salt));
            }
            return rows.toArray(float[][]::new);
        }

        private float[] unit(long seed) {
            Random random = new Random(seed);
            float[] row = new float[space.dimension()];
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
                throw new DataException(item.label() + ": cannot be read", e);
            }
        }

        @Override
        public void close() {}
    }

    /** Packs the plugin into a jar. */
    static void install(Path jar) {
        try {
            Files.createDirectories(jar.getParent());
            try (OutputStream out = Files.newOutputStream(jar);
                    JarOutputStream entries = new JarOutputStream(out)) {
                for (Class<?> type : List.of(HashingEncoders.class, Hashing.class)) {
                    String name = type.getName().replace('.', '/') + ".class";
                    entries.putNextEntry(new JarEntry(name));
                    try (InputStream code = type.getClassLoader().getResourceAsStream(name)) {
                        code.transferTo(entries);
                    }
                    entries.closeEntry();
                }
                entries.putNextEntry(new JarEntry("META-INF/services/" + EncoderProvider.class.getName()));
                entries.write(HashingEncoders.class.getName().getBytes(StandardCharsets.UTF_8));
                entries.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
