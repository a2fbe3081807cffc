package dev.freebind.encoding;

import dev.freebind.api.DataException;

/** Told of items that cannot be encoded. */
@FunctionalInterface
interface BrokenItems {

    /**
     * Notes that an item gets no row, or stops.
     *
     * @param position of the item in the list that is encoded
     * @param error what is wrong, naming the item
     * @throws DataException if items may not be left out
     */
    void broken(int position, DataException error);
}
