/**
 * The resumable run that turns a configuration into a bound space: {@link dev.freebind.training.run.BindPlan} says which steps
 * there are and what they cost, {@link dev.freebind.training.run.BindRun} does those whose results are not there yet.
 *
 * <p>Every intermediate result carries, in its name or its metadata, the fingerprint of everything it was made from. A step
 * whose result with that fingerprint exists is done; there is no other bookkeeping, so an interruption at any moment leaves
 * nothing to repair. The mathematics of a step lives in {@code retrieval} and {@code projector}.
 */
@NullMarked
package dev.freebind.training.run;

import org.jspecify.annotations.NullMarked;
