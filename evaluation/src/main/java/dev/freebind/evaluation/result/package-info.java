/**
 * The outcome of an evaluation as values: rows, what was left out and why, per-class scores, and what every query got; the
 * results file (JSON, schema 1), the CSV, the table on the terminal, sweeps, and comparisons of two results.
 *
 * <p>Beyond the {@code rows} that the contract fixes, the results file carries three optional sections: {@code left-out},
 * {@code classes}, and {@code queries}, which lets {@link dev.freebind.evaluation.result.Comparison} pair the same queries of two
 * files. Old files without them keep loading.
 */
@NullMarked
package dev.freebind.evaluation.result;

import org.jspecify.annotations.NullMarked;
