package dev.freebind.testkit;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * What code does beside computing.
 *
 * @param filesRead files whose content the thread read, without those that classes are loaded from
 * @param librariesLoaded native libraries that the process holds since then, without the JDK's
 */
@SuppressForbidden(reason = "the flight recorder is the only witness of reading; tests are skipped where it is missing")
record SideEffects(Set<String> filesRead, Set<String> librariesLoaded) {

    private static final Pattern LIBRARY = Pattern.compile("\\S+\\.(so|dylib|dll)(\\.[0-9.]+)?$", Pattern.MULTILINE);
    private static final Pattern CODE = Pattern.compile(".*(\\.class|\\.jar|\\.jmod|META-INF.*)");

    /**
     * Runs something and watches it with the JDK's flight recorder.
     *
     * @throws NoClassDefFoundError if this JDK has no flight recorder
     */
    static SideEffects of(Runnable work) throws IOException {
        Path file = Files.createTempFile("side-effects", ".jfr");
        Set<String> before = libraries();
        try (Recording recording = new Recording()) {
            recording.enable("jdk.FileRead").withThreshold(Duration.ZERO).withoutStackTrace();
            recording.start();
            work.run();
            recording.stop();
            Set<String> loaded = libraries();
            loaded.removeAll(before);
            recording.dump(file);
            Set<String> read = new TreeSet<>();
            for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
                String path = String.valueOf(event.getString("path"));
                if (event.getThread().getJavaThreadId()
                                == Thread.currentThread().getId()
                        && !CODE.matcher(path).matches()
                        && !isOfJdk(path)) {
                    read.add(path);
                }
            }
            return new SideEffects(read, loaded);
        } finally {
            Files.delete(file);
        }
    }

    private static boolean isOfJdk(String path) {
        return path.startsWith(System.getProperty("java.home"));
    }

    /** All native libraries of this process; none where the JDK does not tell. */
    private static Set<String> libraries() {
        Set<String> libraries = new TreeSet<>();
        try {
            Object list = ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "vmDynlibs",
                            new Object[0],
                            new String[0]);
            Matcher library = LIBRARY.matcher(String.valueOf(list));
            while (library.find()) {
                if (!isOfJdk(library.group())) {
                    libraries.add(library.group());
                }
            }
        } catch (JMException e) {
            return libraries;
        }
        return libraries;
    }
}
