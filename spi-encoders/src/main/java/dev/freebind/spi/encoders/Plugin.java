package dev.freebind.spi.encoders;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.ZipFile;

/**
 * One plugin of a plugin folder: a jar, or a folder with the plugin's jar and those it needs. Class files may lie in the
 * folder as they lie in a jar.
 *
 * @param path the jar or folder
 * @param jars what its classes come from; none if a folder holds class files alone
 */
record Plugin(Path path, List<Path> jars) {

    private static final String JAR = ".jar";

    /**
     * The plugins of a folder in the order of their names; hidden files and files that are no jars are not plugins.
     *
     * @throws IOException if the folder cannot be listed
     */
    static List<Plugin> in(Path folder) throws IOException {
        List<Plugin> plugins = new ArrayList<>();
        for (Path entry : entries(folder)) {
            if (Files.isDirectory(entry)) {
                plugins.add(new Plugin(
                        entry, entries(entry).stream().filter(Plugin::isJar).toList()));
            } else if (isJar(entry)) {
                plugins.add(new Plugin(entry, List.of(entry)));
            }
        }
        return plugins;
    }

    private static List<Path> entries(Path folder) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(
                folder, entry -> !entry.getFileName().toString().startsWith("."))) {
            stream.forEach(entries::add);
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        Collections.sort(entries);
        return entries;
    }

    private static boolean isJar(Path entry) {
        return Files.isRegularFile(entry) && entry.getFileName().toString().endsWith(JAR);
    }

    /**
     * Where its classes are looked for, the folder first.
     *
     * @throws IOException if a jar cannot be opened, naming it; class loaders would pass over it in silence
     */
    List<URL> classPath() throws IOException {
        List<URL> urls = new ArrayList<>();
        if (Files.isDirectory(path)) {
            urls.add(url(path));
        }
        for (Path jar : jars) {
            try (ZipFile opened = new ZipFile(jar.toFile())) {
                urls.add(url(Path.of(opened.getName())));
            } catch (IOException e) {
                throw new IOException(jar.getFileName() + " cannot be opened", e);
            }
        }
        return urls;
    }

    private static URL url(Path path) throws MalformedURLException {
        return path.toUri().toURL();
    }
}
