package dev.freebind.evaluation.report;

import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.result.ResultTable.Cell;
import dev.freebind.evaluation.result.ResultTable.Column;
import dev.freebind.evaluation.result.ResultTable.Line;
import dev.freebind.evaluation.result.ResultTable.Section;
import java.util.List;

/** A dot with its 95% interval for every subject, one below the other, on a common scale. */
final class IntervalPlot {

    private static final int WIDTH = 360;
    private static final int ROW = 22;
    private static final int ROW_WITH_PRESET = 34;
    private static final int LABELS = 138;
    private static final int VALUES = 44;
    private static final int LABEL_LENGTH = 22;

    private IntervalPlot() {}

    /** The plot of one column as a figure. */
    static String draw(Section section, Column column) {
        List<Line> lines = section.lines().stream()
                .filter(line -> line.cells().containsKey(column))
                .toList();
        Metric metric = column.metric();
        double unit = metric.isFraction() ? 100 : 1;
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (Line line : lines) {
            Cell cell = cell(line, column);
            least = Math.min(
                    least,
                    unit * (cell.ci95() == null ? cell.value() : cell.ci95().low()));
            most = Math.max(
                    most,
                    unit * (cell.ci95() == null ? cell.value() : cell.ci95().high()));
        }
        Scale x = Scale.covering(least, most, LABELS + 8, WIDTH - VALUES - 8);
        int rows = lines.stream().mapToInt(IntervalPlot::height).sum();
        int height = rows + 30;
        StringBuilder svg = new StringBuilder("<figure><figcaption>")
                .append(Markup.escape(column.pair()))
                .append(" <span>")
                .append(Markup.escape(metric.label()))
                .append(metric.isFraction() ? ", %" : "")
                .append("</span></figcaption><svg viewBox=\"0 0 ")
                .append(WIDTH)
                .append(' ')
                .append(height)
                .append("\" role=\"img\" aria-label=\"")
                .append(Markup.escape(metric.label() + " of " + column.pair() + " with 95% intervals"))
                .append("\">");
        double bottom = rows + 6.0;
        for (double tick : x.ticks()) {
            String at = Markup.number(x.at(tick));
            svg.append("<line class=\"grid\" x1=\"" + at + "\" x2=\"" + at + "\" y1=\"4\" y2=\"" + bottom + "\"/>");
            svg.append("<text class=\"axis\" text-anchor=\"middle\" x=\"" + at + "\" y=\"" + (bottom + 15) + "\">"
                    + x.label(tick) + "</text>");
        }
        int top = 4;
        for (Line line : lines) {
            row(svg, line, column, x, unit, top + height(line) / 2.0);
            top += height(line);
        }
        return svg.append("</svg></figure>\n").toString();
    }

    private static int height(Line line) {
        return line.subject().preset() == null ? ROW : ROW_WITH_PRESET;
    }

    private static void row(StringBuilder svg, Line line, Column column, Scale x, double unit, double y) {
        Cell cell = cell(line, column);
        String label = line.subject().label();
        String colour = line.product() ? "var(--s0)" : "var(--muted)";
        String shown = column.metric().format(cell.value());
        svg.append("<g><title>")
                .append(Markup.escape(label + ": " + shown + interval(cell, column.metric())))
                .append("</title>");
        String preset = line.subject().preset();
        name(svg, "name", line.subject().space(), preset == null ? y + 4 : y - 2);
        if (preset != null) {
            name(svg, "preset", preset, y + 11);
        }
        if (cell.ci95() != null) {
            String low = Markup.number(x.at(unit * cell.ci95().low()));
            String high = Markup.number(x.at(unit * cell.ci95().high()));
            svg.append("<line stroke=\"" + colour + "\" stroke-width=\"2\" stroke-linecap=\"round\" x1=\"" + low
                    + "\" x2=\"" + high + "\" y1=\"" + y + "\" y2=\"" + y + "\"/>");
        }
        svg.append("<circle r=\"4.5\" cx=\"" + Markup.number(x.at(unit * cell.value())) + "\" cy=\"" + y
                + "\" stroke=\"" + colour + "\" stroke-width=\"2\" fill=\"" + (line.product() ? colour : "var(--paper)")
                + "\"/>");
        svg.append("<text class=\"value\" text-anchor=\"end\" x=\"" + WIDTH + "\" y=\"" + (y + 4) + "\""
                        + (cell.best() ? " font-weight=\"700\"" : "") + ">")
                .append(shown)
                .append("</text></g>");
    }

    private static void name(StringBuilder svg, String kind, String text, double y) {
        svg.append("<text class=\"" + kind + "\" text-anchor=\"end\" x=\"" + LABELS + "\" y=\"" + y + "\">")
                .append(Markup.escape(Markup.shortened(text, LABEL_LENGTH)))
                .append("</text>");
    }

    private static Cell cell(Line line, Column column) {
        return java.util.Objects.requireNonNull(line.cells().get(column));
    }

    /** An interval as shown behind a value; empty if there is none. */
    static String interval(Cell cell, Metric metric) {
        return cell.ci95() == null
                ? ""
                : " [" + metric.format(cell.ci95().low()) + ", "
                        + metric.format(cell.ci95().high()) + "]";
    }
}
