package dev.freebind.evaluation.report;

import dev.freebind.evaluation.leak.LeakReport;
import java.util.List;

/**
 * Evaluation items that are in the corpora.
 *
 * @param report what was found
 */
public record LeakPanel(LeakReport report) implements Panel {

    /** Columns of text; the others are numbers. */
    private static final int TEXTS = 4;

    @Override
    public String id() {
        return "leaks";
    }

    @Override
    public String heading() {
        return "Evaluation items in the corpora";
    }

    @Override
    public String content() {
        StringBuilder part = new StringBuilder("<p class=\"verdict\">")
                .append(Markup.escape(report.verdict()))
                .append("</p>\n<div class=\"wide\"><table>\n");
        List<List<String>> lines = report.table();
        for (int i = 0; i < lines.size(); i++) {
            String cell = i == 0 ? "th" : "td";
            part.append(i == 0 ? "<thead><tr>" : "<tr>");
            for (int column = 0; column < lines.get(i).size(); column++) {
                part.append("<" + cell + (column < TEXTS ? " style=\"text-align:left\">" : ">"))
                        .append(Markup.escape(lines.get(i).get(column)))
                        .append("</" + cell + ">");
            }
            part.append(i == 0 ? "</tr></thead>\n<tbody>\n" : "</tr>\n");
        }
        part.append("</tbody></table></div>\n<ul class=\"notes\">\n");
        report.leaks().stream()
                .map(LeakReport::examples)
                .filter(examples -> !examples.isEmpty())
                .forEach(examples ->
                        part.append("<li>").append(Markup.escape(examples)).append("</li>\n"));
        report.unchecked()
                .forEach(reason -> part.append("<li>not compared: ")
                        .append(Markup.escape(reason))
                        .append("</li>\n"));
        return part.append("<li>exact: cosine of 0.9999 and more, or the same content; near: cosine of ")
                .append(Markup.escape(Double.toString(report.threshold())))
                .append(" and more</li>\n</ul>\n")
                .toString();
    }
}
