package dev.freebind.search.metadata;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The rows of several files, one after the other. */
record ConcatenatedMetadata(List<Metadata> parts) implements Metadata {

    @Override
    public long rows() {
        return parts.stream().mapToLong(Metadata::rows).sum();
    }

    @Override
    public String origin() {
        return parts.get(0).origin() + " … " + parts.get(parts.size() - 1).origin() + " (" + parts.size() + " files)";
    }

    @Override
    public Cursor from(long row) {
        Objects.checkIndex(row, rows() + 1);
        int part = 0;
        long inPart = row;
        while (part < parts.size() - 1 && inPart >= parts.get(part).rows()) {
            inPart -= parts.get(part).rows();
            part++;
        }
        return new Walk(part, inPart);
    }

    /** Each part is asked once. */
    @Override
    public List<MetadataRow> read(List<Long> rows) {
        MetadataRow[] found = new MetadataRow[rows.size()];
        long first = 0;
        for (Metadata part : parts) {
            List<Integer> places = new ArrayList<>();
            List<Long> inPart = new ArrayList<>();
            for (int i = 0; i < found.length; i++) {
                long row = Objects.checkIndex(rows.get(i), rows()) - first;
                if (row >= 0 && row < part.rows()) {
                    places.add(i);
                    inPart.add(row);
                }
            }
            List<MetadataRow> read = inPart.isEmpty() ? List.of() : part.read(inPart);
            for (int i = 0; i < read.size(); i++) {
                found[places.get(i)] = read.get(i);
            }
            first += part.rows();
        }
        return List.of(found);
    }

    @Override
    public void close() {
        parts.forEach(Metadata::close);
    }

    private final class Walk implements Cursor {

        private int part;
        private long row;
        private @Nullable Cursor current;

        Walk(int part, long row) {
            this.part = part;
            this.row = row;
        }

        @Override
        public MetadataRow next() {
            while (row == parts.get(part).rows()) {
                close();
                part++;
                row = 0;
            }
            Cursor cursor = current;
            if (cursor == null) {
                cursor = parts.get(part).from(row);
                current = cursor;
            }
            row++;
            return cursor.next();
        }

        @Override
        public void close() {
            if (current != null) {
                current.close();
                current = null;
            }
        }
    }
}
