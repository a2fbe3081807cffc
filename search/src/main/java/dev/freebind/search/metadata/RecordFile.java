package dev.freebind.search.metadata;

import dev.freebind.api.DataException;
import dev.freebind.formats.FileErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Objects;

/**
 * A UTF-8 file of records that end with line feeds. Opening scans it once and remembers where every {@value #STRIDE}th record
 * begins, so that any record is found after a short walk and a hundred million records take a few megabytes.
 */
final class RecordFile implements AutoCloseable {

    static final int STRIDE = 256;

    /** Longest record in bytes: what is longer is not metadata. */
    static final int LONGEST = 1 << 20;

    private static final int BLOCK = 1 << 16;

    private final Path path;
    private final FileChannel channel;
    /** Whether a line feed between double quotes belongs to its record (CSV). */
    private final boolean quotes;

    private long[] starts = new long[16];
    private long records;

    private RecordFile(Path path, FileChannel channel, boolean quotes) {
        this.path = path;
        this.channel = channel;
        this.quotes = quotes;
    }

    /**
     * Opens and scans.
     *
     * @throws DataException if the file cannot be read, or a record is longer than {@value #LONGEST} bytes
     */
    static RecordFile open(Path path, boolean quotes) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            RecordFile file = new RecordFile(path, channel, quotes);
            file.scan();
            channel = null;
            return file;
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        } finally {
            if (channel != null) {
                closeQuietly(channel);
            }
        }
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing was written; the error that led here says more.
        }
    }

    private void scan() throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        long position = 0;
        long recordStart = 0;
        boolean quoted = false;
        remember(0);
        while (channel.read(block.clear(), position) > 0) {
            int length = block.flip().limit();
            byte[] bytes = block.array();
            for (int i = 0; i < length; i++) {
                byte b = bytes[i];
                if (b == '\n' && !quoted) {
                    checkLength(position + i - recordStart);
                    records++;
                    recordStart = position + i + 1;
                    remember(recordStart);
                } else if (b == '"' && quotes) {
                    quoted = !quoted;
                }
            }
            position += length;
            checkLength(position - recordStart);
        }
        // the last line feed may be missing
        records += position > recordStart ? 1 : 0;
    }

    private void checkLength(long length) {
        if (length > LONGEST) {
            throw new DataException(path + ", row " + records + ": longer than " + LONGEST + " bytes"
                    + (quotes ? "; is a double quote left open?" : ""));
        }
    }

    private void remember(long start) {
        if (records % STRIDE == 0) {
            int at = Math.toIntExact(records / STRIDE);
            if (at == starts.length) {
                starts = Arrays.copyOf(starts, at * 2);
            }
            starts[at] = start;
        }
    }

    Path path() {
        return path;
    }

    /** How many records there are. */
    long records() {
        return records;
    }

    /** Reads from a record on. */
    Reader from(long record) {
        Objects.checkIndex(record, records + 1);
        Reader reader = new Reader(starts[(int) (record / STRIDE)]);
        for (long skipped = record - record % STRIDE; skipped < record; skipped++) {
            reader.skip();
        }
        reader.record = record;
        return reader;
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }

    /** Reads one record after the other; for one thread. Needs no closing. */
    final class Reader {

        private final ByteBuffer block = ByteBuffer.allocate(BLOCK).flip();
        private long position;
        private long record;
        private byte[] bytes = new byte[256];
        private int length;

        private Reader(long position) {
            this.position = position;
        }

        /** The number of the record that {@link #next} gives. */
        long record() {
            return record;
        }

        private void skip() {
            gather();
        }

        /**
         * The next record without its line end.
         *
         * @throws DataException if it is not UTF-8 or cannot be read
         */
        String next() {
            gather();
            int end = length > 0 && bytes[length - 1] == '\r' ? length - 1 : length;
            // a byte order mark, which Windows programs write
            int start = record == 0
                            && end >= 3
                            && bytes[0] == (byte) 0xEF
                            && bytes[1] == (byte) 0xBB
                            && bytes[2] == (byte) 0xBF
                    ? 3
                    : 0;
            try {
                String text = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes, start, end - start))
                        .toString();
                record++;
                return text;
            } catch (CharacterCodingException e) {
                throw new DataException(path + ", row " + record + ": is not UTF-8 text", e);
            }
        }

        private void gather() {
            length = 0;
            boolean quoted = false;
            while (block.hasRemaining() || fill()) {
                byte b = block.get();
                if (b == '\n' && !quoted) {
                    return;
                }
                if (b == '"' && quotes) {
                    quoted = !quoted;
                }
                if (length == bytes.length) {
                    // the scan has found no longer record, but the file may have changed since
                    if (length > LONGEST) {
                        throw new DataException(path + ": has changed while it was read");
                    }
                    bytes = Arrays.copyOf(bytes, length * 2);
                }
                bytes[length++] = b;
            }
        }

        private boolean fill() {
            try {
                int read = channel.read(block.clear(), position);
                position += Math.max(0, read);
                block.flip();
                return read > 0;
            } catch (IOException e) {
                throw FileErrors.cannotRead(path, e);
            }
        }
    }
}
