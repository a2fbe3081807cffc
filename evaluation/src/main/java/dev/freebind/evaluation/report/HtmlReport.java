package dev.freebind.evaluation.report;

import dev.freebind.api.Modality;
import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.report.LinePlot.Series;
import dev.freebind.evaluation.report.Report.Fact;
import dev.freebind.evaluation.report.Report.TrainingCurve;
import dev.freebind.evaluation.result.ClassScore;
import dev.freebind.evaluation.result.Measure;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.result.ResultTable;
import dev.freebind.evaluation.result.ResultTable.Cell;
import dev.freebind.evaluation.result.ResultTable.Column;
import dev.freebind.evaluation.result.ResultTable.Line;
import dev.freebind.evaluation.result.ResultTable.Section;
import dev.freebind.evaluation.result.Subject;
import dev.freebind.evaluation.result.Sweep;
import dev.freebind.evaluation.result.Sweep.Point;
import dev.freebind.evaluation.result.TextTable;
import dev.freebind.formats.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Renders a {@link Report} as one HTML file that needs nothing else. The same report gives the same bytes. */
public final class HtmlReport {

    private final Report report;
    private final StringBuilder html = new StringBuilder();

    private HtmlReport(Report report) {
        this.report = report;
    }

    /**
     * Writes the page, whole or not at all.
     *
     * @throws dev.freebind.api.DataException if it cannot be written
     */
    public static void write(Path file, Report report) {
        AtomicFile.writeString(file, render(report));
    }

    /** The page. */
    public static String render(Report report) {
        return new HtmlReport(report).page();
    }

    /** A part of the page: its anchor, heading and content. */
    private record Part(String id, String heading, String content) {}

    private String page() {
        List<Part> parts = new ArrayList<>();
        addPart(parts, "results", "Results", results());
        addPart(parts, "intervals", "Confidence", intervals());
        addPart(parts, "classes", "Classes", classes());
        addPart(parts, "factors", "Factors", sweeps());
        addPart(parts, "training", "Training", training());
        addPart(
                parts,
                "graph",
                "Bond graph",
                report.graph().isBlank() ? "" : "<pre>" + text(report.graph()) + "</pre>\n");
        addPart(parts, "notes", "Notes", notes());
        html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
                .append(text(report.title()))
                .append("</title>\n<style>\n")
                .append(styleSheet())
                .append("</style>\n</head>\n<body>\n<header>\n<h1>")
                .append(text(report.title()))
                .append("</h1>\n");
        if (!report.summary().isBlank()) {
            html.append("<p class=\"lead\">").append(text(report.summary())).append("</p>\n");
        }
        facts();
        if (parts.size() > 1) {
            html.append("<nav>");
            parts.forEach(part -> html.append("<a href=\"#" + part.id() + "\">")
                    .append(part.heading())
                    .append("</a>"));
            html.append("</nav>\n");
        }
        html.append("</header>\n<main>\n");
        for (Part part : parts) {
            html.append("<section id=\"" + part.id() + "\">\n<h2>")
                    .append(part.heading())
                    .append("</h2>\n")
                    .append(part.content())
                    .append("</section>\n");
        }
        html.append("</main>\n<footer>Made by FreeBind. Self-contained: keep this file, it needs no other.</footer>\n");
        return html.append("</body>\n</html>\n").toString();
    }

    private static void addPart(List<Part> parts, String id, String heading, String content) {
        if (!content.isEmpty()) {
            parts.add(new Part(id, heading, content));
        }
    }

    private static String text(String text) {
        return Markup.escape(text);
    }

    private static String styleSheet() {
        try (InputStream css = HtmlReport.class.getResourceAsStream("report.css")) {
            if (css == null) {
                throw new IllegalStateException("report.css is missing from the jar");
            }
            return new String(css.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void facts() {
        if (report.facts().isEmpty()) {
            return;
        }
        html.append("<dl class=\"facts\">\n");
        for (Fact fact : report.facts()) {
            html.append("<div><dt>")
                    .append(text(fact.label()))
                    .append("</dt><dd>")
                    .append(text(fact.value()))
                    .append("</dd></div>\n");
        }
        html.append("</dl>\n");
    }

    // ----------------------------------------------------------------------------------------------------- results

    private String results() {
        StringBuilder part = new StringBuilder();
        for (Section section : ResultTable.of(report.results()).sections()) {
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
                .append(text(section.dataset()))
                .append(" <span class=\"preset\">")
                .append(text(section.task()))
                .append(
                        "</span></h3>\n<div class=\"wide\"><table class=\"results\">\n<thead>\n<tr class=\"pairs\"><th></th>");
        Map<String, Integer> pairs = new LinkedHashMap<>();
        section.columns().forEach(column -> pairs.merge(column.pair(), 1, Integer::sum));
        pairs.forEach((pair, span) -> part.append("<th class=\"start\" scope=\"colgroup\" colspan=\"" + span + "\">")
                .append(text(pair))
                .append("</th>"));
        part.append("</tr>\n<tr><th scope=\"col\" style=\"text-align:left\">space</th>");
        String previous = "";
        for (Column column : section.columns()) {
            part.append("<th scope=\"col\"" + start(column, previous) + ">")
                    .append(text(column.metric().label()))
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
                    .append(label(line.subject()))
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

    private static String label(Subject subject) {
        return text(subject.space())
                + (subject.preset() == null ? "" : " <span class=\"preset\">" + text(subject.preset()) + "</span>");
    }

    private static void cell(
            StringBuilder part, @org.jspecify.annotations.Nullable Cell cell, Column column, String start) {
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

    private String intervals() {
        StringBuilder part = new StringBuilder();
        for (Section section : ResultTable.of(report.results()).sections()) {
            List<String> plots = new ArrayList<>();
            Set<String> pairs = new LinkedHashSet<>();
            for (Column column : section.columns()) {
                // The first metric of each pair: recall@1 in the usual case.
                if (pairs.add(column.pair())) {
                    plots.add(IntervalPlot.draw(section, column));
                }
            }
            part.append("<h3>").append(text(section.dataset())).append("</h3>\n<div class=\"plots\">\n");
            plots.forEach(part::append);
            part.append("</div>\n");
        }
        return part.isEmpty()
                ? ""
                : "<p class=\"hint\">Values with their 95% intervals. Intervals that overlap do not settle a comparison: spaces"
                        + " are measured on the same queries, and <code>freebind compare</code> tests the difference.</p>\n"
                        + part;
    }

    /** Per-class scores, folded away: there may be hundreds. */
    private String classes() {
        Map<String, Map<String, Map<Subject, ClassScore>>> byDataset = new LinkedHashMap<>();
        for (ClassScore score : report.results().classes()) {
            byDataset
                    .computeIfAbsent(score.dataset() + ", " + score.metric().label(), dataset -> new LinkedHashMap<>())
                    .computeIfAbsent(score.name(), name -> new LinkedHashMap<>())
                    .put(score.subject(), score);
        }
        StringBuilder part = new StringBuilder();
        byDataset.forEach((dataset, byClass) -> {
            Set<Subject> subjects = new LinkedHashSet<>();
            byClass.values().forEach(scores -> subjects.addAll(scores.keySet()));
            part.append("<details><summary>")
                    .append(text(dataset) + " of " + byClass.size() + " classes")
                    .append(
                            "</summary><div class=\"wide\"><table><thead><tr><th style=\"text-align:left\">class</th><th>items</th>");
            subjects.forEach(
                    subject -> part.append("<th>").append(label(subject)).append("</th>"));
            part.append("</tr></thead><tbody>\n");
            byClass.forEach((name, scores) -> {
                part.append("<tr><th scope=\"row\">")
                        .append(text(name))
                        .append("</th><td>")
                        .append(scores.values().iterator().next().items())
                        .append("</td>");
                for (Subject subject : subjects) {
                    ClassScore score = scores.get(subject);
                    part.append(
                            score == null || score.value() == null
                                    ? "<td class=\"none\">–</td>"
                                    : "<td>" + score.metric().format(score.value()) + "</td>");
                }
                part.append("</tr>\n");
            });
            part.append("</tbody></table></div></details>\n");
        });
        return part.toString();
    }

    // ------------------------------------------------------------------------------------------------------ sweeps

    /** What one map or line shows. */
    private record Curve(Subject subject, Measure measure) {}

    private String sweeps() {
        StringBuilder part = new StringBuilder();
        for (Sweep sweep : report.sweeps()) {
            List<Modality> axes = sweep.grid().axes().entrySet().stream()
                    .filter(axis -> axis.getValue().size() > 1)
                    .map(Map.Entry::getKey)
                    .toList();
            Map<Curve, Map<Map<Modality, Double>, Double>> curves = curves(sweep);
            StringBuilder plots = new StringBuilder();
            if (axes.size() == 1) {
                lines(plots, axes.get(0), curves);
            } else if (axes.size() > 1) {
                // A map of one colour says nothing.
                curves.values()
                        .removeIf(values -> values.values().stream().distinct().count() < 2);
                curves.forEach((curve, values) -> plots.append(map(sweep, axes.get(0), axes.get(1), curve, values)));
            }
            if (!plots.isEmpty()) {
                part.append("<h3>")
                        .append(text(sweep.grid().bond()))
                        .append(
                                "</h3>\n<p class=\"hint\">Without training again: how much the expert counts, from 0 (not at all)"
                                        + " to 1 (alone)")
                        .append(axes.size() > 2 ? "; the best over the other factors is shown" : "")
                        .append(axes.size() > 1 ? ". The best point is framed." : ".")
                        .append("</p>\n<div class=\"plots\">\n")
                        .append(plots)
                        .append("</div>\n");
            }
        }
        return part.toString();
    }

    /** The values of the first metric of every pair by point. */
    private static Map<Curve, Map<Map<Modality, Double>, Double>> curves(Sweep sweep) {
        Map<Curve, Map<Map<Modality, Double>, Double>> curves = new LinkedHashMap<>();
        Map<String, Metric> firstMetric = new LinkedHashMap<>();
        for (Point point : sweep.points()) {
            for (ResultRow row : point.rows()) {
                Measure measure = row.measure();
                boolean shown = !measure.task().equals("retrieval")
                        || measure.direction().equals(Measure.MEAN);
                if (shown
                        && firstMetric
                                .computeIfAbsent(measure.dataset() + " " + measure.pair(), pair -> measure.metric())
                                .equals(measure.metric())) {
                    curves.computeIfAbsent(new Curve(row.subject(), measure), curve -> new LinkedHashMap<>())
                            .put(point.factors(), row.value());
                }
            }
        }
        return curves;
    }

    private static void lines(
            StringBuilder plots, Modality axis, Map<Curve, Map<Map<Modality, Double>, Double>> curves) {
        Map<String, List<Series>> byPlot = new LinkedHashMap<>();
        curves.forEach((curve, values) -> {
            List<Double> xs = new ArrayList<>();
            List<Double> ys = new ArrayList<>();
            values.forEach((factors, value) -> {
                xs.add(factors.get(axis));
                ys.add(shown(curve, value));
            });
            byPlot.computeIfAbsent(
                            curve.measure().dataset() + "\n" + curve.subject().label() + ", " + unit(curve),
                            plot -> new ArrayList<>())
                    .add(new Series(curve.measure().pair(), xs, ys));
        });
        byPlot.forEach((plot, series) -> {
            int end = plot.indexOf('\n');
            plots.append(LinePlot.draw(plot.substring(0, end), plot.substring(end + 1), "factor of " + axis, series));
        });
    }

    private static String map(
            Sweep sweep,
            Modality horizontal,
            Modality vertical,
            Curve curve,
            Map<Map<Modality, Double>, Double> values) {
        List<Double> xs = sweep.grid().axes().getOrDefault(horizontal, List.of());
        List<Double> ys = sweep.grid().axes().getOrDefault(vertical, List.of());
        double[][] cells = new double[ys.size()][xs.size()];
        for (double[] row : cells) {
            Arrays.fill(row, Double.NaN);
        }
        boolean lower = curve.measure().metric().lowerIsBetter();
        values.forEach((factors, value) -> {
            int x = xs.indexOf(factors.get(horizontal));
            int y = ys.indexOf(factors.get(vertical));
            if (x >= 0 && y >= 0) {
                double now = cells[y][x];
                double next = shown(curve, value);
                cells[y][x] = Double.isNaN(now) ? next : lower ? Math.min(now, next) : Math.max(now, next);
            }
        });
        return HeatMap.draw(
                curve.measure().dataset() + ", " + curve.measure().pair(),
                curve.subject().label() + ", " + unit(curve),
                "factor of " + horizontal,
                xs,
                "factor of " + vertical,
                ys,
                cells);
    }

    private static double shown(Curve curve, double value) {
        return curve.measure().metric().isFraction() ? 100 * value : value;
    }

    private static String unit(Curve curve) {
        Metric metric = curve.measure().metric();
        return metric.label() + (metric.isFraction() ? ", %" : "");
    }

    // ---------------------------------------------------------------------------------------------------- training

    private String training() {
        Map<String, List<TrainingCurve>> bySource = new LinkedHashMap<>();
        for (TrainingCurve curve : report.curves()) {
            bySource.computeIfAbsent(curve.bond() + ": " + curve.source(), source -> new ArrayList<>())
                    .add(curve);
        }
        StringBuilder part = new StringBuilder();
        bySource.forEach((source, curves) -> {
            part.append(LinePlot.draw(source, "loss", "epoch", series(curves, TrainingCurve::loss, 1)));
            part.append(LinePlot.draw(
                    source, "held-out R@1, %", "epoch", series(curves, TrainingCurve::heldOutRecall, 100)));
        });
        return part.isEmpty()
                ? ""
                : "<p class=\"hint\">One line for each projector, named by the start modalities of its pseudo pairs (A audio, V"
                        + " image, T text). Held-out recall is measured on pseudo pairs kept from training, not on the"
                        + " evaluation's data.</p>\n<div class=\"plots\">\n" + part + "</div>\n";
    }

    private static List<Series> series(
            List<TrainingCurve> curves, Function<TrainingCurve, List<Double>> values, double unit) {
        return curves.stream()
                .map(curve -> {
                    List<Double> all = values.apply(curve);
                    return new Series(
                            curve.projector(),
                            IntStream.rangeClosed(1, all.size())
                                    .mapToObj(epoch -> (double) epoch)
                                    .toList(),
                            all.stream().map(value -> unit * value).toList());
                })
                .toList();
    }

    private String notes() {
        List<String> notes = new ArrayList<>(report.notes());
        notes.addAll(TextTable.notes(report.results()));
        if (notes.isEmpty()) {
            return "";
        }
        StringBuilder part = new StringBuilder("<ul class=\"notes\">\n");
        notes.forEach(note -> part.append("<li>").append(text(note)).append("</li>\n"));
        return part.append("</ul>\n").toString();
    }
}
