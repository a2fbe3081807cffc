package dev.freebind.spi.encoders;

import dev.freebind.api.InvalidRequestException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The encoder providers that were found, by name, and the plugins that could not be used, with the reason. */
public final class EncoderRegistry {

    private final Map<String, Installed> providers;
    private final List<Broken> broken;

    private EncoderRegistry(Map<String, Installed> providers, List<Broken> broken) {
        this.providers = providers;
        this.broken = broken;
    }

    /**
     * A provider and where it came from.
     *
     * @param provider the provider
     * @param origin its jar or folder
     */
    public record Installed(EncoderProvider provider, String origin) {}

    /**
     * A plugin that could not be used.
     *
     * @param origin the jar, folder or service entry
     * @param reason what went wrong
     */
    public record Broken(String origin, String reason) {}

    /**
     * Finds the providers that a class loader sees; one that cannot be made, or that was written against another API version,
     * is recorded as broken and does not stop the others.
     *
     * @throws InvalidRequestException if two providers have one name, naming both origins
     */
    public static EncoderRegistry discover(ClassLoader classLoader) {
        Map<String, Installed> found = new TreeMap<>();
        List<Broken> broken = new ArrayList<>();
        Iterator<EncoderProvider> services =
                ServiceLoader.load(EncoderProvider.class, classLoader).iterator();
        while (true) {
            try {
                if (!services.hasNext()) {
                    break;
                }
                add(services.next(), found, broken);
            } catch (ServiceConfigurationError | LinkageError e) {
                broken.add(new Broken("class path", reason(e)));
            }
        }
        return new EncoderRegistry(found, broken);
    }

    private static void add(EncoderProvider provider, Map<String, Installed> found, List<Broken> broken) {
        String origin = origin(provider.getClass());
        String name;
        try {
            name = provider.name();
            if (provider.apiVersion() != EncoderProvider.API_VERSION) {
                broken.add(new Broken(
                        origin,
                        "encoder '" + name + "' was written against API version " + provider.apiVersion()
                                + ", this is version " + EncoderProvider.API_VERSION
                                + ": get a build of the plugin for this version"));
                return;
            }
        } catch (RuntimeException | LinkageError e) {
            broken.add(new Broken(origin, reason(e)));
            return;
        }
        Installed other = found.putIfAbsent(name, new Installed(provider, origin));
        if (other != null) {
            throw new InvalidRequestException("two encoders are named '" + name + "': " + other.origin() + " and "
                    + origin + "; remove one of them");
        }
    }

    private static String reason(Throwable error) {
        String message = error.getMessage();
        Throwable cause = error.getCause();
        return (message == null ? error.getClass().getSimpleName() : message)
                + (cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage());
    }

    private static String origin(Class<?> type) {
        @Nullable CodeSource source = type.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return type.getName();
        }
        try {
            return Path.of(source.getLocation().toURI()).toString();
        } catch (URISyntaxException | RuntimeException e) {
            return source.getLocation().toString();
        }
    }

    /** All usable providers, by name. */
    public List<Installed> installed() {
        return List.copyOf(providers.values());
    }

    /** What was found but cannot be used. */
    public List<Broken> broken() {
        return List.copyOf(broken);
    }

    /**
     * The provider of a name.
     *
     * @throws InvalidRequestException if there is none, listing those there are
     */
    public EncoderProvider provider(String name) {
        Installed installed = providers.get(name);
        if (installed == null) {
            throw new InvalidRequestException("no encoder '" + name + "' is installed; there "
                    + (providers.isEmpty() ? "are none" : "are: " + String.join(", ", providers.keySet()))
                    + (broken.isEmpty()
                            ? ""
                            : "; not usable: "
                                    + broken.stream()
                                            .map(plugin -> plugin.origin() + " (" + plugin.reason() + ")")
                                            .collect(Collectors.joining(", "))));
        }
        return installed.provider();
    }
}
