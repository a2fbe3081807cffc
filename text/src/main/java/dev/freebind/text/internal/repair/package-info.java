/**
 * Repairs of damaged text that CLIP's tokenizer makes before it looks at the words: mojibake, HTML references, typographic
 * variants, control characters. The behaviour is that of the Python library ftfy 6.3 with its default settings, limited to
 * mistakes between UTF-8 and Latin-1 or Windows-1252.
 */
@NullMarked
package dev.freebind.text.internal.repair;

import org.jspecify.annotations.NullMarked;
