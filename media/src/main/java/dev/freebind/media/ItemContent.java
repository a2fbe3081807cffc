package dev.freebind.media;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Fetches the bytes of an item. */
public final class ItemContent {

    /** Most bytes of one item: 1 GiB, an hour and a half of CD sound; larger ones are refused before anything is read. */
    public static final long MAX_BYTES = 1L << 30;

    private ItemContent() {}

    /**
     * The bytes of a file or byte item; those of a byte item are not copied.
     *
     * @throws InvalidRequestException if the item is a text
     * @throws DataException if the file is missing, unreadable, empty or larger than {@link #MAX_BYTES}, naming it
     */
    public static Item.Bytes of(Item item) {
        Item.Bytes bytes;
        if (item instanceof Item.Bytes given) {
            bytes = given;
        } else if (item instanceof Item.File file) {
            bytes = new Item.Bytes(file.label(), read(file.path()));
        } else {
            throw new InvalidRequestException(
                    "a text is given where a file is expected: " + item.label() + "; give a path or the file's bytes");
        }
        if (bytes.content().length == 0) {
            throw new DataException(bytes.label() + " is empty");
        }
        return bytes;
    }

    private static byte[] read(Path path) {
        try {
            if (Files.isDirectory(path)) {
                throw new DataException(path + " is a folder, not a file");
            }
            long size = Files.size(path);
            if (size > MAX_BYTES) {
                throw new DataException(
                        path + " has " + size + " bytes; at most " + MAX_BYTES + " are read: cut or compress it");
            }
            return Files.readAllBytes(path);
        } catch (NoSuchFileException e) {
            throw new DataException(path + " does not exist", e);
        } catch (IOException e) {
            throw new DataException(path + " cannot be read: " + e.getMessage(), e);
        }
    }
}
