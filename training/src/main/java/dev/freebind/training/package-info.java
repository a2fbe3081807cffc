/**
 * Executes what a bond graph describes, on TensorFlow: {@code retrieval} collects, {@code projector} trains and infers,
 * {@code run} is the resumable whole; {@link dev.freebind.training.BoundSpace} opens the result for use from Java.
 */
@NullMarked
package dev.freebind.training;

import org.jspecify.annotations.NullMarked;
