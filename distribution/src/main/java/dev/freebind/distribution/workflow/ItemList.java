package dev.freebind.distribution.workflow;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.encoding.items.ItemCursor;
import dev.freebind.encoding.items.ItemSource;
import dev.freebind.encoding.items.SourceItem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Raw items that a command is given, all at once: what {@link ItemSource} finds, but archives. */
public final class ItemList {

    private ItemList() {}

    /**
     * Reads a list.
     *
     * @param file a list, a table, a pattern or a folder
     * @return one item for each row, in order
     * @throws DataException if the list cannot be read, is empty, or names files that do not exist, naming the first of them and
     *     its line
     * @throws InvalidRequestException if it is an archive, or it is not clear which column of a table is meant
     */
    public static List<Item> read(Path file, Modality modality) {
        List<Item> items = new ArrayList<>();
        try (ItemCursor cursor = ItemSource.of(file.toString(), null, modality).open()) {
            for (SourceItem item = cursor.next(); item != null; item = cursor.next()) {
                if (item instanceof SourceItem.OfMember) {
                    throw new InvalidRequestException(
                            file + " is an archive; 'freebind encode' reads its members, or unpack it");
                }
                if (item instanceof SourceItem.OfFile named && !Files.isReadable(named.path())) {
                    throw new DataException((named.place() == null ? "" : named.place() + ": ") + named.path()
                            + ": no such file, or it may not be read");
                }
                items.add(item.item());
            }
        }
        if (items.isEmpty()) {
            throw new DataException(file + ": has no items; write one in each line");
        }
        return items;
    }
}
