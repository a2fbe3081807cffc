package dev.freebind.spi.encoders;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The sources of a plugin as a third party would write them, compiled and packed into jars while testing. */
final class PluginSource {

    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

    /** One for all, as opening the JDK's classes takes most of the time. */
    private static final StandardJavaFileManager FILES = COMPILER.getStandardFileManager(null, null, null);

    private static final String CLASS_PATH =
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

    private final Map<String, String> classes = new LinkedHashMap<>();
    private String services = "";
    private String leftOut = "";
    private UnaryOperator<byte[]> change = bytes -> bytes;

    /** A provider that works. */
    static PluginSource working(String name) {
        return new PluginSource().provider("acme.Provider", name, "", "");
    }

    /**
     * Adds a provider and its service entry.
     *
     * @param type its class, with a package
     * @param name what {@code name()} evaluates: text of a literal, or an expression if it holds a bracket
     * @param members more members; they stand before the usual ones
     * @param open statements before {@code open} returns
     */
    PluginSource provider(String type, String name, String members, String open) {
        String expression = name.contains("(") ? name : '"' + name + '"';
        classes.put(type, """
                package %s;
                import dev.freebind.api.*;
                import dev.freebind.spi.encoders.*;
                import java.util.*;
                public class %s implements EncoderProvider {
                    %s
                    public String name() { return %s; }
                    public int apiVersion() { return API_VERSION; }
                    public List<Modality> modalities() { return List.of(Modality.TEXT); }
                    public OptionalInt dimension() { return OptionalInt.of(1); }
                    public List<EncoderOption> options() { return List.of(); }
                    public Encoder open(String space, EncoderOptions options) {
                        %s
                        return new Encoder() {
                            public EmbeddingSpace space() { return new EmbeddingSpace(space, 1, modalities()); }
                            public float[][] encode(Modality modality, List<? extends Item> items) {
                                float[][] rows = new float[items.size()][];
                                Arrays.fill(rows, new float[] {1});
                                return rows;
                            }
                            public void close() { }
                        };
                    }
                }
                """.formatted(
                        packageOf(type), type.substring(type.lastIndexOf('.') + 1), members, expression, open));
        services += type + "\n";
        return this;
    }

    private static String packageOf(String type) {
        return type.substring(0, type.lastIndexOf('.'));
    }

    /** Adds another class. */
    PluginSource type(String name, String source) {
        classes.put(name, "package " + packageOf(name) + "; " + source);
        return this;
    }

    /** Changes a source. */
    PluginSource replaceSource(String type, String text, String replacement) {
        classes.computeIfPresent(type, (name, source) -> source.replace(text, replacement));
        return this;
    }

    /** Adds lines to the service entries. */
    PluginSource services(String lines) {
        services += lines + "\n";
        return this;
    }

    /** Removes the service entries made so far. */
    PluginSource withoutServices() {
        services = "";
        return this;
    }

    /** Compiles a class, but leaves it out of the jar. */
    PluginSource leaveOut(String type) {
        leftOut = type.replace('.', '/') + ".class";
        return this;
    }

    /** Changes every class file. */
    PluginSource change(UnaryOperator<byte[]> changed) {
        change = changed;
        return this;
    }

    /** Class files and service entries by their path in the jar. */
    private Map<String, byte[]> entries() {
        Map<String, byte[]> entries = new TreeMap<>();
        try {
            Path folder = Files.createTempDirectory("plugin");
            try {
                compile(folder);
                try (Stream<Path> files = Files.walk(folder)) {
                    for (Path file : files.filter(Files::isRegularFile).toList()) {
                        entries.put(
                                folder.relativize(file).toString().replace('\\', '/'),
                                change.apply(Files.readAllBytes(file)));
                    }
                }
            } finally {
                try (Stream<Path> files = Files.walk(folder)) {
                    for (Path file :
                            files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                        Files.delete(file);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        entries.remove(leftOut);
        if (!services.isEmpty()) {
            entries.put(
                    "META-INF/services/" + EncoderProvider.class.getName(), services.getBytes(StandardCharsets.UTF_8));
        }
        return entries;
    }

    private void compile(Path folder) {
        List<JavaFileObject> sources = new ArrayList<>();
        classes.forEach((name, source) -> sources.add(
                new SimpleJavaFileObject(
                        URI.create("string:///" + name.replace('.', '/') + ".java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                }));
        StringWriter messages = new StringWriter();
        boolean compiled = COMPILER.getTask(
                        messages,
                        FILES,
                        null,
                        List.of("-d", folder.toString(), "-proc:none", "-cp", CLASS_PATH),
                        null,
                        sources)
                .call();
        assertThat(compiled).as(messages.toString()).isTrue();
    }

    /** Packs everything into a jar, whose folder is made, and returns it. */
    Path pack(Path jar) {
        try {
            Files.createDirectories(jar.getParent());
            try (OutputStream out = Files.newOutputStream(jar);
                    JarOutputStream packed = new JarOutputStream(out)) {
                for (Map.Entry<String, byte[]> entry : entries().entrySet()) {
                    packed.putNextEntry(new JarEntry(entry.getKey()));
                    packed.write(entry.getValue());
                    packed.closeEntry();
                }
            }
            return jar;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lays everything out in a folder, as in the jar, and returns it. */
    Path layOut(Path folder) {
        entries().forEach((name, bytes) -> {
            try {
                Path file = folder.resolve(name);
                Files.createDirectories(file.getParent());
                Files.write(file, bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return folder;
    }
}
