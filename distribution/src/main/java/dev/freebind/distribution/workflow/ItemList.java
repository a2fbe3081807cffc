package dev.freebind.distribution.workflow;

import dev.freebind.api.DataException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.formats.FileErrors;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Raw items listed in a text file, one in a line. */
public final class ItemList {

    private ItemList() {}

    /**
     * Reads a list.
     *
     * @param file UTF-8; every line is an item, so that line <i>n</i> becomes row <i>n</i>
     * @param modality lines are texts for {@link Modality#TEXT}, for any other paths relative to the list's folder
     * @return one item for each line
     * @throws DataException if the list cannot be read, is empty, or names files that do not exist, naming the first of them and
     *     its line
     */
    public static List<Item> read(Path file, Modality modality) {
        List<String> lines = lines(file);
        if (lines.isEmpty()) {
            throw new DataException(file + ": has no items; write one in each line");
        }
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            items.add(
                    modality.equals(Modality.TEXT)
                            ? new Item.Text(line)
                            : new Item.File(existing(file, i + 1, line.strip())));
        }
        return items;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            throw new DataException(file + ": is not UTF-8 text", e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e);
        }
    }

    private static Path existing(Path list, int line, String name) {
        if (name.isEmpty()) {
            throw new DataException(list + ":" + line + ": is empty; write a path in each line");
        }
        try {
            Path path = list.toAbsolutePath().resolveSibling(name);
            if (Files.isReadable(path)) {
                return path;
            }
            throw new DataException(list + ":" + line + ": " + path + ": no such file, or it may not be read");
        } catch (InvalidPathException e) {
            throw new DataException(list + ":" + line + ": '" + name + "' is not a path", e);
        }
    }
}
