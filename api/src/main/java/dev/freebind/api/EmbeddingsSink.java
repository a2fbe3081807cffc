package dev.freebind.api;

import java.nio.FloatBuffer;

/** Receives rows of embeddings in order, block by block. */
@FunctionalInterface
public interface EmbeddingsSink {

    /**
     * Takes the next rows: everything from the buffer's position to its limit, a whole number of rows.
     *
     * <p>The buffer belongs to the caller and is reused; an implementation copies what it keeps.
     *
     * @throws DataException if the rows cannot be stored
     */
    void append(FloatBuffer rows);
}
