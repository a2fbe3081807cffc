/**
 * Finds the factors of bonds that serve a stated goal best: {@link dev.freebind.evaluation.tuning.Goal} says what counts and what
 * must not get worse, {@link dev.freebind.evaluation.tuning.FactorTuning} goes from a coarse grid to finer ones around the best
 * points, {@link dev.freebind.evaluation.tuning.Tuning} is what it found. Measuring is
 * {@link dev.freebind.evaluation.task.FactorMeasurement}'s; drawing is the report's.
 */
@NullMarked
package dev.freebind.evaluation.tuning;

import org.jspecify.annotations.NullMarked;
