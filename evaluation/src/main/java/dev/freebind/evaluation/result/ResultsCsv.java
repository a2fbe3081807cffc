package dev.freebind.evaluation.result;

import dev.freebind.evaluation.internal.Csv;
import dev.freebind.formats.AtomicFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The rows as CSV (RFC 4180, UTF-8, LF), with CLIP_benchmark's metric names beside ours. */
public final class ResultsCsv {

    private static final List<String> HEADER = List.of(
            "space",
            "preset",
            "dataset",
            "task",
            "pair",
            "direction",
            "metric",
            "clip_benchmark_metric",
            "value",
            "ci95_low",
            "ci95_high",
            "queries",
            "skipped",
            "gallery",
            "factors",
            "without",
            "projectors");

    private ResultsCsv() {}

    /**
     * Writes a file, whole or not at all.
     *
     * @throws dev.freebind.api.DataException if it cannot be written
     */
    public static void write(Path file, Results results) {
        AtomicFile.writeString(file, toCsv(results));
    }

    /** The content of the file. */
    public static String toCsv(Results results) {
        StringBuilder csv = new StringBuilder(Csv.line(HEADER));
        for (ResultRow row : results.rows()) {
            csv.append(Csv.line(fields(row)));
        }
        return csv.toString();
    }

    private static List<String> fields(ResultRow row) {
        Measure measure = row.measure();
        String preset = row.subject().preset();
        List<String> fields = new ArrayList<>(List.of(
                row.subject().space(),
                preset == null ? "" : preset,
                measure.dataset(),
                measure.task(),
                measure.pair(),
                measure.direction(),
                measure.metric().name(),
                measure.metric().clipBenchmarkName(measure.gallery()),
                Double.toString(row.value())));
        fields.addAll(
                row.ci95() == null
                        ? List.of("", "")
                        : List.of(
                                Double.toString(row.ci95().low()),
                                Double.toString(row.ci95().high())));
        fields.addAll(
                row.counts() == null
                        ? List.of("", "", "")
                        : List.of(
                                Integer.toString(row.counts().queries()),
                                Integer.toString(row.counts().skipped()),
                                Integer.toString(row.counts().gallery())));
        List<String> factors = new ArrayList<>();
        row.conditions()
                .factors()
                .forEach((bond, values) ->
                        values.forEach((modality, factor) -> factors.add(bond + "." + modality + "=" + factor)));
        fields.add(String.join(";", factors));
        fields.add(String.join(";", row.conditions().without()));
        fields.add(row.conditions().projectors());
        return fields;
    }
}
