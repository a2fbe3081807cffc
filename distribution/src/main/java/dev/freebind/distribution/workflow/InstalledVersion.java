package dev.freebind.distribution.workflow;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of this build. */
public final class InstalledVersion implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return new String[] {
            "freebind " + number(), "Java " + System.getProperty("java.version") + ", " + System.getProperty("os.name")
        };
    }

    /** As in the Maven project, for example {@code 0.1.0}. */
    public static String number() {
        Properties properties = new Properties();
        try (InputStream stream =
                InstalledVersion.class.getResourceAsStream("/dev/freebind/distribution/version.properties")) {
            if (stream == null) {
                throw new IllegalStateException("the build left out version.properties");
            }
            properties.load(stream);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }
}
