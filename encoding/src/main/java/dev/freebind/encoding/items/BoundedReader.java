package dev.freebind.encoding.items;

import dev.freebind.api.DataException;
import dev.freebind.formats.FileErrors;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads a UTF-8 file whose records must not be longer than a bound, so that a file without line ends does not fill the memory. A
 * byte order mark is left out.
 */
final class BoundedReader extends Reader {

    /** Most characters of one record. */
    static final int MAX_RECORD = 1 << 22;

    private static final int BYTE_ORDER_MARK = 0xFEFF;

    private final Path file;
    private final BufferedReader reader;
    private long budget = MAX_RECORD;
    private long line;

    private BoundedReader(Path file, BufferedReader reader) {
        this.file = file;
        this.reader = reader;
    }

    /**
     * Opens a file.
     *
     * @throws DataException if that is not possible
     */
    static BoundedReader open(Path file) {
        try {
            BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8);
            try {
                reader.mark(1);
                if (reader.read() != BYTE_ORDER_MARK) {
                    reader.reset();
                }
            } catch (IOException e) {
                reader.close();
                throw e;
            }
            return new BoundedReader(file, reader);
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    /** What to throw for an error of reading a file. */
    static DataException failure(Path file, IOException error) {
        return error instanceof CharacterCodingException
                ? new DataException(file + ": is not a text in UTF-8", error)
                : FileErrors.cannotRead(file, error);
    }

    /** A record has been read; the next one may be as long again. */
    void nextRecord() {
        budget = MAX_RECORD;
    }

    /** Number of the line that {@link #line()} gave last, from 1. */
    long lineNumber() {
        return line;
    }

    /** The next line without its end; null after the last. */
    @Nullable
    String line() {
        StringBuilder text = new StringBuilder();
        nextRecord();
        try {
            int next = reader.read();
            if (next < 0) {
                return null;
            }
            line++;
            while (next >= 0 && next != '\n' && next != '\r') {
                spend(1);
                text.append((char) next);
                next = reader.read();
            }
            if (next == '\r') {
                reader.mark(1);
                if (reader.read() != '\n') {
                    reader.reset();
                }
            }
            return text.toString();
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    @Override
    public int read(char[] target, int offset, int length) throws IOException {
        int read = reader.read(target, offset, length);
        spend(read);
        return read;
    }

    private void spend(int characters) {
        budget -= characters;
        if (budget < 0) {
            throw new DataException(file + (line > 0 ? ":" + line : "") + ": has a record of more than " + MAX_RECORD
                    + " characters; is this a list of items, and every quote closed?");
        }
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
