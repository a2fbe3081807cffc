/**
 * What is known about the rows of a gallery besides their embeddings: {@link dev.freebind.search.metadata.Metadata}, read from
 * JSON lines, CSV or plain lists, and, through {@link dev.freebind.search.metadata.MetadataFormat}, from formats of other
 * modules. Rows are read where they lie; only a coarse index of the file is in memory.
 */
@NullMarked
package dev.freebind.search.metadata;

import org.jspecify.annotations.NullMarked;
