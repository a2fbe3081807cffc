package dev.freebind.distribution.doctor;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What the checks look at, so that a test can put them anywhere.
 *
 * @param properties system properties
 * @param maximumHeap bytes the Java heap may grow to
 * @param physicalMemory bytes of the machine, or 0 if not known
 * @param freeMemory bytes of the machine not in use, or 0 if not known
 * @param workingFolder the current folder
 */
public record Surroundings(
        Properties properties, long maximumHeap, long physicalMemory, long freeMemory, Path workingFolder) {

    /** The launcher puts the folders of plugins here, joined like a class path. */
    private static final String PLUGIN_FOLDERS = "freebind.plugins";

    /** The process as it runs. */
    public static Surroundings current() {
        return new Surroundings(
                System.getProperties(),
                Runtime.getRuntime().maxMemory(),
                ofSystem("TotalMemorySize"),
                ofSystem("FreeMemorySize"),
                Path.of(""));
    }

    /** By name, because the interface that declares it belongs to one maker of JDKs. */
    private static long ofSystem(String attribute) {
        try {
            Object value = ManagementFactory.getPlatformMBeanServer()
                    .getAttribute(new ObjectName(ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME), attribute);
            return value instanceof Long bytes ? bytes : 0;
        } catch (JMException e) {
            return 0;
        }
    }

    /** The folders that plugins are looked for in: the installation's and the one the user named. */
    public List<Path> pluginFolders() {
        return Stream.of(properties.getProperty(PLUGIN_FOLDERS, "").split(File.pathSeparator, -1))
                .filter(folder -> !folder.isBlank())
                .map(folder -> Path.of(folder).toAbsolutePath().normalize())
                .toList();
    }

    String property(String name) {
        return properties.getProperty(name, "?");
    }
}
