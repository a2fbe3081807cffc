package dev.freebind.spi.encoders;

import dev.freebind.api.DataException;
import dev.freebind.api.Encoder;
import dev.freebind.api.FreeBindException;
import dev.freebind.api.Modality;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
        return guarded(inPlugin(() -> Objects.requireNonNull(plugin.open(spaceName, options), "open(…) returns null")));
    }

    /** An encoder whose every call is made as by {@link #inPlugin}, with all the interfaces that the plugin's encoder has. */
    private Encoder guarded(Encoder encoder) {
        Set<Class<?>> interfaces = new LinkedHashSet<>(List.of(Encoder.class));
        for (Class<?> type = encoder.getClass(); type != null; type = type.getSuperclass()) {
            Arrays.stream(type.getInterfaces())
                    .filter(face -> Modifier.isPublic(face.getModifiers()) && !face.isSealed())
                    .forEach(interfaces::add);
        }
        return (Encoder) Proxy.newProxyInstance(
                loader,
                interfaces.toArray(Class<?>[]::new),
                (proxy, method, arguments) -> inPlugin(() -> call(encoder, method, arguments)));
    }

    private static Object call(Encoder encoder, Method method, Object @Nullable [] arguments) {
        try {
            return method.invoke(encoder, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException thrown) {
                throw thrown;
            }
            if (e.getCause() instanceof Error thrown) {
                throw thrown;
            }
            throw new UndeclaredThrowableException(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
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
}
