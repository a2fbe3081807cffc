/**
 * An index: a folder that holds a gallery ready to be searched, as {@link dev.freebind.search.index.IndexWriter} makes it and
 * {@link dev.freebind.search.index.IndexFolder} opens it. Search in it is exact; approximate graphs lose recall on queries of
 * another modality than the gallery's.
 */
@NullMarked
package dev.freebind.search.index;

import org.jspecify.annotations.NullMarked;
