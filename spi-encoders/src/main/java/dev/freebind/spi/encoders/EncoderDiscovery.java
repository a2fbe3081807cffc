package dev.freebind.spi.encoders;

import dev.freebind.spi.encoders.EncoderRegistry.Broken;
import dev.freebind.spi.encoders.EncoderRegistry.Installed;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds providers and notes what cannot be used; nothing that a plugin does wrong stops the search. */
final class EncoderDiscovery {

    private static final System.Logger LOG = System.getLogger(EncoderRegistry.class.getName());

    private static final String SERVICE = "META-INF/services/" + EncoderProvider.class.getName();

    /** A service loader that fails this often in a row is not getting on. */
    private static final int PATIENCE = 1000;

    private final ClassLoader installation;
    private final List<Installed> installed = new ArrayList<>();
    private final List<Broken> broken = new ArrayList<>();
    private final List<PluginClassLoader> loaders = new ArrayList<>();

    EncoderDiscovery(ClassLoader installation) {
        this.installation = installation;
    }

    List<Installed> installed() {
        return installed;
    }

    List<Broken> broken() {
        return broken;
    }

    /** Of the plugins of which something can be used; the caller's to close. */
    List<PluginClassLoader> loaders() {
        return loaders;
    }

    /** Adds the providers that the installation's own class loader sees. */
    void addClassPath() {
        addServices(installation, "class path", null);
    }

    /** Adds the plugins of some folders. */
    void addFolders(List<Path> folders) {
        Set<Path> seen = new HashSet<>();
        for (Path folder : folders) {
            try {
                if (!Files.isDirectory(folder)) {
                    broken.add(new Broken(folder.toString(), "there is no such folder of plugins"));
                } else if (seen.add(folder.toRealPath())) {
                    Plugin.in(folder).forEach(this::add);
                }
            } catch (IOException e) {
                broken.add(new Broken(folder.toString(), "cannot be listed: " + PluginFailure.reason(e)));
            }
        }
    }

    private void add(Plugin plugin) {
        String origin = plugin.path().toString();
        PluginClassLoader loader;
        try {
            loader = new PluginClassLoader(plugin.path().getFileName().toString(), plugin.classPath(), installation);
        } catch (IOException e) {
            broken.add(new Broken(origin, PluginFailure.reason(e)));
            return;
        }
        int usable = installed.size();
        int unusable = broken.size();
        PluginProvider.withContext(loader, () -> {
            addServices(loader, origin, loader);
            return loader;
        });
        if (installed.size() > usable) {
            loaders.add(loader);
            return;
        }
        if (broken.size() == unusable) {
            broken.add(new Broken(
                    origin,
                    "no encoder in it (it has no " + SERVICE
                            + "); a library belongs into one folder with the plugin that needs it"));
        }
        close(loader);
    }

    /**
     * Adds what a service loader finds.
     *
     * @param origin what to call a provider's place if its class does not tell
     * @param plugin the loader of the plugin that is looked at; null for the class path
     */
    private void addServices(ClassLoader loader, String origin, @Nullable PluginClassLoader plugin) {
        Iterator<ServiceLoader.Provider<EncoderProvider>> services =
                ServiceLoader.load(EncoderProvider.class, loader).stream().iterator();
        int failures = 0;
        while (failures < PATIENCE) {
            try {
                if (!services.hasNext()) {
                    break;
                }
                add(services.next(), origin, plugin);
                failures = 0;
            } catch (ServiceConfigurationError | LinkageError e) {
                failures++;
                broken.add(new Broken(origin, PluginFailure.reason(e)));
            }
        }
    }

    private void add(
            ServiceLoader.Provider<EncoderProvider> service, String place, @Nullable PluginClassLoader plugin) {
        Class<? extends EncoderProvider> type = service.type();
        String origin = plugin != null && type.getClassLoader() != plugin ? place : origin(type, place);
        try {
            EncoderProvider provider = service.get();
            EncoderDescription description = EncoderDescription.of(provider);
            installed.add(new Installed(
                    description,
                    plugin == null ? provider : new PluginProvider(provider, description, origin, plugin),
                    origin));
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "encoder {0} {1} of {2}",
                    description.name(),
                    description.version(),
                    origin);
        } catch (OutOfMemoryError e) {
            throw e; // not the plugin's alone
        } catch (Throwable e) {
            broken.add(new Broken(origin, PluginFailure.reason(e)));
        }
    }

    private static String origin(Class<?> type, String otherwise) {
        @Nullable CodeSource source = type.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return otherwise;
        }
        try {
            return Path.of(source.getLocation().toURI()).toString();
        } catch (URISyntaxException | RuntimeException e) {
            return source.getLocation().toString();
        }
    }

    /** Closing gives back file handles; that it fails is nothing anybody could act on. */
    static void close(PluginClassLoader loader) {
        try {
            loader.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the class loader of plugin " + loader.getName() + " does not close", e);
        }
    }
}
