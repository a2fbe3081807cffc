package dev.freebind.encoding.items;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Goes once through raw items. For one thread; closing it closes the file it is in. */
public interface ItemCursor extends AutoCloseable {

    /**
     * The next item; null after the last.
     *
     * @throws dev.freebind.api.DataException if the list or archive is damaged here, naming file and line
     */
    @Nullable
    SourceItem next();

    @Override
    default void close() {}

    /** Items at hand. */
    static ItemCursor of(Iterator<? extends SourceItem> items) {
        return () -> items.hasNext() ? items.next() : null;
    }

    /** Reads the next item of a file, or null. */
    @FunctionalInterface
    interface Reading {
        @Nullable
        SourceItem next() throws IOException;
    }

    /** The items of a file that is closed with the cursor. */
    static ItemCursor of(Path file, Reading reading, Closeable open) {
        return new ItemCursor() {
            @Override
            public @Nullable SourceItem next() {
                try {
                    return reading.next();
                } catch (IOException e) {
                    throw BoundedReader.failure(file, e);
                }
            }

            @Override
            public void close() {
                try {
                    open.close();
                } catch (IOException e) {
                    throw BoundedReader.failure(file, e);
                }
            }
        };
    }

    /** The items of several files, each opened when it is its turn. */
    static ItemCursor concatenation(List<Path> files, Function<Path, ItemCursor> opening) {
        Iterator<Path> rest = files.iterator();
        return new ItemCursor() {
            private @Nullable ItemCursor current;

            @Override
            public @Nullable SourceItem next() {
                while (true) {
                    ItemCursor cursor = current;
                    if (cursor == null) {
                        if (!rest.hasNext()) {
                            return null;
                        }
                        cursor = opening.apply(rest.next());
                        current = cursor;
                    }
                    SourceItem item = cursor.next();
                    if (item != null) {
                        return item;
                    }
                    close();
                }
            }

            @Override
            public void close() {
                if (current != null) {
                    current.close();
                    current = null;
                }
            }
        };
    }
}
