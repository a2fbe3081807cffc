/**
 * Raw items as users have them: {@link dev.freebind.encoding.items.ItemSource} goes through folders, files matched by patterns,
 * lists of texts or paths, tables (CSV, TSV), JSON lines and WebDataset archives, in one order, one {@link
 * dev.freebind.encoding.items.SourceItem} at a time. Nothing here decodes an image or a sound.
 */
@NullMarked
package dev.freebind.encoding.items;

import org.jspecify.annotations.NullMarked;
