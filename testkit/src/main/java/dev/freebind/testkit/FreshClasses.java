package dev.freebind.testkit;

import static dev.freebind.testkit.Failures.failure;

import dev.freebind.spi.encoders.EncoderProvider;
import java.net.URL;
import java.net.URLClassLoader;

/** Loads a provider's classes once more, so that what their initialisers do happens again and can be watched. */
final class FreshClasses extends URLClassLoader {

    private FreshClasses(URL codeSource, ClassLoader parent) {
        super(new URL[] {codeSource}, parent);
    }

    /** A loader of the classes beside a provider's; all others are those of its own loader. The caller closes it. */
    static FreshClasses of(Class<? extends EncoderProvider> provider) {
        return new FreshClasses(
                provider.getProtectionDomain().getCodeSource().getLocation(), provider.getClassLoader());
    }

    /** A new provider of the freshly loaded class. */
    EncoderProvider make(String type) {
        try {
            return Class.forName(type, true, this)
                    .asSubclass(EncoderProvider.class)
                    .getConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw failure(
                    type + " cannot be made by the service loader",
                    "give it a public constructor without parameters",
                    e);
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            try {
                return findClass(name);
            } catch (ClassNotFoundException e) {
                return super.loadClass(name, resolve);
            }
        }
    }
}
