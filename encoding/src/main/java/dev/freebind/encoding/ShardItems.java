package dev.freebind.encoding;

import dev.freebind.api.DataException;
import dev.freebind.encoding.items.ItemCursor;
import dev.freebind.encoding.items.ItemSource;
import dev.freebind.encoding.items.SourceItem;
import dev.freebind.formats.fingerprint.Fingerprint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Goes through the items of a collection shard by shard; a shard's items are all that is in memory. */
final class ShardItems implements AutoCloseable {

    private final ItemCursor cursor;
    private final Path folder;
    private final boolean missingIsBroken;

    /**
     * Begins at the first item.
     *
     * @param folder where the identities of files begin
     * @param missingIsBroken whether a file that is not there is an item nevertheless, one that cannot be encoded
     */
    ShardItems(ItemSource source, Path folder, boolean missingIsBroken) {
        this.cursor = source.open();
        this.folder = folder;
        this.missingIsBroken = missingIsBroken;
    }

    /** The next items, at most this many; fewer only at the end. */
    List<SourceItem> next(int most) {
        List<SourceItem> items = new ArrayList<>();
        while (items.size() < most) {
            SourceItem item = cursor.next();
            if (item == null) {
                break;
            }
            items.add(item);
        }
        return items;
    }

    /** The fingerprint of items. */
    String fingerprint(List<SourceItem> items) {
        Fingerprint fingerprint = new Fingerprint("items-1");
        for (SourceItem item : items) {
            fingerprint.add(identity(item));
        }
        return fingerprint.hex();
    }

    private String identity(SourceItem item) {
        try {
            return item.identity(folder);
        } catch (DataException e) {
            if (missingIsBroken) {
                return "missing " + item.label();
            }
            throw e;
        }
    }

    @Override
    public void close() {
        cursor.close();
    }
}
