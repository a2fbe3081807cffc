package dev.freebind.evaluation.report;

import dev.freebind.api.Modality;
import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.report.LinePlot.Series;
import dev.freebind.evaluation.result.Measure;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.result.Subject;
import dev.freebind.evaluation.result.Sweep;
import dev.freebind.evaluation.result.Sweep.Point;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Factor grids, as lines over one factor or maps over two.
 *
 * @param sweeps the grids; may be none
 */
public record FactorsPanel(List<Sweep> sweeps) implements Panel {

    /** Copies. */
    public FactorsPanel {
        sweeps = List.copyOf(sweeps);
    }

    @Override
    public String id() {
        return "factors";
    }

    @Override
    public String heading() {
        return "Factors";
    }

    /** What one map or line shows. */
    private record Curve(Subject subject, Measure measure) {}

    @Override
    public String content() {
        StringBuilder part = new StringBuilder();
        for (Sweep sweep : sweeps) {
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
                        .append(Markup.escape(sweep.grid().bond()))
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
}
