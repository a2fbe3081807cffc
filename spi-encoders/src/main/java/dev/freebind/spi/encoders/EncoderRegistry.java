package dev.freebind.spi.encoders;

import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.NearestName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The encoder providers that were found, by name, and the plugins that could not be used, with the reason.
 *
 * <p>Providers come from the class path and from folders of plugins. Each jar in such a folder, and each folder in it with all
 * its jars, is one plugin with a class loader of its own: it sees its own libraries and the JDK, and shares with the
 * installation the classes of FreeBind, of SLF4J and of TensorFlow, even if it brings those along. Other libraries of the
 * installation are invisible to it.
 *
 * <p>Closing lets go of the plugins' jars; encoders that plugins have opened are closed before.
 */
public final class EncoderRegistry implements AutoCloseable {

    private final Map<String, List<Installed>> providers;
    private final List<Broken> broken;
    private final List<PluginClassLoader> loaders;
    private final Map<String, String> defaults;

    private EncoderRegistry(EncoderRegistry other, Map<String, String> defaults) {
        this.providers = other.providers;
        this.broken = other.broken;
        this.loaders = other.loaders;
        this.defaults = Map.copyOf(defaults);
    }

    private EncoderRegistry(EncoderDiscovery discovery) {
        providers = new TreeMap<>();
        defaults = Map.of();
        for (Installed installed : discovery.installed()) {
            providers
                    .computeIfAbsent(installed.description().name(), name -> new ArrayList<>())
                    .add(installed);
        }
        broken = List.copyOf(discovery.broken());
        loaders = List.copyOf(discovery.loaders());
    }

    /**
     * A provider and where it came from.
     *
     * @param description what the provider says of itself
     * @param provider the provider
     * @param origin its jar or folder
     */
    public record Installed(EncoderDescription description, EncoderProvider provider, String origin) {}

    /**
     * A plugin that could not be used.
     *
     * @param origin the jar or folder; "class path" if that is all that is known
     * @param reason what went wrong
     */
    public record Broken(String origin, String reason) {}

    /** Finds the providers that a class loader sees; one that cannot be used is recorded and does not stop the others. */
    public static EncoderRegistry discover(ClassLoader classLoader) {
        return discover(classLoader, List.of());
    }

    /**
     * Finds the providers that a class loader sees and those in folders of plugins; one that cannot be used is recorded and
     * does not stop the others.
     *
     * @param classLoader the installation's: sees the class path and what plugins share
     * @param folders folders of plugins; one that does not exist is recorded as broken
     */
    public static EncoderRegistry discover(ClassLoader classLoader, List<Path> folders) {
        EncoderDiscovery discovery = new EncoderDiscovery(classLoader);
        discovery.addClassPath();
        discovery.addFolders(folders);
        return new EncoderRegistry(discovery);
    }

    /** All usable providers, by name. */
    public List<Installed> installed() {
        return providers.values().stream()
                .filter(ofOneName -> ofOneName.size() == 1)
                .flatMap(Collection::stream)
                .toList();
    }

    /** What was found but cannot be used. */
    public List<Broken> broken() {
        return broken;
    }

    /** For each name that several providers have, none of which is used: what is wrong and how to fix it. */
    public List<String> conflicts() {
        return providers.values().stream()
                .filter(ofOneName -> ofOneName.size() > 1)
                .map(EncoderRegistry::conflict)
                .toList();
    }

    private static String conflict(List<Installed> ofOneName) {
        return ofOneName.size() + " encoders are named '"
                + ofOneName.get(0).description().name() + "': "
                + ofOneName.stream().map(Installed::origin).collect(Collectors.joining(" and "))
                + "; remove all but one";
    }

    /**
     * The provider of a name.
     *
     * @throws InvalidRequestException if there is none, listing those there are, or if several have that name, naming their
     *     jars
     */
    public EncoderProvider provider(String name) {
        List<Installed> found = providers.getOrDefault(name, List.of());
        if (found.size() > 1) {
            throw new InvalidRequestException(conflict(found));
        }
        if (found.isEmpty()) {
            throw new InvalidRequestException("no encoder '" + name + "' is installed"
                    + NearestName.hint(name, providers.keySet())
                    + (broken.isEmpty()
                            ? ""
                            : "; not usable: "
                                    + broken.stream()
                                            .map(plugin -> plugin.origin() + " (" + plugin.reason() + ")")
                                            .collect(Collectors.joining(", "))));
        }
        return found.get(0).provider();
    }

    /**
     * The same providers, to be opened with other defaults: where a user leaves an option open, a provider that declares it and
     * takes the value gets this one.
     *
     * @param values by option name
     * @return shares the plugins with this one, so that one of the two is closed
     */
    public EncoderRegistry withDefaults(Map<String, String> values) {
        return new EncoderRegistry(this, values);
    }

    /**
     * Opens an encoder.
     *
     * @param encoder the provider's name
     * @param space the space it embeds into
     * @param given values of options by name, as written by the user
     * @param folder where relative paths start
     * @return to be closed by the caller
     * @throws InvalidRequestException as {@link #provider}, or if an option or its value does not fit
     * @throws dev.freebind.api.DataException if the encoder's files are missing or damaged
     */
    public Encoder open(String encoder, String space, Map<String, String> given, Path folder) {
        EncoderProvider provider = provider(encoder);
        Map<String, String> values = new LinkedHashMap<>(given);
        for (EncoderOption option : provider.options()) {
            String other = defaults.get(option.name());
            if (other != null && option.takes(other)) {
                values.putIfAbsent(option.name(), other);
            }
        }
        return provider.open(space, EncoderOptions.check(provider, values, folder));
    }

    /** Closes the plugins' class loaders. Closing twice does nothing. */
    @Override
    public void close() {
        loaders.forEach(EncoderDiscovery::close);
    }
}
