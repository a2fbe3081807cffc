package dev.freebind.evaluation.leak;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.freebind.evaluation.leak.Leak.Example;
import dev.freebind.formats.AtomicFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * All comparisons of a configuration's evaluation items with its corpora.
 *
 * @param threshold cosine from which on items are near duplicates
 * @param leaks one for each comparison, also where nothing was found
 * @param unchecked what could not be compared, and why
 */
public record LeakReport(double threshold, List<Leak> leaks, List<String> unchecked) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Copies. */
    public LeakReport {
        leaks = List.copyOf(leaks);
        unchecked = List.copyOf(unchecked);
    }

    /** Says whether any evaluation item has a duplicate. */
    public boolean found() {
        return leaks.stream().anyMatch(leak -> leak.exact() + leak.near() > 0);
    }

    /** The cells of the table, the heading first. */
    public List<List<String>> table() {
        List<List<String>> lines = new ArrayList<>();
        lines.add(List.of(
                "task", "modality", "corpus", "compared in", "items", "corpus rows", "exact", "near", "highest cos"));
        for (Leak leak : leaks) {
            lines.add(List.of(
                    leak.task(),
                    leak.modality().name(),
                    leak.corpus(),
                    leak.compared(),
                    count(leak.items()),
                    count(leak.rows()),
                    count(leak.exact()),
                    leak.compared().equals(Leak.CONTENT) ? "–" : count(leak.near()),
                    Double.isNaN(leak.highest()) ? "–" : String.format(Locale.ROOT, "%.4f", leak.highest())));
        }
        return lines;
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** The duplicates of one comparison, for people; empty if there are none. */
    public static String examples(Leak leak) {
        return leak.examples().stream()
                .map(example -> leak.task() + " " + leak.modality() + " " + example.item() + " = " + leak.corpus() + " "
                        + example.row()
                        + (leak.compared().equals(Leak.CONTENT)
                                ? " (the same content)"
                                : String.format(Locale.ROOT, " (cos %.4f)", example.cosine())))
                .collect(Collectors.joining("; "));
    }

    /** What follows from it, in a sentence. */
    public String verdict() {
        long exact = leaks.stream().mapToLong(Leak::exact).sum();
        long near = leaks.stream().mapToLong(Leak::near).sum();
        return leaks.isEmpty()
                ? "Nothing could be compared."
                : found()
                        ? String.format(
                                Locale.ROOT,
                                "%,d exact and %,d near duplicates of evaluation items are in the corpora: remove them there, or the"
                                        + " results are too good.",
                                exact,
                                near)
                        : String.format(
                                Locale.ROOT,
                                "No evaluation item has a duplicate in the corpora (cosine below %s).",
                                threshold);
    }

    /** The report as plain text for a terminal; every line ends with LF. */
    public String render() {
        StringBuilder text = new StringBuilder();
        List<List<String>> lines = table();
        int[] widths = new int[lines.get(0).size()];
        lines.forEach(line -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        });
        for (List<String> line : lines) {
            StringBuilder row = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String padding = " ".repeat(widths[i] - line.get(i).length());
                row.append(i < 4 ? line.get(i) + padding : padding + line.get(i))
                        .append("  ");
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
        leaks.stream()
                .map(LeakReport::examples)
                .filter(examples -> !examples.isEmpty())
                .forEach(examples -> text.append('\n').append(examples).append('\n'));
        unchecked.forEach(
                reason -> text.append("\nnot compared: ").append(reason).append('\n'));
        return text.append('\n').append(verdict()).append('\n').toString();
    }

    /** Writes {@code {"schema": 1, "threshold": …, "leaks": […], "unchecked": […]}}, whole or not at all. */
    public void write(Path file) {
        ObjectNode root = JSON.createObjectNode().put("schema", 1).put("threshold", threshold);
        root.putArray("leaks");
        for (Leak leak : leaks) {
            ObjectNode node = root.withArray("leaks")
                    .addObject()
                    .put("task", leak.task())
                    .put("modality", leak.modality().name())
                    .put("corpus", leak.corpus())
                    .put("compared", leak.compared())
                    .put("items", leak.items())
                    .put("rows", leak.rows())
                    .put("exact", leak.exact())
                    .put("near", leak.near());
            if (!Double.isNaN(leak.highest())) {
                node.put("highest", leak.highest());
            }
            node.putArray("examples");
            for (Example example : leak.examples()) {
                node.withArray("examples")
                        .addObject()
                        .put("item", example.item())
                        .put("row", example.row())
                        .put("cosine", example.cosine());
            }
        }
        root.putArray("unchecked");
        unchecked.forEach(root.withArray("unchecked")::add);
        AtomicFile.writeString(file, root.toPrettyString() + "\n");
    }
}
