package dev.freebind.evaluation.report;

import dev.freebind.evaluation.result.ResultTable;
import dev.freebind.evaluation.result.ResultTable.Column;
import dev.freebind.evaluation.result.ResultTable.Section;
import dev.freebind.evaluation.result.Results;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The first metric of every pair with its interval, as plots.
 *
 * @param results the rows; may have none
 */
public record ConfidencePanel(Results results) implements Panel {

    @Override
    public String id() {
        return "intervals";
    }

    @Override
    public String heading() {
        return "Confidence";
    }

    @Override
    public String content() {
        StringBuilder part = new StringBuilder();
        for (Section section : ResultTable.of(results).sections()) {
            List<String> plots = new ArrayList<>();
            Set<String> pairs = new LinkedHashSet<>();
            for (Column column : section.columns()) {
                // The first metric of each pair: recall@1 in the usual case.
                if (pairs.add(column.pair())) {
                    plots.add(IntervalPlot.draw(section, column));
                }
            }
            part.append("<h3>").append(Markup.escape(section.dataset())).append("</h3>\n<div class=\"plots\">\n");
            plots.forEach(part::append);
            part.append("</div>\n");
        }
        return part.isEmpty()
                ? ""
                : "<p class=\"hint\">Values with their 95% intervals. Intervals that overlap do not settle a comparison: spaces"
                        + " are measured on the same queries, and <code>freebind compare</code> tests the difference.</p>\n"
                        + part;
    }
}
