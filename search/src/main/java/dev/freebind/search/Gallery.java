package dev.freebind.search;

import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.search.metadata.Metadata;
import dev.freebind.search.metadata.MetadataRow;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Items that are searched: their embeddings in the searched space, and what else is known about them.
 *
 * @param name how queries and results call it; as a space's name
 * @param modality what the items are
 * @param embeddings {@code [rows, dimension] float32}, unit rows
 * @param metadata of the same rows; null if nothing is known
 */
public record Gallery(
        String name,
        Modality modality,
        Embeddings embeddings,
        @Nullable Metadata metadata) {

    /**
     * Checks that the parts fit.
     *
     * @throws InvalidRequestException if the name cannot be one
     * @throws DataException if there are more or fewer rows of metadata than of embeddings
     */
    public Gallery {
        if (!EmbeddingSpace.isName(name)) {
            throw new InvalidRequestException(
                    "'" + name + "' cannot be a gallery's name: use lower-case letters, digits,"
                            + " '.', '_' and '-', starting with a letter or digit");
        }
        if (metadata != null && metadata.rows() != embeddings.rows()) {
            throw new DataException("gallery '" + name + "': " + metadata.origin() + " has " + metadata.rows()
                    + " rows, but there are embeddings of " + embeddings.rows()
                    + " items; both must describe the same items in the same order");
        }
    }

    /**
     * What is known about some rows.
     *
     * @return one for each, {@link MetadataRow#EMPTY} where nothing is known
     */
    public List<MetadataRow> describe(List<Long> rows) {
        return metadata == null ? rows.stream().map(row -> MetadataRow.EMPTY).toList() : metadata.read(rows);
    }
}
