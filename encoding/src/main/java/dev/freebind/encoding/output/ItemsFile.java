package dev.freebind.encoding.output;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.api.DataException;
import dev.freebind.encoding.items.SourceItem;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.FileErrors;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What each row of encoded embeddings is: {@code items.jsonl}, one line a row (see {@code docs/formats.md}). */
public final class ItemsFile implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FLUSH = 1 << 16;

    private final AtomicFile file;
    private final Path folder;
    private final StringBuilder buffer = new StringBuilder();
    private long rows;

    /**
     * One row.
     *
     * @param row from 0
     * @param text the item, if it is a text
     * @param path the file that holds it, relative to the folder of the list
     * @param member the member of that file, if it is an archive
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Row(
            long row,
            @Nullable String text,
            @Nullable String path,
            @Nullable String member) {

        static Row of(long row, SourceItem item, Path folder) {
            if (item instanceof SourceItem.OfText text) {
                return new Row(row, text.text(), null, null);
            }
            if (item instanceof SourceItem.OfMember member) {
                return new Row(row, null, SourceItem.relative(folder, member.archive()), member.name());
            }
            return new Row(row, null, SourceItem.relative(folder, ((SourceItem.OfFile) item).path()), null);
        }
    }

    private ItemsFile(AtomicFile file, Path folder) {
        this.file = file;
        this.folder = folder;
    }

    /**
     * Begins a list.
     *
     * @param target absolute; the name it gets at {@link #commit()}
     */
    public static ItemsFile create(Path target) {
        Path folder = target.toAbsolutePath().normalize().getParent();
        return new ItemsFile(AtomicFile.create(target), folder == null ? target : folder);
    }

    /** Adds the item of the next row. */
    public void append(SourceItem item) {
        try {
            buffer.append(JSON.writeValueAsString(Row.of(rows, item, folder))).append('\n');
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
        rows++;
        if (buffer.length() > FLUSH) {
            flush();
        }
    }

    private void flush() {
        file.write(ByteBuffer.wrap(buffer.toString().getBytes(StandardCharsets.UTF_8)));
        buffer.setLength(0);
    }

    /** Gives the file its name. */
    public void commit() {
        flush();
        file.commit();
    }

    /** Removes what was written unless it was committed. */
    @Override
    public void close() {
        file.close();
    }

    /**
     * Goes through a list.
     *
     * @param file the list
     * @param rows takes each row in order
     * @throws DataException if it is missing or damaged, naming file and line
     */
    public static void read(Path file, Consumer<Row> rows) {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            long line = 0;
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                Row row;
                try {
                    row = JSON.readValue(text, Row.class);
                } catch (JacksonException e) {
                    throw new DataException(file + ":" + (line + 1) + ": is damaged: " + e.getOriginalMessage(), e);
                }
                if (row.row() != line) {
                    throw new DataException(file + ":" + (line + 1) + ": is row " + row.row() + ", expected " + line
                            + "; rows have no gaps");
                }
                line++;
                rows.accept(row);
            }
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e);
        }
    }
}
