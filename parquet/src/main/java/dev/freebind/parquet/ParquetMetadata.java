package dev.freebind.parquet;

import dev.freebind.api.DataException;
import dev.freebind.formats.FileErrors;
import dev.freebind.search.metadata.Metadata;
import dev.freebind.search.metadata.MetadataRow;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a Parquet file. Row groups without wanted rows are passed over; of the others, one is in memory at a time.
 *
 * @param path the file
 * @param starts the row at which each row group begins; the last entry is the number of rows
 */
record ParquetMetadata(Path path, long[] starts) implements Metadata {

    /**
     * Reads the footer.
     *
     * @throws DataException if the file is missing, damaged, or not Parquet
     */
    static ParquetMetadata open(Path path) {
        return guarded(path, () -> {
            long bytes = Files.size(path);
            try (ParquetFileReader reader = reader(path)) {
                List<BlockMetaData> groups = reader.getRowGroups();
                long[] starts = new long[groups.size() + 1];
                for (int i = 0; i < groups.size(); i++) {
                    BlockMetaData group = groups.get(i);
                    if (group.getRowCount() < 0 || group.getCompressedSize() < 0 || group.getCompressedSize() > bytes) {
                        throw new DataException(path + ": is damaged: row group " + i + " says it has "
                                + group.getRowCount() + " rows in " + group.getCompressedSize()
                                + " bytes, but the file has " + bytes);
                    }
                    starts[i + 1] = Math.addExact(starts[i], group.getRowCount());
                }
                return new ParquetMetadata(path, starts);
            }
        });
    }

    private static ParquetFileReader reader(Path path) throws IOException {
        return ParquetFileReader.open(
                new LocalInputFile(path),
                ParquetReadOptions.builder(new PlainParquetConfiguration())
                        .withCodecFactory(new PageCodecs())
                        .build());
    }

    /** Something that may meet a damaged file. */
    private interface Work<T> {
        T run() throws IOException;
    }

    /** The library meets damage with whatever goes wrong first; all of it means the file. */
    private static <T> T guarded(Path path, Work<T> work) {
        try {
            return work.run();
        } catch (DataException e) {
            throw String.valueOf(e.getMessage()).startsWith(path.toString())
                    ? e
                    : new DataException(path + ": " + e.getMessage(), e);
        } catch (FileSystemException e) {
            throw FileErrors.cannotRead(path, e);
        } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
            // the library's own words name its classes; --verbose shows them
            throw new DataException(path + ": is not a Parquet file, or is damaged", e);
        }
    }

    @Override
    public long rows() {
        return starts[starts.length - 1];
    }

    @Override
    public String origin() {
        return path.toString();
    }

    @Override
    public Cursor from(long row) {
        Objects.checkIndex(row, rows() + 1);
        return guarded(path, () -> new Walk(row));
    }

    /** Rows of one row group are read in one walk. */
    @Override
    public List<MetadataRow> read(List<Long> rows) {
        MetadataRow[] found = new MetadataRow[rows.size()];
        int[] ascending = IntStream.range(0, found.length)
                .boxed()
                .sorted((one, other) -> Long.compare(rows.get(one), rows.get(other)))
                .mapToInt(i -> i)
                .toArray();
        Walk walk = null;
        try {
            for (int i : ascending) {
                long row = Objects.checkIndex(rows.get(i), rows());
                if (walk == null || !walk.isAhead(row)) {
                    if (walk != null) {
                        walk.close();
                    }
                    walk = guarded(path, () -> new Walk(row));
                }
                found[i] = walk.at(row);
            }
        } finally {
            if (walk != null) {
                walk.close();
            }
        }
        return List.of(found);
    }

    @Override
    public void close() {}

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ParquetMetadata metadata
                && path.equals(metadata.path)
                && Arrays.equals(starts, metadata.starts);
    }

    @Override
    public int hashCode() {
        return path.hashCode();
    }

    /** Goes through the rows with a reader of its own. */
    private final class Walk implements Cursor {

        private final ParquetFileReader reader;
        private final MessageType schema;
        /** The row group to be opened next. */
        private int group;

        private long row;
        private long groupEnd;
        private @Nullable RecordReader<Group> records;
        private long last = -1;
        private @Nullable MetadataRow lastRow;

        Walk(long first) throws IOException {
            reader = reader(path);
            boolean good = false;
            try {
                schema = reader.getFileMetaData().getSchema();
                while (group < starts.length - 1 && starts[group + 1] <= first) {
                    reader.skipNextRowGroup();
                    group++;
                }
                row = starts[group];
                groupEnd = row;
                while (row < first) {
                    read();
                }
                good = true;
            } finally {
                if (!good) {
                    reader.close();
                }
            }
        }

        /** Whether a row can be reached without opening another row group, or is the one that was just read. */
        boolean isAhead(long wanted) {
            return wanted == last || (wanted >= row && wanted < Math.max(groupEnd, row + 1));
        }

        /** The row, which must be ahead. */
        MetadataRow at(long wanted) {
            MetadataRow known = lastRow;
            if (known != null && wanted == last) {
                return known;
            }
            return guarded(path, () -> {
                while (row < wanted) {
                    read();
                }
                return next();
            });
        }

        @Override
        public MetadataRow next() {
            MetadataRow found = guarded(path, () -> GroupFields.row(read()));
            last = row - 1;
            lastRow = found;
            return found;
        }

        private Group read() throws IOException {
            while (row == groupEnd) {
                PageReadStore pages = reader.readNextRowGroup();
                if (pages == null) {
                    throw new DataException(path + ": is damaged: it ends after row " + row);
                }
                records = new ColumnIOFactory()
                        .getColumnIO(schema)
                        .getRecordReader(pages, new GroupRecordConverter(schema));
                group++;
                groupEnd = starts[group];
            }
            RecordReader<Group> open = Objects.requireNonNull(records);
            Group found = open.read();
            if (found == null) {
                throw new DataException(path + ", row " + row + ": is damaged");
            }
            row++;
            return found;
        }

        @Override
        public void close() {
            try {
                reader.close();
            } catch (IOException e) {
                // Nothing was written.
            }
        }
    }
}
