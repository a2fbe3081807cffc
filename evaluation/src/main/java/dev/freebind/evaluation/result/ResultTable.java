package dev.freebind.evaluation.result;

import dev.freebind.evaluation.interval.Interval;
import dev.freebind.evaluation.metric.Metric;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Results arranged like the paper's table 4: a line for each subject, columns by pair and metric, a section for each data set.
 * Retrieval shows the mean of both directions, or each direction where one leaves out more queries than it keeps: a mean over
 * so different sets of queries would mislead.
 *
 * @param sections in the order of the tasks
 */
public record ResultTable(List<Section> sections) {

    /** Copies. */
    public ResultTable {
        sections = List.copyOf(sections);
    }

    /**
     * One data set.
     *
     * @param dataset the task's name
     * @param task the kind of task
     * @param columns what is shown
     * @param lines the subjects that took part in at least one column
     */
    public record Section(String dataset, String task, List<Column> columns, List<Line> lines) {
        /** Copies. */
        public Section {
            columns = List.copyOf(columns);
            lines = List.copyOf(lines);
        }
    }

    /**
     * One column.
     *
     * @param pair the two modalities, {@code audio-image}, or one direction, {@code audio->image}
     * @param metric the number
     */
    public record Column(String pair, Metric metric) {
        /** Says whether this is one direction of retrieval. */
        public boolean isDirection() {
            return pair.contains("->");
        }

        private static Column of(ResultRow row, boolean byDirection) {
            return new Column(
                    byDirection ? row.measure().direction() : row.measure().pair(),
                    row.measure().metric());
        }
    }

    /**
     * One subject.
     *
     * @param subject what was measured
     * @param product whether it is put together by bonds, not a leaf space
     * @param cells by column; a column in which it did not take part is missing
     */
    public record Line(Subject subject, boolean product, Map<Column, Cell> cells) {
        /** Copies. */
        public Line {
            cells = Map.copyOf(cells);
        }
    }

    /**
     * One number.
     *
     * @param value the value
     * @param ci95 its interval, if any
     * @param best whether no other subject has a better value in this column, as it is shown
     */
    public record Cell(double value, @Nullable Interval ci95, boolean best) {}

    /** Arranges the results. */
    public static ResultTable of(Results results) {
        Set<String> uneven = uneven(results);
        Map<String, Map<ResultRow, Column>> byDataset = new LinkedHashMap<>();
        for (ResultRow row : results.rows()) {
            boolean byDirection = uneven.contains(datasetAndPair(row));
            boolean mean = row.measure().direction().equals(Measure.MEAN);
            if (!isRetrieval(row) || mean != byDirection) {
                byDataset
                        .computeIfAbsent(row.measure().dataset(), dataset -> new LinkedHashMap<>())
                        .put(row, Column.of(row, byDirection));
            }
        }
        List<Section> sections = new ArrayList<>();
        byDataset.forEach((dataset, rows) -> sections.add(section(dataset, rows, results.subjects())));
        return new ResultTable(sections);
    }

    /** The pairs of which one direction leaves out more queries than it keeps. */
    private static Set<String> uneven(Results results) {
        Set<String> uneven = new HashSet<>();
        for (ResultRow row : results.rows()) {
            ResultRow.Counts counts = row.counts();
            if (isRetrieval(row) && counts != null && counts.skipped() > counts.queries()) {
                uneven.add(datasetAndPair(row));
            }
        }
        return uneven;
    }

    private static boolean isRetrieval(ResultRow row) {
        return row.measure().task().equals("retrieval");
    }

    private static String datasetAndPair(ResultRow row) {
        return row.measure().dataset() + "\n" + row.measure().pair();
    }

    private static Section section(String dataset, Map<ResultRow, Column> columnOf, Set<Subject> subjects) {
        List<ResultRow> rows = List.copyOf(columnOf.keySet());
        Set<String> pairs = new LinkedHashSet<>();
        columnOf.values().forEach(column -> pairs.add(column.pair()));
        Map<Column, Map<Subject, ResultRow>> columns = new LinkedHashMap<>();
        for (String pair : pairs) {
            columnOf.forEach((row, column) -> {
                if (column.pair().equals(pair)) {
                    columns.computeIfAbsent(column, key -> new LinkedHashMap<>())
                            .put(row.subject(), row);
                }
            });
        }
        List<Line> lines = new ArrayList<>();
        for (Subject subject : subjects) {
            Map<Column, Cell> cells = new LinkedHashMap<>();
            columns.forEach((column, bySubject) -> {
                ResultRow row = bySubject.get(subject);
                if (row != null) {
                    cells.put(column, new Cell(row.value(), row.ci95(), isBest(row.value(), column, bySubject)));
                }
            });
            if (!cells.isEmpty()) {
                boolean product = rows.stream()
                        .anyMatch(row -> row.subject().equals(subject)
                                && !row.conditions().factors().isEmpty());
                lines.add(new Line(subject, product, cells));
            }
        }
        return new Section(dataset, rows.get(0).measure().task(), List.copyOf(columns.keySet()), lines);
    }

    /** Compared as shown: a difference that nobody sees does not make one of two equal-looking numbers the best. */
    private static boolean isBest(double value, Column column, Map<Subject, ResultRow> all) {
        Metric metric = column.metric();
        double shown = Double.parseDouble(metric.format(value));
        return all.size() > 1
                && all.values().stream()
                        .mapToDouble(row -> Double.parseDouble(metric.format(row.value())))
                        .allMatch(other -> metric.lowerIsBetter() ? shown <= other : shown >= other);
    }
}
