package dev.freebind.search;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** What the names in a query stand for. */
public interface QueryInputs {

    /**
     * A raw item.
     *
     * @param modality what it is
     * @param value the text itself for {@link Modality#TEXT}, a name for any other
     * @throws InvalidRequestException if there is nothing of that name
     */
    Item item(Modality modality, String value);

    /**
     * Embedding files.
     *
     * @param name a file, a glob or a folder
     * @return what to open
     * @throws InvalidRequestException if queries may not name embedding files here
     */
    String embeddings(String name);

    /** Names are paths of files of this machine, relative to the working directory. */
    QueryInputs LOCAL_FILES = new QueryInputs() {
        @Override
        public Item item(Modality modality, String value) {
            if (modality.equals(Modality.TEXT)) {
                return new Item.Text(value);
            }
            try {
                Path path = Path.of(value);
                if (Files.isRegularFile(path)) {
                    return new Item.File(path);
                }
            } catch (InvalidPathException e) {
                // not a file either
            }
            throw new InvalidRequestException(modality + ":" + value + ": there is no such file");
        }

        @Override
        public String embeddings(String name) {
            return name;
        }
    };
}
