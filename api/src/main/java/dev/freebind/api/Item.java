package dev.freebind.api;

import java.nio.file.Path;

/** One raw input to encode. */
public sealed interface Item {

    /** How messages name this item: the path, or the beginning of the text. */
    String label();

    /**
     * A text.
     *
     * @param text the text as the user wrote it
     */
    record Text(String text) implements Item {
        private static final int SHOWN = 40;

        @Override
        public String label() {
            return '"' + (text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…") + '"';
        }
    }

    /**
     * A file in a format of the modality: an image, a sound, a point cloud.
     *
     * @param path the file
     */
    record File(Path path) implements Item {
        @Override
        public String label() {
            return path.toString();
        }
    }

    /**
     * The content of such a file.
     *
     * @param label what messages call it
     * @param content the bytes; not copied, not to be changed
     */
    record Bytes(String label, byte[] content) implements Item {}
}
