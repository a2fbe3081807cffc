package dev.freebind.encoding.items;

import dev.freebind.api.DataException;
import dev.freebind.api.Item;
import dev.freebind.formats.FileErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One raw item and where it was found. */
public sealed interface SourceItem {

    /** How messages name it. */
    String label();

    /**
     * What an encoder takes; for a member of an archive its bytes are read now.
     *
     * @throws DataException if it cannot be read, naming it
     */
    Item item();

    /**
     * What tells whether it is still the same item: a text, or a file's name, size and time of its last change.
     *
     * @param folder where paths begin, so that moving everything together changes nothing
     * @throws DataException if there is no such file
     */
    String identity(Path folder);

    /**
     * A text.
     *
     * @param text the text
     * @param place the file and line it stands in
     */
    record OfText(String text, String place) implements SourceItem {
        @Override
        public String label() {
            return place;
        }

        @Override
        public Item item() {
            return new Item.Text(text);
        }

        @Override
        public String identity(Path folder) {
            return text;
        }
    }

    /**
     * A file.
     *
     * @param path absolute
     * @param place the file and line that names it; null if it was found in a folder or by a pattern
     */
    record OfFile(Path path, @Nullable String place) implements SourceItem {
        @Override
        public String label() {
            return place == null ? path.toString() : path + " (" + place + ")";
        }

        @Override
        public Item item() {
            return new Item.File(path);
        }

        @Override
        public String identity(Path folder) {
            return relative(folder, path) + "\n" + state(path, label());
        }
    }

    /**
     * A member of an archive.
     *
     * @param archive the archive, absolute
     * @param name the member's name, a label only
     * @param offset where its bytes begin
     * @param size how many there are
     */
    record OfMember(Path archive, String name, long offset, int size) implements SourceItem {
        @Override
        public String label() {
            return archive + ": " + name;
        }

        @Override
        public Item item() {
            ByteBuffer bytes = ByteBuffer.allocate(size);
            try (FileChannel channel = FileChannel.open(archive, StandardOpenOption.READ)) {
                while (bytes.hasRemaining()) {
                    if (channel.read(bytes, offset + bytes.position()) < 0) {
                        throw new DataException(label() + ": the archive ends within it");
                    }
                }
            } catch (IOException e) {
                throw FileErrors.cannotRead(archive, e);
            }
            return new Item.Bytes(label(), bytes.array());
        }

        @Override
        public String identity(Path folder) {
            return relative(folder, archive) + "\n" + name + "\n" + offset + "\n" + size + "\n"
                    + state(archive, archive.toString());
        }
    }

    /**
     * A path as files beside it name it: relative with {@code /}, or absolute if there is no relative one.
     *
     * @param folder absolute
     * @param path absolute
     */
    static String relative(Path folder, Path path) {
        Path shown =
                folder.getRoot() != null && folder.getRoot().equals(path.getRoot()) ? folder.relativize(path) : path;
        return shown.toString().replace('\\', '/');
    }

    private static String state(Path file, String label) {
        try {
            return Files.size(file) + " " + Files.getLastModifiedTime(file).to(TimeUnit.MICROSECONDS);
        } catch (IOException e) {
            throw new DataException(
                    label + ": " + FileErrors.cannotRead(file, e).getMessage(), e);
        }
    }
}
