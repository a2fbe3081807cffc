/** What the tokenizers share: reading vocabulary files, and Python's notions of white space and well-formed text. */
@NullMarked
package dev.freebind.text.internal;

import org.jspecify.annotations.NullMarked;
