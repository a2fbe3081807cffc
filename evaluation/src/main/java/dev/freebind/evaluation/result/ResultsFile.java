package dev.freebind.evaluation.result;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.freebind.api.DataException;
import dev.freebind.bonds.execution.NearestItems.RelevantRanks;
import dev.freebind.evaluation.interval.Interval;
import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.metric.RankOutcomes;
import dev.freebind.evaluation.result.QueryOutcomes.Outcome;
import dev.freebind.evaluation.result.QueryOutcomes.Precisions;
import dev.freebind.evaluation.result.QueryOutcomes.Ranks;
import dev.freebind.evaluation.result.ResultRow.Counts;
import dev.freebind.formats.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The results file: JSON, schema 1, one row a line, fields always in the same order.
 *
 * <pre>{@code
 * {"schema": 1,
 *  "rows": [{"space": …, "preset": …, "dataset": …, "task": …, "pair": …, "direction": …, "metric": …, "value": …,
 *            "ci95": [low, high], "queries": …, "skipped": …, "gallery": …, "factors": {…}, "without": […], "projectors": …}],
 *  "left-out": [{"space": …, "dataset": …, "pair": …, "missing": […]}],
 *  "classes": [{"space": …, "dataset": …, "metric": …, "class": …, "value": …, "items": …}],
 *  "queries": [{"space": …, "dataset": …, "pair": …, "direction": …, "gallery": …, "row-aligned": …,
 *               "better": [0, 3, -1], "ties": [[query, tied, relevant]]}]}
 * }</pre>
 *
 * <p>Fields without a value are left out. In {@code queries}, {@code better} counts per query the gallery items above its best
 * relevant item (-1: none is relevant), and {@code ties} lists the queries for which the relevant item does not stand alone;
 * tagging has {@code "precisions": [0.5, null]} by class instead.
 */
public final class ResultsFile {

    private static final ObjectMapper JSON = new ObjectMapper();

    private ResultsFile() {}

    /**
     * Writes a file, whole or not at all.
     *
     * @throws DataException if it cannot be written
     */
    public static void write(Path file, Results results) {
        AtomicFile.writeString(file, toJson(results));
    }

    /**
     * Reads a file.
     *
     * @throws DataException if it cannot be read, is not JSON, has another schema, or lacks a field, naming file and place
     */
    public static Results read(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new DataException(
                    file + ": cannot be read as a results file"
                            + (Files.exists(file) ? ": " + e.getMessage() : ": there is no such file"),
                    e);
        }
        return parse(text, file.toString());
    }

    /** The content of the file. */
    public static String toJson(Results results) {
        StringBuilder json = new StringBuilder("{\"schema\": ").append(Results.SCHEMA);
        section(json, "rows", results.rows(), ResultsFile::json);
        if (!results.leftOut().isEmpty()) {
            section(json, "left-out", results.leftOut(), ResultsFile::json);
        }
        if (!results.classes().isEmpty()) {
            section(json, "classes", results.classes(), ResultsFile::json);
        }
        if (!results.queries().isEmpty()) {
            section(json, "queries", results.queries(), ResultsFile::json);
        }
        return json.append("}\n").toString();
    }

    private static <T> void section(StringBuilder json, String name, List<T> entries, Function<T, ObjectNode> node) {
        json.append(",\n\"").append(name).append("\": [");
        String separator = "\n ";
        for (T entry : entries) {
            json.append(separator).append(node.apply(entry));
            separator = ",\n ";
        }
        json.append("]");
    }

    private static ObjectNode subject(Subject subject) {
        ObjectNode node = JSON.createObjectNode().put("space", subject.space());
        return subject.preset() == null ? node : node.put("preset", subject.preset());
    }

    static ObjectNode json(ResultRow row) {
        Measure measure = row.measure();
        ObjectNode node = subject(row.subject())
                .put("dataset", measure.dataset())
                .put("task", measure.task())
                .put("pair", measure.pair())
                .put("direction", measure.direction())
                .put("metric", measure.metric().name())
                .put("value", row.value());
        if (row.ci95() != null) {
            node.putArray("ci95").add(row.ci95().low()).add(row.ci95().high());
        }
        if (row.counts() != null) {
            node.put("queries", row.counts().queries())
                    .put("skipped", row.counts().skipped())
                    .put("gallery", row.counts().gallery());
        }
        ObjectNode factors = node.putObject("factors");
        row.conditions().factors().forEach((bond, values) -> {
            ObjectNode ofBond = factors.putObject(bond);
            values.forEach(ofBond::put);
        });
        row.conditions().without().forEach(node.putArray("without")::add);
        return node.put("projectors", row.conditions().projectors());
    }

    private static ObjectNode json(LeftOut leftOut) {
        ObjectNode node = JSON.createObjectNode()
                .put("space", leftOut.space())
                .put("dataset", leftOut.dataset())
                .put("pair", leftOut.pair());
        leftOut.missing().forEach(node.putArray("missing")::add);
        return node;
    }

    private static ObjectNode json(ClassScore score) {
        ObjectNode node = subject(score.subject())
                .put("dataset", score.dataset())
                .put("metric", score.metric().name())
                .put("class", score.name());
        if (score.value() != null) {
            node.put("value", score.value());
        }
        return node.put("items", score.items());
    }

    private static ObjectNode json(QueryOutcomes queries) {
        ObjectNode node = subject(queries.subject())
                .put("dataset", queries.dataset())
                .put("pair", queries.pair())
                .put("direction", queries.direction())
                .put("gallery", queries.gallery())
                .put("row-aligned", queries.rowAligned());
        if (queries.outcome() instanceof Precisions precisions) {
            ArrayNode values = node.putArray("precisions");
            for (double value : precisions.byClass()) {
                if (Double.isNaN(value)) {
                    values.addNull();
                } else {
                    values.add(value);
                }
            }
        } else if (queries.outcome() instanceof Ranks ranks) {
            RelevantRanks counts = ranks.ranks().ranks();
            ArrayNode better = node.putArray("better");
            ArrayNode ties = JSON.createArrayNode();
            for (int query = 0; query < counts.better().length; query++) {
                better.add(counts.better()[query]);
                if (counts.better()[query] >= 0 && counts.tied()[query] > 1) {
                    ties.addArray().add(query).add(counts.tied()[query]).add(counts.relevantTied()[query]);
                }
            }
            if (!ties.isEmpty()) {
                node.set("ties", ties);
            }
        }
        return node;
    }

    /**
     * Reads the content of a file.
     *
     * @param origin how messages name it
     * @throws DataException as {@link #read}
     */
    public static Results parse(String text, String origin) {
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new DataException(
                    origin + ", line " + e.getLocation().getLineNr() + ": not a results file: "
                            + e.getOriginalMessage(),
                    e);
        }
        if (root == null || !root.path("schema").isInt()) {
            throw new DataException(origin + ": not a results file: it has no 'schema'; results files are written by"
                    + " 'freebind evaluate … --json FILE'");
        }
        if (root.get("schema").intValue() != Results.SCHEMA) {
            throw new DataException(origin + ": results of schema " + root.get("schema")
                    + " cannot be read; this version reads schema " + Results.SCHEMA);
        }
        if (!root.path("rows").isArray()) {
            throw new DataException(origin + ": not a results file: 'rows' is missing");
        }
        return new Results(
                entries(root, "rows", origin, ResultsFile::row),
                entries(root, "left-out", origin, ResultsFile::leftOut),
                entries(root, "classes", origin, ResultsFile::classScore),
                entries(root, "queries", origin, ResultsFile::queries));
    }

    private static <T> List<T> entries(JsonNode root, String section, String origin, Function<Field, T> read) {
        List<T> entries = new ArrayList<>();
        for (JsonNode node : root.path(section)) {
            Field field = new Field(node, origin + ", " + section + "[" + entries.size() + "]");
            try {
                entries.add(read.apply(field));
            } catch (IllegalArgumentException e) {
                throw new DataException(field.where + ": " + e.getMessage(), e);
            }
        }
        return entries;
    }

    static ResultRow row(Field field) {
        Measure measure = new Measure(
                field.text("dataset"),
                field.text("task"),
                field.optionalText("pair", ""),
                field.text("direction"),
                new Metric(field.text("metric")));
        Interval interval = null;
        if (field.node.has("ci95")) {
            double[] ends = field.numbers("ci95");
            if (ends.length != 2) {
                throw new DataException(field.where + ": 'ci95' has " + ends.length + " numbers, expected [low, high]");
            }
            interval = new Interval(ends[0], ends[1]);
        }
        Counts counts = field.node.has("queries")
                ? new Counts(
                        field.node.path("queries").asInt(),
                        field.node.path("skipped").asInt(),
                        field.node.path("gallery").asInt())
                : null;
        Map<String, Map<String, Double>> factors = new LinkedHashMap<>();
        field.node.path("factors").properties().forEach(bond -> {
            Map<String, Double> values = new LinkedHashMap<>();
            bond.getValue()
                    .properties()
                    .forEach(
                            value -> values.put(value.getKey(), value.getValue().asDouble()));
            factors.put(bond.getKey(), values);
        });
        return new ResultRow(
                field.subject(),
                measure,
                field.number("value"),
                interval,
                counts,
                new Conditions(factors, field.texts("without"), field.optionalText("projectors", "all")));
    }

    private static LeftOut leftOut(Field field) {
        return new LeftOut(field.text("space"), field.text("dataset"), field.text("pair"), field.texts("missing"));
    }

    private static ClassScore classScore(Field field) {
        return new ClassScore(
                field.subject(),
                field.text("dataset"),
                new Metric(field.text("metric")),
                field.text("class"),
                field.node.has("value") ? field.number("value") : null,
                field.node.path("items").asInt());
    }

    private static QueryOutcomes queries(Field field) {
        return new QueryOutcomes(
                field.subject(),
                field.text("dataset"),
                field.text("pair"),
                field.text("direction"),
                field.node.path("gallery").asInt(),
                field.node.path("row-aligned").asBoolean(),
                outcome(field));
    }

    private static Outcome outcome(Field field) {
        if (field.node.has("precisions")) {
            return new Precisions(field.numbers("precisions"));
        }
        double[] numbers = field.numbers("better");
        int[] better = new int[numbers.length];
        for (int query = 0; query < better.length; query++) {
            better[query] = (int) numbers[query];
        }
        int[] tied = Arrays.stream(better).map(count -> count < 0 ? 0 : 1).toArray();
        int[] relevant = tied.clone();
        for (JsonNode tie : field.node.path("ties")) {
            int query = tie.path(0).asInt(-1);
            if (query < 0 || query >= better.length || tie.size() != 3) {
                throw new DataException(field.where + ": 'ties' has " + tie
                        + ", expected [query, tied, relevant] with a query below " + better.length);
            }
            tied[query] = tie.path(1).asInt();
            relevant[query] = tie.path(2).asInt();
        }
        return new Ranks(new RankOutcomes(new RelevantRanks(better, tied, relevant)));
    }

    /** One object of the file, and where it stands. */
    record Field(JsonNode node, String where) {

        Subject subject() {
            return new Subject(text("space"), preset());
        }

        private @Nullable String preset() {
            return node.hasNonNull("preset") ? text("preset") : null;
        }

        String text(String name) {
            JsonNode value = node.path(name);
            if (!value.isTextual()) {
                throw new DataException(where + ": '" + name + "' is " + (value.isMissingNode() ? "missing" : value)
                        + ", expected a text");
            }
            return value.textValue();
        }

        String optionalText(String name, String otherwise) {
            return node.hasNonNull(name) ? text(name) : otherwise;
        }

        List<String> texts(String name) {
            List<String> texts = new ArrayList<>();
            node.path(name).forEach(text -> texts.add(text.asText()));
            return texts;
        }

        double number(String name) {
            JsonNode value = node.path(name);
            if (!value.isNumber()) {
                throw new DataException(where + ": '" + name + "' is " + (value.isMissingNode() ? "missing" : value)
                        + ", expected a number");
            }
            return value.doubleValue();
        }

        double[] numbers(String name) {
            JsonNode values = node.path(name);
            double[] numbers = new double[values.size()];
            for (int i = 0; i < numbers.length; i++) {
                JsonNode value = values.get(i);
                if (!value.isNumber() && !value.isNull()) {
                    throw new DataException(where + ": '" + name + "'[" + i + "] is " + value + ", expected a number");
                }
                numbers[i] = value.isNull() ? Double.NaN : value.doubleValue();
            }
            return numbers;
        }
    }
}
