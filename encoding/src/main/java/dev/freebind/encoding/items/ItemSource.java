package dev.freebind.encoding.items;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.formats.FilePattern;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Raw items in an order that is the same every time, gone through as often as needed and never held all at once (only the
 * names of files that a pattern or folder matches are).
 */
public interface ItemSource {

    /** Where the items come from, for messages. */
    String origin();

    /**
     * Begins at the first item.
     *
     * @return to be closed by the caller
     * @throws DataException if the first file cannot be read
     * @throws InvalidRequestException if it is not clear which column of a table is meant
     */
    ItemCursor open();

    /** Texts at hand. */
    static ItemSource ofTexts(List<String> texts, String origin) {
        return new ItemSource() {
            @Override
            public String origin() {
                return origin;
            }

            @Override
            public ItemCursor open() {
                return ItemCursor.of(IntStream.range(0, texts.size())
                        .mapToObj(i -> new SourceItem.OfText(texts.get(i), origin + ", text " + i))
                        .iterator());
            }
        };
    }

    /**
     * The items that a path stands for. It may be a file, a pattern (see {@link FilePattern}) or a folder; files come in natural
     * order ({@code 2} before {@code 10}), and their endings tell what they are:
     *
     * <ul>
     *   <li>{@code .csv}, {@code .tsv}: a table with a header; a column holds texts, or paths relative to the table
     *   <li>{@code .jsonl}, {@code .ndjson}: JSON objects, one a line; a field holds texts or paths
     *   <li>{@code .tar}: a WebDataset archive; its members with the extension are the items
     *   <li>for texts, any other file: a text in each line
     *   <li>for other modalities, {@code .txt} and {@code .lst}: a path in each line, relative to the list; any other file is an
     *       item itself
     *   <li>a folder: the files below it that have an ending of the modality
     * </ul>
     *
     * @param path absolute
     * @param column the column, field or extension; null for the modality's own (a table of one column, a column or field that
     *     is named like the modality, the usual extensions)
     * @throws DataException if there is nothing
     * @throws InvalidRequestException if the path is not a valid pattern, or a folder of texts
     */
    static ItemSource of(String path, @Nullable String column, Modality modality) {
        List<Path> files = new FilePattern(path)
                .files().stream().map(file -> file.toAbsolutePath().normalize()).toList();
        return new ItemSource() {
            @Override
            public String origin() {
                return path;
            }

            @Override
            public ItemCursor open() {
                return ItemCursor.concatenation(files, file -> inFile(file, column, modality));
            }
        };
    }

    private static ItemCursor inFile(Path file, @Nullable String column, Modality modality) {
        if (Files.isDirectory(file)) {
            return ItemFolder.open(file, modality);
        }
        return switch (ending(file)) {
            case "csv" -> ItemTable.open(file, ',', column, modality);
            case "tsv" -> ItemTable.open(file, '\t', column, modality);
            case "jsonl", "ndjson" -> JsonLines.open(file, column, modality);
            case "tar" -> TarMembers.open(file, column, modality);
            case "gz", "tgz", "zip", "bz2", "xz", "zst" ->
                throw new InvalidRequestException(
                        file + " is compressed; unpack it, items are read from where they lie");
            case "txt", "lst" -> ItemLines.open(file, modality);
            default ->
                modality.equals(Modality.TEXT)
                        ? ItemLines.open(file, modality)
                        : ItemCursor.of(
                                List.of(new SourceItem.OfFile(file, null)).iterator());
        };
    }

    /** What follows the last dot of a file's name, in lower case; empty if there is none. */
    private static String ending(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
