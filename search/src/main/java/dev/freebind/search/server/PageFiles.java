package dev.freebind.search.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The search page, which is part of the program. */
final class PageFiles {

    private record PageFile(String resource, String type) {}

    private static final Map<String, PageFile> FILES = Map.of(
            "/", new PageFile("page.html", "text/html; charset=utf-8"),
            "/page.css", new PageFile("page.css", "text/css; charset=utf-8"),
            "/page.js", new PageFile("page.js", "text/javascript; charset=utf-8"),
            "/icon.svg", new PageFile("icon.svg", "image/svg+xml"));

    private final Map<String, byte[]> contents = new LinkedHashMap<>();

    PageFiles() {
        FILES.forEach((path, file) -> contents.put(path, read(file.resource())));
    }

    private static byte[] read(String resource) {
        try (InputStream stream = PageFiles.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException(resource + " is missing from the program");
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean has(String path) {
        return FILES.containsKey(path);
    }

    Answer answer(String path) {
        PageFile file = FILES.get(path);
        byte[] content = contents.get(path);
        if (file == null || content == null) {
            throw new HttpProblem(404, "there is nothing at " + path);
        }
        return Answer.bytes(200, Map.of("Content-Type", file.type(), "Cache-Control", "no-cache"), content);
    }
}
