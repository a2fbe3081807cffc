/**
 * Measures spaces on tasks and shows the outcome.
 *
 * <ul>
 *   <li>{@link dev.freebind.evaluation.metric}: pure functions from rank counts and scores to numbers
 *   <li>{@link dev.freebind.evaluation.interval}: how sure those numbers are: bootstrap intervals and paired tests
 *   <li>{@link dev.freebind.evaluation.task}: runs the tasks of a configuration for products and leaf spaces
 *   <li>{@link dev.freebind.evaluation.tuning}: finds the factors that serve a goal best
 *   <li>{@link dev.freebind.evaluation.geometry}: modality gap, principal components
 *   <li>{@link dev.freebind.evaluation.leak}: evaluation items that are in the corpora
 *   <li>{@link dev.freebind.evaluation.routing}: how routers weigh the sources
 *   <li>{@link dev.freebind.evaluation.result}: rows, the results file, the CSV, the table on the terminal, comparisons
 *   <li>{@link dev.freebind.evaluation.report}: one self-contained HTML page
 * </ul>
 *
 * <p>Nothing here knows networks or TensorFlow: embeddings come from
 * {@link dev.freebind.bonds.execution.Inference}, ranks from {@link dev.freebind.bonds.execution.NearestItems}.
 */
@NullMarked
package dev.freebind.evaluation;

import org.jspecify.annotations.NullMarked;
