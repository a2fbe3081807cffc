package dev.freebind.search.server;

import dev.freebind.search.metadata.MetadataRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The images and sounds that may be shown: those that metadata name, if they lie in a media folder, both as named and with all
 * links resolved.
 */
final class MediaFiles {

    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("jpg", "image/jpeg"),
            Map.entry("jpeg", "image/jpeg"),
            Map.entry("png", "image/png"),
            Map.entry("gif", "image/gif"),
            Map.entry("webp", "image/webp"),
            Map.entry("bmp", "image/bmp"),
            Map.entry("wav", "audio/wav"),
            Map.entry("flac", "audio/flac"),
            Map.entry("mp3", "audio/mpeg"),
            Map.entry("ogg", "audio/ogg"),
            Map.entry("opus", "audio/ogg"),
            Map.entry("m4a", "audio/mp4"));

    private final List<Path> folders;

    /**
     * A file that may be shown.
     *
     * @param path with all links resolved
     * @param type its media type
     */
    record MediaFile(Path path, String type) {}

    /**
     * Shows files of some folders.
     *
     * @param folders absolute
     */
    MediaFiles(List<Path> folders) {
        this.folders = folders.stream().map(Path::normalize).toList();
    }

    /** The type that an item's file would be shown as, judged by its name alone; empty if it is not shown. */
    static Optional<String> type(MetadataRow item) {
        return item.path().flatMap(MediaFiles::typeOfName);
    }

    private static Optional<String> typeOfName(String name) {
        String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return Optional.ofNullable(TYPES.get(extension));
    }

    /**
     * The file of an item, if it may be shown.
     *
     * @param base where relative paths start; null for the media folders only
     */
    Optional<MediaFile> find(MetadataRow item, @Nullable Path base) {
        String name = item.path().orElse(null);
        if (name == null || typeOfName(name).isEmpty()) {
            return Optional.empty();
        }
        List<Path> starts = new ArrayList<>(folders);
        if (base != null) {
            starts.add(0, base);
        }
        return starts.stream()
                .flatMap(start -> resolve(start, name).stream())
                .flatMap(path -> shown(path).stream())
                .findFirst();
    }

    private static Optional<Path> resolve(Path start, String name) {
        try {
            return Optional.of(start.resolve(name).normalize());
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private Optional<MediaFile> shown(Path path) {
        // judged by name first: on some systems merely looking at a path contacts another machine
        if (folders.stream().noneMatch(path::startsWith)) {
            return Optional.empty();
        }
        try {
            Path real = path.toRealPath();
            boolean inside = false;
            for (Path folder : folders) {
                inside |= Files.isDirectory(folder) && real.startsWith(folder.toRealPath());
            }
            return inside && Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS)
                    ? typeOfName(real.getFileName().toString()).map(type -> new MediaFile(real, type))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
