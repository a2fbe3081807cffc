package dev.freebind.encoding.items;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.NearestName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** A column of a table with a header (RFC 4180, with commas or tabs). */
final class ItemTable {

    private ItemTable() {}

    static ItemCursor open(Path file, char delimiter, @Nullable String column, Modality modality) {
        BoundedReader reader = BoundedReader.open(file);
        boolean good = false;
        try {
            CSVParser parser = CSVFormat.RFC4180
                    .builder()
                    .setDelimiter(delimiter)
                    .setRecordSeparator('\n')
                    .setIgnoreEmptyLines(true)
                    .get()
                    .parse(reader);
            Iterator<CSVRecord> records = parser.iterator();
            List<String> header = records.hasNext() ? records.next().toList() : List.of();
            int index = column(file, header, column, modality);
            good = true;
            return ItemCursor.of(file, () -> next(file, reader, parser, records, index, modality), parser);
        } catch (IOException e) {
            throw BoundedReader.failure(file, e);
        } catch (UncheckedIOException e) {
            throw damaged(file, 1, e);
        } finally {
            if (!good) {
                close(file, reader);
            }
        }
    }

    private static int column(Path file, List<String> header, @Nullable String column, Modality modality) {
        String wanted = column == null ? modality.name() : column;
        int index = header.indexOf(wanted);
        if (index < 0 && column == null && header.size() == 1) {
            return 0;
        }
        if (header.isEmpty()) {
            throw new DataException(file + ": is empty; a table begins with the names of its columns");
        }
        if (index < 0) {
            throw new InvalidRequestException(file + ": has the columns " + String.join(", ", header)
                    + (column == null
                            ? "; say which holds the items, for example items: {file: " + file.getFileName()
                                    + ", column: " + header.get(0) + "}"
                            : ", but no '" + column + "'" + NearestName.hint(column, header)));
        }
        return index;
    }

    private static @Nullable SourceItem next(
            Path file,
            BoundedReader reader,
            CSVParser parser,
            Iterator<CSVRecord> records,
            int index,
            Modality modality) {
        CSVRecord record;
        try {
            if (!records.hasNext()) {
                return null;
            }
            record = records.next();
        } catch (UncheckedIOException e) {
            throw damaged(file, parser.getCurrentLineNumber(), e);
        }
        reader.nextRecord();
        Place place = new Place(file, parser.getCurrentLineNumber());
        if (index >= record.size()) {
            throw new DataException(
                    place + ": has " + record.size() + " fields, but the items are in field " + (index + 1));
        }
        return place.item(record.get(index), modality);
    }

    private static DataException damaged(Path file, long line, UncheckedIOException error) {
        IOException cause = Objects.requireNonNull(error.getCause());
        return cause instanceof CSVException
                ? new DataException(file + ":" + line + ": is not a table: " + cause.getMessage(), error)
                : BoundedReader.failure(file, cause);
    }

    private static void close(Path file, BoundedReader reader) {
        try {
            reader.close();
        } catch (IOException e) {
            throw BoundedReader.failure(file, e);
        }
    }
}
