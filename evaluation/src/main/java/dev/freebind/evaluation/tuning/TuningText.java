package dev.freebind.evaluation.tuning;

import dev.freebind.api.Modality;
import dev.freebind.evaluation.tuning.Tuning.Bound;
import dev.freebind.evaluation.tuning.Tuning.Detail;
import dev.freebind.evaluation.tuning.Tuning.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A tuning as plain text for a terminal. */
public final class TuningText {

    private TuningText() {}

    /** A table of the points with intervals, the floors, and the verdict; every line ends with LF. */
    public static String render(Tuning tuning) {
        return table(tuning) + "\n" + tuning.verdict() + "\n";
    }

    /** The same without the verdict. */
    public static String table(Tuning tuning) {
        List<List<String>> lines = new ArrayList<>();
        List<String> heading = new ArrayList<>(List.of(""));
        tuning.axes().forEach(axis -> heading.add(axis.toString()));
        heading.add("goal");
        heading.add("95% interval");
        boolean severalTasks =
                tuning.pairs().stream().map(pair -> pair.dataset()).distinct().count() > 1;
        tuning.pairs().forEach(pair -> heading.add(severalTasks ? pair.toString() : pair.pair()));
        lines.add(heading);
        for (Detail detail : tuning.details()) {
            Point point = tuning.points().get(detail.point());
            List<String> line = new ArrayList<>(List.of(name(tuning, detail.point())));
            for (FactorAxis axis : tuning.axes()) {
                Map<Modality, Double> ofBond = point.factors().byBond().getOrDefault(axis.bond(), Map.of());
                line.add(factor(ofBond.getOrDefault(axis.modality(), Double.NaN)));
            }
            line.add(percent(detail.objective()));
            line.add("[" + percent(detail.interval().low()) + ", "
                    + percent(detail.interval().high()) + "]");
            detail.values().forEach(value -> line.add(percent(value)));
            lines.add(line);
        }
        StringBuilder text = new StringBuilder();
        text.append(tuning.goal().metric().label())
                .append(" in percent, mean of both directions, ")
                .append(
                        tuning.heldOut()
                                ? "on the half of the queries that had no part in the choice"
                                : "on the queries the factors were chosen by")
                .append("; ")
                .append(String.format(Locale.ROOT, "%,d", tuning.points().size()))
                .append(" points tried\n\n");
        table(text, lines);
        if (!tuning.floors().isEmpty()) {
            text.append('\n');
            tuning.floors().forEach(bound -> text.append(floor(tuning, bound)).append('\n'));
        }
        return text.toString();
    }

    /** What a floor came to. */
    static String floor(Tuning tuning, Bound bound) {
        String text = "keep " + bound.floor() + ": at least " + percent(bound.bound()) + " where it was chosen";
        Integer chosen = tuning.chosen();
        if (chosen == null) {
            double nearest = tuning.points().stream()
                    .mapToDouble(point -> point.values()
                            .get(tuning.pairs().indexOf(bound.floor().pair())))
                    .max()
                    .orElse(0);
            return text + "; the highest that was reached is " + percent(nearest);
        }
        if (tuning.heldOut()) {
            double value = tuning.details().stream()
                    .filter(detail -> detail.point() == chosen)
                    .mapToDouble(detail -> detail.values()
                            .get(tuning.pairs().indexOf(bound.floor().pair())))
                    .findFirst()
                    .orElse(0);
            text += "; on the other half " + percent(value) + " against " + percent(bound.reportBound())
                    + (value < bound.reportBound() ? ", NOT kept there" : ", kept there");
        }
        return text;
    }

    /** What a point is: configured, chosen, both, or one of the front. */
    static String name(Tuning tuning, int point) {
        boolean chosen = tuning.chosen() != null && tuning.chosen() == point;
        if (point == Tuning.CONFIGURED) {
            return chosen ? "configured, chosen" : "configured";
        }
        return chosen ? "chosen" : tuning.front().contains(point) ? "front" : "nearest to the floors";
    }

    private static void table(StringBuilder text, List<List<String>> lines) {
        int columns = lines.get(0).size();
        int[] widths = new int[columns];
        for (List<String> line : lines) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        for (List<String> line : lines) {
            StringBuilder row = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                String padding = " ".repeat(widths[i] - line.get(i).length());
                row.append(i == 0 ? line.get(i) + padding : "  " + padding + line.get(i));
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
    }

    /** A factor with as many decimals as it has, three at most. */
    static String factor(double value) {
        String text = String.format(Locale.ROOT, "%.3f", value);
        return text.replaceAll("0{1,2}$", "");
    }

    private static String percent(double value) {
        return String.format(Locale.ROOT, "%.2f", 100 * value);
    }
}
