package dev.freebind.evaluation.report;

import dev.freebind.evaluation.result.ResultTable;
import dev.freebind.evaluation.result.ResultTable.Cell;
import dev.freebind.evaluation.result.ResultTable.Column;
import dev.freebind.evaluation.result.ResultTable.Line;
import dev.freebind.evaluation.result.ResultTable.Section;
import dev.freebind.evaluation.result.Results;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The results as tables, products first.
 *
 * @param results the rows; may have none
 */
public record ResultsPanel(Results results) implements Panel {

    @Override
    public String id() {
        return "results";
    }

    @Override
    public String heading() {
        return "Results";
    }

    @Override
    public String content() {
        StringBuilder part = new StringBuilder();
        for (Section section : ResultTable.of(results).sections()) {
            table(part, section);
        }
        return part.isEmpty()
                ? ""
                : "<p class=\"hint\">In percent, except the median rank (MedR), where lower is better. Below each value its 95%"
                        + " bootstrap interval over queries; the best of a column is shaded. Retrieval is the mean of both"
                        + " directions unless one is named. Products first, then the spaces they are made of.</p>\n"
                        + part;
    }

    private static void table(StringBuilder part, Section section) {
        part.append("<h3>")
                .append(Markup.escape(section.dataset()))
                .append(" <span class=\"preset\">")
                .append(Markup.escape(section.task()))
                .append(
                        "</span></h3>\n<div class=\"wide\"><table class=\"results\">\n<thead>\n<tr class=\"pairs\"><th></th>");
        Map<String, Integer> pairs = new LinkedHashMap<>();
        section.columns().forEach(column -> pairs.merge(column.pair(), 1, Integer::sum));
        pairs.forEach((pair, span) -> part.append("<th class=\"start\" scope=\"colgroup\" colspan=\"" + span + "\">")
                .append(Markup.escape(pair))
                .append("</th>"));
        part.append("</tr>\n<tr><th scope=\"col\" style=\"text-align:left\">space</th>");
        String previous = "";
        for (Column column : section.columns()) {
            part.append("<th scope=\"col\"" + start(column, previous) + ">")
                    .append(Markup.escape(column.metric().label()))
                    .append("</th>");
            previous = column.pair();
        }
        part.append("</tr>\n</thead>\n");
        lines(
                part,
                section,
                "products",
                section.lines().stream().filter(Line::product).toList());
        lines(
                part,
                section,
                "leaves",
                section.lines().stream().filter(line -> !line.product()).toList());
        part.append("</table></div>\n");
    }

    private static void lines(StringBuilder part, Section section, String kind, List<Line> lines) {
        if (lines.isEmpty()) {
            return;
        }
        part.append("<tbody class=\"" + kind + "\">\n");
        for (Line line : lines) {
            part.append(line.product() ? "<tr>" : "<tr class=\"leaf\">")
                    .append("<th scope=\"row\">")
                    .append(Markup.subject(line.subject()))
                    .append("</th>");
            String previous = "";
            for (Column column : section.columns()) {
                cell(part, line.cells().get(column), column, start(column, previous));
                previous = column.pair();
            }
            part.append("</tr>\n");
        }
        part.append("</tbody>\n");
    }

    private static String start(Column column, String previousPair) {
        return column.pair().equals(previousPair) ? "" : " class=\"start\"";
    }

    private static void cell(StringBuilder part, @Nullable Cell cell, Column column, String start) {
        if (cell == null) {
            part.append(start.isEmpty() ? "<td class=\"none\">–</td>" : "<td class=\"none start\">–</td>");
            return;
        }
        String kind = (cell.best() ? "best" : "") + (start.isEmpty() ? "" : " start");
        String value = column.metric().format(cell.value());
        part.append(kind.isBlank() ? "<td>" : "<td class=\"" + kind.strip() + "\">")
                .append(cell.best() ? "<b>" + value + "</b>" : value);
        if (cell.ci95() != null) {
            part.append("<small>")
                    .append(column.metric().format(cell.ci95().low()))
                    .append("–")
                    .append(column.metric().format(cell.ci95().high()))
                    .append("</small>");
        }
        part.append("</td>");
    }
}
