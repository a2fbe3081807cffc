package dev.freebind.evaluation.result;

import dev.freebind.evaluation.result.ResultTable.Cell;
import dev.freebind.evaluation.result.ResultTable.Column;
import dev.freebind.evaluation.result.ResultTable.Line;
import dev.freebind.evaluation.result.ResultTable.Section;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The result table as plain text for a terminal, with footnotes; every line ends with LF. */
public final class TextTable {

    /** Room for {@code 100.00*} and a gap. */
    private static final int CELL = 9;

    private static final int GAP = 2;

    private TextTable() {}

    /**
     * Draws the table.
     *
     * @param results what to show
     * @param width columns of the terminal; a data set with more pairs than fit is drawn as several tables
     */
    public static String render(Results results, int width) {
        StringBuilder text = new StringBuilder();
        boolean best = false;
        boolean gaps = false;
        for (Section section : ResultTable.of(results).sections()) {
            int label = section.lines().stream()
                    .mapToInt(line -> line.subject().label().length())
                    .max()
                    .orElse(0);
            for (List<Column> columns : chunks(section.columns(), width - label)) {
                text.append(text.isEmpty() ? "" : "\n").append(title(section)).append('\n');
                table(text, section, columns, Math.max(label, "space".length()));
            }
            for (Line line : section.lines()) {
                best |= line.cells().values().stream().anyMatch(Cell::best);
                gaps |= line.cells().size() < section.columns().size();
            }
        }
        footnotes(text, results, best, gaps, width);
        return text.toString();
    }

    private static String title(Section section) {
        String title = section.dataset() + ": " + section.task();
        if (!section.task().equals("retrieval") || section.columns().stream().allMatch(Column::isDirection)) {
            return title;
        }
        return title + ", mean of both directions"
                + (section.columns().stream().anyMatch(Column::isDirection) ? " where none is named" : "");
    }

    /** Whole pairs side by side as far as the room goes, at least one. */
    private static List<List<Column>> chunks(List<Column> columns, int room) {
        Map<String, List<Column>> byPair = new LinkedHashMap<>();
        columns.forEach(column ->
                byPair.computeIfAbsent(column.pair(), pair -> new ArrayList<>()).add(column));
        List<List<Column>> chunks = new ArrayList<>();
        List<Column> current = new ArrayList<>();
        int used = 0;
        for (List<Column> pair : byPair.values()) {
            int needed = GAP + pair.size() * CELL;
            if (!current.isEmpty() && used + needed > room) {
                chunks.add(current);
                current = new ArrayList<>();
                used = 0;
            }
            current.addAll(pair);
            used += needed;
        }
        chunks.add(current);
        return chunks;
    }

    private static void table(StringBuilder text, Section section, List<Column> columns, int label) {
        StringBuilder pairs = new StringBuilder(" ".repeat(label));
        StringBuilder metrics = new StringBuilder(left("space", label));
        String pair = "";
        for (Column column : columns) {
            if (!column.pair().equals(pair)) {
                pair = column.pair();
                int end = metrics.length();
                pairs.append(" ".repeat(Math.max(0, end - pairs.length())))
                        .append(" ".repeat(GAP + 1))
                        .append(pair);
                metrics.append(" ".repeat(GAP));
            }
            metrics.append(right(column.metric().label(), CELL - 1)).append(' ');
        }
        text.append(pairs).append('\n');
        text.append(metrics.toString().stripTrailing()).append('\n');
        text.append("─".repeat(metrics.length() - 1)).append('\n');
        for (Line line : section.lines()) {
            if (columns.stream().anyMatch(line.cells()::containsKey)) {
                text.append(line(line, columns, label)).append('\n');
            }
        }
    }

    private static String line(Line line, List<Column> columns, int label) {
        StringBuilder text = new StringBuilder(left(line.subject().label(), label));
        String pair = "";
        for (Column column : columns) {
            if (!column.pair().equals(pair)) {
                pair = column.pair();
                text.append(" ".repeat(GAP));
            }
            Cell cell = line.cells().get(column);
            text.append(right(cell == null ? "–" : column.metric().format(cell.value()), CELL - 1))
                    .append(cell != null && cell.best() ? '*' : ' ');
        }
        return text.toString().stripTrailing();
    }

    private static void footnotes(StringBuilder text, Results results, boolean best, boolean gaps, int width) {
        List<String> marks = new ArrayList<>();
        if (best) {
            marks.add("* best of its column");
        }
        if (gaps) {
            marks.add("– did not take part");
        }
        boolean fractions =
                results.rows().stream().anyMatch(row -> row.measure().metric().isFraction());
        if (fractions) {
            marks.add("all in percent but MedR, the median rank");
        }
        if (!marks.isEmpty()) {
            text.append('\n').append(wrapped(String.join(" · ", marks), width));
        }
        for (String note : notes(results)) {
            text.append(wrapped(note, width));
        }
    }

    /** What readers of any rendering must know: skipped queries, spaces left out, classes without items. */
    public static List<String> notes(Results results) {
        Set<String> notes = new LinkedHashSet<>();
        for (ResultRow row : results.rows()) {
            if (row.counts() != null && row.counts().skipped() > 0) {
                String what = row.measure().task().equals("tagging")
                        ? "classes without a positive item"
                        : "queries without a relevant item";
                notes.add(row.measure().dataset() + " " + row.measure().direction() + ": "
                        + row.counts().skipped() + " " + what + " left out");
            }
        }
        Map<String, List<String>> leftOut = new LinkedHashMap<>();
        for (LeftOut entry : results.leftOut()) {
            leftOut.computeIfAbsent(entry.dataset() + " " + entry.pair(), pair -> new ArrayList<>())
                    .add(entry.space() + " (lacks " + String.join(", ", entry.missing()) + ")");
        }
        Map<String, Set<String>> empty = new LinkedHashMap<>();
        for (ClassScore score : results.classes()) {
            if (score.value() == null) {
                empty.computeIfAbsent(score.dataset(), dataset -> new LinkedHashSet<>())
                        .add(score.name());
            }
        }
        empty.forEach((dataset, names) -> notes.add(dataset + ": classes without items: " + String.join(", ", names)));
        leftOut.forEach((pair, spaces) -> notes.add(pair + ": not measured: " + String.join(", ", spaces)));
        return List.copyOf(notes);
    }

    private static String wrapped(String note, int width) {
        StringBuilder text = new StringBuilder();
        StringBuilder line = new StringBuilder();
        for (String word : note.split(" ", -1)) {
            if (line.length() + 1 + word.length() > width && !line.toString().isBlank()) {
                text.append(line).append('\n');
                line = new StringBuilder("   ");
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        return text.append(line).append('\n').toString();
    }

    private static String left(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    private static String right(String text, int width) {
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }
}
