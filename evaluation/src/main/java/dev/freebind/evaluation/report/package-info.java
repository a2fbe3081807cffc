/**
 * One self-contained HTML page from results, sweeps and training curves: no scripts, no fonts, no network; light and dark, and
 * made to be printed. What goes in is a {@link dev.freebind.evaluation.report.Report}: facts and a list of
 * {@link dev.freebind.evaluation.report.Panel}s, each of which renders one part. Plots are inline SVG drawn here.
 */
@NullMarked
package dev.freebind.evaluation.report;

import org.jspecify.annotations.NullMarked;
