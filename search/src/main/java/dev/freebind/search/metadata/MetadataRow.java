package dev.freebind.search.metadata;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known about one item.
 *
 * @param fields values by name, in the file's order: texts, numbers, truth values, null, and lists and maps of these
 */
public record MetadataRow(Map<String, @Nullable Object> fields) {

    /** Nothing is known. */
    public static final MetadataRow EMPTY = new MetadataRow(Map.of());

    /** Where clip-retrieval, data set tools and {@code freebind encode} put a file's name. */
    private static final List<String> PATHS =
            List.of("path", "image_path", "audio_path", "file", "file_path", "file_name", "filename");

    /** Fields that say in words what an item is, the most telling first. */
    private static final List<String> LABELS = List.of("caption", "text", "label", "title", "name");

    private static final List<String> MEMBERS = List.of("member");

    private static final List<String> REFERENCES = List.of("url", "key", "id");

    /** Copies. */
    public MetadataRow {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** The item's file, as the metadata names it. */
    public Optional<String> path() {
        return first(PATHS);
    }

    /**
     * What to call the item: its caption, text or label, else the name of its file, or of its place in an archive, without
     * folders, else an address or key.
     */
    public Optional<String> label() {
        return first(LABELS)
                .or(() -> first(MEMBERS).or(this::path).map(MetadataRow::withoutFolders))
                .or(() -> first(REFERENCES));
    }

    private static String withoutFolders(String path) {
        String name = path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
        return name.isBlank() ? path : name;
    }

    private Optional<String> first(List<String> names) {
        return names.stream()
                .map(fields::get)
                .filter(value -> value != null && !value.toString().isBlank())
                .map(Object::toString)
                .findFirst();
    }
}
