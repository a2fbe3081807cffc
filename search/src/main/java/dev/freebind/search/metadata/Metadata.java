package dev.freebind.search.metadata;

import dev.freebind.api.DataException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A record of fields for every row of a gallery, in the same order. Safe for use from several threads; whoever opened it closes
 * it.
 */
public interface Metadata extends AutoCloseable {

    /** Number of rows. */
    long rows();

    /** The file or files, for messages. */
    String origin();

    /**
     * Rows in order, from one on.
     *
     * @param row from 0 to {@link #rows()}
     * @return to be closed by the caller; for one thread
     * @throws IndexOutOfBoundsException if there is no such row
     * @throws DataException if the file is damaged
     */
    Cursor from(long row);

    /**
     * Single rows.
     *
     * @param rows from 0 to {@link #rows()} − 1, in any order
     * @throws DataException if they are damaged, naming file and row
     */
    default List<MetadataRow> read(List<Long> rows) {
        List<MetadataRow> found = new ArrayList<>();
        for (long row : rows) {
            Objects.checkIndex(row, rows());
            try (Cursor cursor = from(row)) {
                found.add(cursor.next());
            }
        }
        return found;
    }

    @Override
    void close();

    /** Reads one row after the other. */
    interface Cursor extends AutoCloseable {
        /**
         * The next row; not to be asked for past the last.
         *
         * @throws DataException if it is damaged, naming file and row
         */
        MetadataRow next();

        @Override
        void close();
    }
}
