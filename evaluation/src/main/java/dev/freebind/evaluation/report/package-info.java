/**
 * One self-contained HTML page from results, sweeps and training curves: no scripts, no fonts, no network; light and dark, and
 * made to be printed. Plots are inline SVG drawn here. What goes in is a {@link dev.freebind.evaluation.report.Report}.
 */
@NullMarked
package dev.freebind.evaluation.report;

import org.jspecify.annotations.NullMarked;
