package dev.freebind.evaluation.report;

import dev.freebind.api.Modality;
import dev.freebind.evaluation.report.LinePlot.Series;
import dev.freebind.evaluation.report.ScatterPlot.Group;
import dev.freebind.evaluation.report.ScatterPlot.Mark;
import dev.freebind.evaluation.task.RetrievalPair;
import dev.freebind.evaluation.tuning.FactorAxis;
import dev.freebind.evaluation.tuning.ParetoFront;
import dev.freebind.evaluation.tuning.Tuning;
import dev.freebind.evaluation.tuning.Tuning.Point;
import dev.freebind.evaluation.tuning.TuningText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * A tuning of factors: the verdict, the points that matter with intervals, the Pareto front, and a map for each bond.
 *
 * @param tuning what was found
 */
public record TuningPanel(Tuning tuning) implements Panel {

    @Override
    public String id() {
        return "tuning";
    }

    @Override
    public String heading() {
        return "Tuning of factors";
    }

    @Override
    public String content() {
        StringBuilder part = new StringBuilder("<p class=\"verdict\">")
                .append(Markup.escape(tuning.verdict()))
                .append("</p>\n<pre>")
                .append(Markup.escape(TuningText.table(tuning)))
                .append(
                        "</pre>\n<p class=\"hint\">Plots show the queries that decide. A factor says how much the expert counts,"
                                + " from 0 (not at all) to 1 (alone); maps show the first grid, and nothing where a floor is not"
                                + " kept.</p>\n<div class=\"plots\">\n");
        fronts(part);
        maps(part);
        return part.append("</div>\n").toString();
    }

    private String metric() {
        return tuning.goal().metric().label() + ", %";
    }

    // ------------------------------------------------------------------------------------------------------- front

    /** The pair that counts most against the next two; of pairs that count the same those that vary most come first. */
    private void fronts(StringBuilder part) {
        List<Integer> order = IntStream.range(0, tuning.pairs().size())
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(
                                i -> -tuning.goal().share(tuning.pairs().get(i)))
                        .thenComparingDouble(i -> -spread(i)))
                .toList();
        for (int other = 1; other < Math.min(3, order.size()); other++) {
            part.append(front(order.get(0), order.get(other)));
        }
    }

    private double spread(int pair) {
        return tuning.points().stream()
                        .mapToDouble(point -> point.values().get(pair))
                        .max()
                        .orElse(0)
                - tuning.points().stream()
                        .mapToDouble(point -> point.values().get(pair))
                        .min()
                        .orElse(0);
    }

    private String front(int horizontal, int vertical) {
        List<double[]> front = tuning.front().stream()
                .map(i -> at(tuning.points().get(i), horizontal, vertical))
                .toList();
        List<Mark> marks = new ArrayList<>();
        marks.add(mark("configured", "var(--s1)", Tuning.CONFIGURED, horizontal, vertical));
        Integer chosen = tuning.chosen();
        if (chosen != null && chosen != Tuning.CONFIGURED) {
            marks.add(mark("chosen", "var(--s2)", chosen, horizontal, vertical));
        }
        double left = edge(front, marks.stream().map(Mark::x).toList(), 0);
        double bottom = edge(front, marks.stream().map(Mark::y).toList(), 1);
        List<double[]> all = new ArrayList<>();
        List<double[]> kept = new ArrayList<>();
        List<double[]> missed = new ArrayList<>();
        for (Point point : tuning.points()) {
            double[] at = at(point, horizontal, vertical);
            if (at[0] >= left && at[1] >= bottom) {
                all.add(at);
                (point.keepsFloors() ? kept : missed).add(at);
            }
        }
        int outside = tuning.points().size() - all.size();
        return ScatterPlot.draw(
                "Pareto front",
                metric() + (outside > 0 ? "; " + outside + " worse points lie outside" : ""),
                tuning.pairs().get(horizontal).toString(),
                tuning.pairs().get(vertical).toString(),
                List.of(
                        new Group(missed.isEmpty() ? "" : "below a floor", "var(--muted)", 2.2, false, missed),
                        new Group("tried", "var(--muted)", 2.2, true, kept),
                        new Group("no other point is better in every pair", "var(--s0)", 3.4, true, front)),
                ParetoFront.of(all).stream().map(all::get).toList(),
                marks);
    }

    /** Where the picture ends: far enough below what matters to show the neighbourhood, not all that was tried. */
    private static double edge(List<double[]> front, List<Double> marks, int coordinate) {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (double value : marks) {
            least = Math.min(least, value);
            most = Math.max(most, value);
        }
        for (double[] point : front) {
            least = Math.min(least, point[coordinate]);
            most = Math.max(most, point[coordinate]);
        }
        return least - Math.max(2, 0.5 * (most - least));
    }

    private Mark mark(String name, String colour, int point, int horizontal, int vertical) {
        double[] at = at(tuning.points().get(point), horizontal, vertical);
        return new Mark(name, colour, at[0], at[1]);
    }

    private static double[] at(Point point, int horizontal, int vertical) {
        return new double[] {
            100 * point.values().get(horizontal), 100 * point.values().get(vertical)
        };
    }

    // -------------------------------------------------------------------------------------------------------- maps

    private void maps(StringBuilder part) {
        Map<String, List<FactorAxis>> byBond = new TreeMap<>();
        tuning.axes()
                .forEach(axis -> byBond.computeIfAbsent(axis.bond(), bond -> new ArrayList<>())
                        .add(axis));
        String besides = tuning.axes().size() > 2 ? ", best over the other factors" : "";
        byBond.forEach((bond, axes) -> {
            for (int first = 0; first < axes.size(); first++) {
                for (int second = first + 1; second < axes.size(); second++) {
                    part.append(map(
                            bond + ", the goal",
                            metric() + besides,
                            axes.get(first),
                            axes.get(second),
                            Point::objective));
                    if (axes.size() == 2 && byBond.size() == 1) {
                        for (int pair = 0; pair < tuning.pairs().size(); pair++) {
                            part.append(map(tuning.pairs().get(pair), pair, axes.get(first), axes.get(second)));
                        }
                    }
                }
            }
            if (axes.size() == 1) {
                part.append(curve(bond, axes.get(0), besides));
            }
        });
    }

    private String map(RetrievalPair pair, int number, FactorAxis horizontal, FactorAxis vertical) {
        return map(
                pair.toString(),
                metric(),
                horizontal,
                vertical,
                point -> point.values().get(number));
    }

    /** Only points of the first grid: finer ones lie in a few cells. */
    private String map(
            String title, String subtitle, FactorAxis horizontal, FactorAxis vertical, ToDoubleFunction<Point> value) {
        List<Double> grid = tuning.firstGrid();
        double[][] cells = new double[grid.size()][grid.size()];
        for (double[] row : cells) {
            Arrays.fill(row, Double.NaN);
        }
        for (Point point : tuning.points()) {
            int x = grid.indexOf(factor(point, horizontal));
            int y = grid.indexOf(factor(point, vertical));
            if (x >= 0 && y >= 0 && point.keepsFloors()) {
                double next = 100 * value.applyAsDouble(point);
                cells[y][x] = Double.isNaN(cells[y][x]) ? next : Math.max(cells[y][x], next);
            }
        }
        boolean varies = Arrays.stream(cells)
                        .flatMapToDouble(Arrays::stream)
                        .filter(Double::isFinite)
                        .distinct()
                        .count()
                > 1;
        return varies
                ? HeatMap.draw(
                        title,
                        subtitle,
                        "factor of " + horizontal.modality(),
                        grid,
                        "factor of " + vertical.modality(),
                        grid,
                        cells)
                : "";
    }

    private String curve(String bond, FactorAxis axis, String besides) {
        TreeMap<Double, Double> best = new TreeMap<>();
        tuning.points().forEach(point -> best.merge(factor(point, axis), 100 * point.objective(), Math::max));
        return LinePlot.draw(
                bond + ", the goal",
                metric() + besides,
                "factor of " + axis.modality(),
                List.of(new Series("goal", List.copyOf(best.keySet()), List.copyOf(best.values()))));
    }

    private static double factor(Point point, FactorAxis axis) {
        Map<Modality, Double> ofBond = point.factors().byBond().getOrDefault(axis.bond(), Map.of());
        return ofBond.getOrDefault(axis.modality(), Double.NaN);
    }
}
