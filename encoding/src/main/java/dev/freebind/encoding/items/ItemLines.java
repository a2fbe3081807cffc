package dev.freebind.encoding.items;

import dev.freebind.api.Modality;
import java.nio.file.Path;

/** A text or a path in each line; line <i>n</i>, from 0, is item <i>n</i>, so an empty line is an empty text. */
final class ItemLines {

    private ItemLines() {}

    static ItemCursor open(Path file, Modality modality) {
        BoundedReader reader = BoundedReader.open(file);
        return ItemCursor.of(
                file,
                () -> {
                    String line = reader.line();
                    return line == null ? null : new Place(file, reader.lineNumber()).item(line, modality);
                },
                reader);
    }
}
