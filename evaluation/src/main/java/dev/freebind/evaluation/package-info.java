/** Placeholder. */
@NullMarked
package dev.freebind.evaluation;

import org.jspecify.annotations.NullMarked;
