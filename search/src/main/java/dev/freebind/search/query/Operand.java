package dev.freebind.search.query;

import dev.freebind.api.Modality;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One part of a query: something that has a direction in the searched space. */
public sealed interface Operand {

    /**
     * A raw item, to be encoded.
     *
     * @param modality what it is
     * @param value the text itself for {@link Modality#TEXT}, the name of a file for any other
     */
    record Raw(Modality modality, String value) implements Operand {
        @Override
        public String toString() {
            return modality + ":" + quoted(value);
        }
    }

    /**
     * An item of a gallery.
     *
     * @param gallery its name; null if there is only one
     * @param row from 0
     */
    record GalleryRow(@Nullable String gallery, long row) implements Operand {
        @Override
        public String toString() {
            return "row:" + (gallery == null ? "" : gallery + "/") + row;
        }
    }

    /**
     * A row of embeddings of the searched space.
     *
     * @param file an {@code .npy} file, a glob, or a folder of clip-retrieval
     * @param row from 0
     */
    record SpaceRow(String file, long row) implements Operand {
        @Override
        public String toString() {
            return "npy:" + quoted(file) + "#" + row;
        }
    }

    /**
     * A row of embeddings of leaf spaces, to be composed.
     *
     * @param modality the item's modality
     * @param files files by leaf space, at least one
     * @param row from 0
     */
    record LeafRow(Modality modality, Map<String, String> files, long row) implements Operand {
        /** Copies. */
        public LeafRow {
            files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
        }

        @Override
        public String toString() {
            return modality + "@"
                    + files.entrySet().stream()
                            .map(file -> file.getKey() + ":" + quoted(file.getValue()))
                            .collect(Collectors.joining(","))
                    + "#" + row;
        }
    }

    private static String quoted(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
