/** Placeholder. */
@NullMarked
package dev.freebind.tensorflow;

import org.jspecify.annotations.NullMarked;
