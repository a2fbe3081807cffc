/** Placeholder. */
@NullMarked
package dev.freebind.formats;

import org.jspecify.annotations.NullMarked;
