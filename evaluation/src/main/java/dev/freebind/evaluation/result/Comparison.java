package dev.freebind.evaluation.result;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.evaluation.interval.Bootstrap;
import dev.freebind.evaluation.interval.PairedTest;
import dev.freebind.evaluation.interval.Statistic;
import dev.freebind.evaluation.metric.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Two results side by side, with a paired test wherever both kept what every query got.
 *
 * @param first how the first side is named
 * @param second how the second side is named
 * @param lines one for each measure that both sides have, in the first's order
 */
public record Comparison(String first, String second, List<Line> lines) {

    /** Copies. */
    public Comparison {
        lines = List.copyOf(lines);
    }

    /**
     * One measure.
     *
     * @param firstSubject what the first value belongs to
     * @param secondSubject what the second value belongs to
     * @param measure which number it is
     * @param firstValue the first side's value
     * @param secondValue the second side's value
     * @param test the paired test of first minus second; null where the queries cannot be paired
     * @param holmP the bootstrap p-value after Holm's correction for the number of tests in this comparison; 1 without a test
     * @param unpaired why there is no paired test; null where there is one
     */
    public record Line(
            Subject firstSubject,
            Subject secondSubject,
            Measure measure,
            double firstValue,
            double secondValue,
            @Nullable PairedTest test,
            double holmP,
            @Nullable String unpaired) {}

    /**
     * Compares.
     *
     * <p>With two chosen subjects these are compared with each other. Otherwise every subject that both sides have is compared
     * with itself; and if each side has one subject only, those two are compared whatever their names.
     *
     * @param bootstrap resamples the queries
     * @throws InvalidRequestException if nothing can be compared, naming what there is
     */
    public static Comparison of(Selection first, Selection second, Bootstrap bootstrap) {
        List<Line> lines = new ArrayList<>();
        for (Map.Entry<Subject, Subject> pair : subjects(first, second).entrySet()) {
            lines.addAll(lines(first.results(), pair.getKey(), second.results(), pair.getValue(), bootstrap));
        }
        if (lines.isEmpty()) {
            throw new InvalidRequestException("nothing to compare: no row of " + first.label()
                    + " has the same dataset, pair," + " direction and metric as one of " + second.label());
        }
        return new Comparison(first.label(), second.label(), corrected(lines));
    }

    private static Map<Subject, Subject> subjects(Selection first, Selection second) {
        Set<Subject> ofFirst = first.subject() == null ? first.results().subjects() : Set.of(first.subject());
        Set<Subject> ofSecond = second.subject() == null ? second.results().subjects() : Set.of(second.subject());
        Map<Subject, Subject> pairs = new LinkedHashMap<>();
        if (ofFirst.size() == 1 && ofSecond.size() == 1) {
            pairs.put(ofFirst.iterator().next(), ofSecond.iterator().next());
            return pairs;
        }
        Set<Subject> common = new LinkedHashSet<>(ofFirst);
        common.retainAll(ofSecond);
        common.forEach(subject -> pairs.put(subject, subject));
        if (pairs.isEmpty()) {
            throw new InvalidRequestException("the two have no space in common: " + first.label() + " has "
                    + Selection.names(first.results()) + "; " + second.label() + " has "
                    + Selection.names(second.results()) + ". Choose with FILE#SPACE or FILE#SPACE@PRESET");
        }
        return pairs;
    }

    private static List<Line> lines(
            Results first, Subject firstSubject, Results second, Subject secondSubject, Bootstrap bootstrap) {
        Map<Measure, ResultRow> others = new LinkedHashMap<>();
        second.rows().stream()
                .filter(row -> row.subject().equals(secondSubject))
                .forEach(row -> others.put(row.measure(), row));
        List<Line> lines = new ArrayList<>();
        for (ResultRow row : first.rows()) {
            ResultRow other = others.get(row.measure());
            if (row.subject().equals(firstSubject) && other != null) {
                Pairing pairing = Pairing.of(
                        queries(first, firstSubject, row.measure()),
                        queries(second, secondSubject, row.measure()),
                        row.measure());
                PairedTest test = pairing.problem() == null
                        ? PairedTest.of(
                                statistic(row.measure().metric()),
                                pairing.first(),
                                pairing.second(),
                                pairing.aligned(),
                                bootstrap)
                        : null;
                lines.add(new Line(
                        firstSubject,
                        secondSubject,
                        row.measure(),
                        row.value(),
                        other.value(),
                        test,
                        1,
                        pairing.problem()));
            }
        }
        return lines;
    }

    /** The statistic that makes the metric's value from the values of the queries. */
    static Statistic statistic(Metric metric) {
        return metric.equals(Metric.MEDIAN_RANK) ? Statistic.MEDIAN : Statistic.MEAN;
    }

    private static List<QueryOutcomes> queries(Results results, Subject subject, Measure measure) {
        return results.queries().stream()
                .filter(queries -> queries.subject().equals(subject)
                        && queries.dataset().equals(measure.dataset())
                        && queries.pair().equals(measure.pair())
                        && (measure.direction().equals(Measure.MEAN)
                                || queries.direction().equals(measure.direction())))
                .sorted(Comparator.comparing(QueryOutcomes::direction))
                .toList();
    }

    /** The values of both sides, or why they cannot be put side by side. */
    private record Pairing(
            double[][] first,
            double[][] second,
            boolean aligned,
            @Nullable String problem) {

        static Pairing of(List<QueryOutcomes> first, List<QueryOutcomes> second, Measure measure) {
            int sets = measure.direction().equals(Measure.MEAN) ? 2 : 1;
            if (first.size() != sets || second.size() != sets) {
                return impossible("a file keeps no outcomes by query");
            }
            double[][] a = new double[sets][];
            double[][] b = new double[sets][];
            boolean aligned = true;
            for (int set = 0; set < sets; set++) {
                QueryOutcomes left = first.get(set);
                QueryOutcomes right = second.get(set);
                aligned &= left.rowAligned() && right.rowAligned();
                if (left.gallery() != right.gallery()
                        || !Arrays.equals(
                                left.outcome().scored(), right.outcome().scored())) {
                    return impossible("the queries or galleries are not the same");
                }
                double[] ofLeft = left.outcome().values(measure.metric());
                double[] ofRight = right.outcome().values(measure.metric());
                if (ofLeft == null || ofRight == null) {
                    return impossible("not a statistic over queries");
                }
                a[set] = ofLeft;
                b[set] = ofRight;
            }
            return new Pairing(a, b, aligned, null);
        }

        private static Pairing impossible(String problem) {
            return new Pairing(new double[0][], new double[0][], false, problem);
        }
    }

    /** Holm's step-down correction: the smallest p is multiplied by the number of tests, the next by one less, and so on. */
    private static List<Line> corrected(List<Line> lines) {
        List<Line> corrected = new ArrayList<>(lines);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).test() != null) {
                order.add(i);
            }
        }
        order.sort(Comparator.comparingDouble(i -> p(lines.get(i))));
        double previous = 0;
        for (int rank = 0; rank < order.size(); rank++) {
            Line line = lines.get(order.get(rank));
            previous = Math.min(1, Math.max(previous, p(line) * (order.size() - rank)));
            corrected.set(
                    order.get(rank),
                    new Line(
                            line.firstSubject(),
                            line.secondSubject(),
                            line.measure(),
                            line.firstValue(),
                            line.secondValue(),
                            line.test(),
                            previous,
                            null));
        }
        return corrected;
    }

    private static double p(Line line) {
        return line.test() == null ? 1 : line.test().bootstrapP();
    }

    /** The comparison as plain text for a terminal; every line ends with LF. */
    public String render() {
        StringBuilder text = new StringBuilder("A = " + first + "\nB = " + second + "\n");
        int width = lines.stream()
                .mapToInt(line -> line.measure().toString().length())
                .max()
                .orElse(0);
        Set<String> unpaired = new LinkedHashSet<>();
        String heading = "";
        for (Line line : lines) {
            String subjects = line.firstSubject().equals(line.secondSubject())
                    ? line.firstSubject().label()
                    : "A: " + line.firstSubject().label() + "   B: "
                            + line.secondSubject().label();
            if (!subjects.equals(heading)) {
                heading = subjects;
                text.append('\n').append(subjects).append('\n');
                text.append(row(width, "", "A", "B", "A - B", "95% interval", "p", "p (Holm)", "p (sign)", "A>B/B>A"));
            }
            text.append(format(line, width));
            if (line.unpaired() != null) {
                unpaired.add(line.unpaired());
            }
        }
        text.append("\np: paired bootstrap over queries, two-sided; Holm: corrected for ")
                .append(lines.stream().filter(line -> line.test() != null).count())
                .append(
                        " tests; sign: exact sign test (McNemar's for hits); A>B/B>A: queries on which A or B is higher\n");
        for (String reason : unpaired) {
            text.append("no paired test where shown without p: ").append(reason).append('\n');
        }
        return text.toString();
    }

    private static String format(Line line, int width) {
        Metric metric = line.measure().metric();
        String a = metric.format(line.firstValue());
        String b = metric.format(line.secondValue());
        PairedTest test = line.test();
        if (test == null) {
            return row(
                    width,
                    line.measure().toString(),
                    a,
                    b,
                    signed(metric, line.firstValue() - line.secondValue()),
                    "",
                    "",
                    "",
                    "",
                    "");
        }
        return row(
                width,
                line.measure().toString(),
                a,
                b,
                signed(metric, test.difference()),
                "[" + signed(metric, test.ci95().low()) + ", "
                        + signed(metric, test.ci95().high()) + "]",
                p(test.bootstrapP()),
                p(line.holmP()),
                p(test.signP()),
                test.firstHigher() + "/" + test.secondHigher());
    }

    private static String row(int width, String measure, String... cells) {
        int[] widths = {8, 8, 8, 18, 8, 9, 9, 11};
        StringBuilder text = new StringBuilder(measure).append(" ".repeat(width - measure.length()));
        for (int i = 0; i < cells.length; i++) {
            text.append(" ".repeat(Math.max(1, widths[i] - cells[i].length()))).append(cells[i]);
        }
        return text.toString().stripTrailing() + "\n";
    }

    private static String signed(Metric metric, double value) {
        return (value >= 0 ? "+" : "") + metric.format(value);
    }

    private static String p(double value) {
        return value < 0.0001 ? "<0.0001" : String.format(Locale.ROOT, "%.4f", value);
    }
}
