package dev.freebind.spi.encoders;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Loads the classes of one plugin: its own and the JDK's, and what all plugins share with the installation. Libraries of the
 * installation that are not shared stay invisible, so that a plugin meets neither another version of its own libraries nor
 * one that the next release of FreeBind no longer has.
 */
final class PluginClassLoader extends URLClassLoader {

    static {
        registerAsParallelCapable();
    }

    /**
     * Shared, whether or not the plugin brings it along: the API with FreeBind's other modules, which hand each other's types
     * around; logging, which is set up once; TensorFlow and JavaCPP, whose native libraries a process can load only once.
     */
    private static final List<String> SHARED =
            List.of("dev.freebind.", "org.slf4j.", "org.tensorflow.", "org.bytedeco.javacpp.");

    /** Part of TensorFlow's interface, but also of much else: shared unless the plugin brings its own. */
    private static final String PROTOCOL_BUFFERS = "com.google.protobuf.";

    private final ClassLoader installation;

    /**
     * A loader that its owner closes.
     *
     * @param name for stack traces
     * @param classPath jars and folders of the plugin
     * @param installation where shared classes come from
     */
    PluginClassLoader(String name, List<URL> classPath, ClassLoader installation) {
        super(name, classPath.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
        this.installation = installation;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (SHARED.stream().anyMatch(name::startsWith)) {
            Class<?> shared = ofInstallation(name);
            return shared == null ? super.loadClass(name, resolve) : shared;
        }
        try {
            return super.loadClass(name, resolve);
        } catch (ClassNotFoundException e) {
            Class<?> lent = name.startsWith(PROTOCOL_BUFFERS) ? ofInstallation(name) : null;
            if (lent == null) {
                throw e;
            }
            return lent;
        }
    }

    private @Nullable Class<?> ofInstallation(String name) {
        try {
            return installation.loadClass(name);
        } catch (ClassNotFoundException e) {
            return null;
        }
    }
}
