package dev.freebind.spi.encoders;

import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Encoder;
import dev.freebind.api.FreeBindException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.PreparingEncoder;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * A provider that lives in a class loader of its own. While it works, that loader is the thread's context class loader, which
 * many libraries look for their own plugins with; what it breaks is reported with its jar.
 */
final class PluginProvider implements EncoderProvider {

    private final EncoderProvider plugin;
    private final EncoderDescription description;
    private final String origin;
    private final ClassLoader loader;

    PluginProvider(EncoderProvider plugin, EncoderDescription description, String origin, ClassLoader loader) {
        this.plugin = plugin;
        this.description = description;
        this.origin = origin;
        this.loader = loader;
    }

    @Override
    public String name() {
        return description.name();
    }

    @Override
    public String version() {
        return description.version();
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public List<Modality> modalities() {
        return description.modalities();
    }

    @Override
    public OptionalInt dimension() {
        return description.dimension();
    }

    @Override
    public List<EncoderOption> options() {
        return description.options();
    }

    @Override
    public String licenceNote() {
        return description.licenceNote();
    }

    @Override
    public Encoder open(String spaceName, EncoderOptions options) {
        Encoder opened =
                inPlugin(() -> Objects.requireNonNull(plugin.open(spaceName, options), "open(…) returns null"));
        return opened instanceof PreparingEncoder preparing
                ? new PluginPreparingEncoder(preparing)
                : new PluginEncoder(opened);
    }

    private <T> T inPlugin(Supplier<T> work) {
        try {
            return withContext(loader, work);
        } catch (FreeBindException | IllegalStateException e) {
            throw e; // meant for the caller
        } catch (RuntimeException | LinkageError e) {
            throw new DataException(
                    "encoder '" + name() + "' failed: " + PluginFailure.reason(e) + " (plugin " + origin + ")", e);
        }
    }

    /** Runs with another context class loader of the thread. */
    static <T> T withContext(ClassLoader loader, Supplier<T> work) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            return work.get();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** What such a provider opened. */
    private class PluginEncoder implements Encoder {

        private final Encoder encoder;

        PluginEncoder(Encoder encoder) {
            this.encoder = encoder;
        }

        @Override
        public EmbeddingSpace space() {
            return inPlugin(encoder::space);
        }

        @Override
        public float[][] encode(Modality modality, List<? extends Item> items) {
            return inPlugin(() -> encoder.encode(modality, items));
        }

        @Override
        public void close() {
            inPlugin(() -> {
                encoder.close();
                return this;
            });
        }
    }

    /** The same for one that works in two stages. */
    private final class PluginPreparingEncoder extends PluginEncoder implements PreparingEncoder {

        private final PreparingEncoder encoder;

        PluginPreparingEncoder(PreparingEncoder encoder) {
            super(encoder);
            this.encoder = encoder;
        }

        @Override
        public int batchSize() {
            return inPlugin(encoder::batchSize);
        }

        @Override
        public Prepared prepare(Modality modality, Item item) {
            return inPlugin(() -> encoder.prepare(modality, item));
        }

        @Override
        public float[][] encodePrepared(Modality modality, List<? extends Prepared> items) {
            return inPlugin(() -> encoder.encodePrepared(modality, items));
        }

        @Override
        public float[][] encode(Modality modality, List<? extends Item> items) {
            return super.encode(modality, items);
        }
    }
}
