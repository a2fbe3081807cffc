/**
 * Looks for evaluation items in the corpora that a space is trained on: {@link dev.freebind.evaluation.leak.LeakCheck} searches,
 * {@link dev.freebind.evaluation.leak.LeakReport} is what it found.
 */
@NullMarked
package dev.freebind.evaluation.leak;

import org.jspecify.annotations.NullMarked;
