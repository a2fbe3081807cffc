package dev.freebind.encoding.items;

import dev.freebind.api.DataException;
import dev.freebind.api.Modality;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * A line of a file that lists items.
 *
 * @param file the list, absolute
 * @param line from 1
 */
record Place(Path file, long line) {

    /** The item that stands here: the text itself, or the file that it names. */
    SourceItem item(String value, Modality modality) {
        if (modality.equals(Modality.TEXT)) {
            return new SourceItem.OfText(value, toString());
        }
        String name = value.strip();
        if (name.isEmpty()) {
            throw new DataException(this + ": is empty; every line names a file");
        }
        try {
            return new SourceItem.OfFile(file.resolveSibling(name).normalize(), toString());
        } catch (InvalidPathException e) {
            throw new DataException(this + ": '" + name + "' is not a path", e);
        }
    }

    @Override
    public String toString() {
        return file + ":" + line;
    }
}
