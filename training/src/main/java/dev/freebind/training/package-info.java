/** Placeholder. */
@NullMarked
package dev.freebind.training;

import org.jspecify.annotations.NullMarked;
