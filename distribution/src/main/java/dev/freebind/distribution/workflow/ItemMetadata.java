package dev.freebind.distribution.workflow;

import dev.freebind.api.Item;
import dev.freebind.search.metadata.Metadata;
import dev.freebind.search.metadata.MetadataRow;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The texts or absolute paths of raw items.
 *
 * @param items texts or files
 */
record ItemMetadata(List<Item> items) implements Metadata {

    @Override
    public long rows() {
        return items.size();
    }

    @Override
    public String origin() {
        return "the list of items";
    }

    @Override
    public Cursor from(long row) {
        Objects.checkIndex(row, rows() + 1);
        return new Cursor() {
            private int at = (int) row;

            @Override
            public MetadataRow next() {
                Item item = items.get(at++);
                return item instanceof Item.Text text
                        ? new MetadataRow(Map.of("text", text.text()))
                        : new MetadataRow(Map.of("path", item.label()));
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void close() {}
}
