package dev.freebind.search;

import dev.freebind.search.metadata.MetadataRow;

/**
 * An item that was found.
 *
 * @param row its row in the gallery, from 0
 * @param score cosine similarity to the query, in [−1, 1]
 * @param metadata what is known about it
 */
public record Hit(long row, float score, MetadataRow metadata) {}
