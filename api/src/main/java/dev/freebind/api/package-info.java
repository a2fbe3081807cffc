/**
 * The nouns that every other module shares: {@link dev.freebind.api.Modality}, {@link dev.freebind.api.EmbeddingSpace},
 * {@link dev.freebind.api.Embeddings} and their {@link dev.freebind.api.EmbeddingsSink}, the {@link dev.freebind.api.Item}s
 * an {@link dev.freebind.api.Encoder} turns into embeddings (in two stages if it is a {@link
 * dev.freebind.api.PreparingEncoder}), {@link dev.freebind.api.Progress}, and the exceptions whose messages people read, with
 * {@link dev.freebind.api.NearestName} for those about names.
 *
 * <p>Nothing here reads files, does mathematics on more than one row, or depends on a library.
 */
@NullMarked
package dev.freebind.api;

import org.jspecify.annotations.NullMarked;
