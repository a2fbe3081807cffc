package dev.freebind.evaluation.result;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.freebind.api.DataException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.product.FactorGrid;
import dev.freebind.evaluation.result.ResultsFile.Field;
import dev.freebind.formats.AtomicFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The results over a grid of factors of one bond (the paper's figures 3–6).
 *
 * @param grid which factors vary
 * @param points one for each point of the grid, the last axis fastest
 */
public record Sweep(FactorGrid grid, List<Point> points) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Copies. */
    public Sweep {
        points = List.copyOf(points);
    }

    /**
     * One combination of factors.
     *
     * @param factors by modality
     * @param rows what was measured there
     */
    public record Point(Map<Modality, Double> factors, List<ResultRow> rows) {
        /** Copies. */
        public Point {
            factors = Map.copyOf(factors);
            rows = List.copyOf(rows);
        }
    }

    /** Writes {@code {"schema": 1, "bond": …, "axes": {…}, "points": [{"factors": {…}, "rows": […]}]}}. */
    public void write(Path file) {
        AtomicFile.writeString(file, toJson());
    }

    /** The content of that file. */
    public String toJson() {
        ObjectNode root = JSON.createObjectNode().put("schema", Results.SCHEMA).put("bond", grid.bond());
        ObjectNode axesNode = root.putObject("axes");
        grid.axes().forEach((modality, values) -> values.forEach(axesNode.withArray(modality.name())::add));
        StringBuilder text = new StringBuilder(root.toString());
        text.setLength(text.length() - 1);
        text.append(",\n\"points\": [");
        String separator = "\n ";
        for (Point point : points) {
            ObjectNode node = JSON.createObjectNode();
            ObjectNode factors = node.putObject("factors");
            grid.axes()
                    .keySet()
                    .forEach(modality ->
                            factors.put(modality.name(), point.factors().get(modality)));
            point.rows().forEach(row -> node.withArray("rows").add(ResultsFile.json(row)));
            text.append(separator).append(node);
            separator = ",\n ";
        }
        return text.append("]}\n").toString();
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @param origin how messages name it
     * @throws DataException if it is damaged or of another schema
     */
    public static Sweep parse(String text, String origin) {
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new DataException(origin + ": not a sweep: " + e.getOriginalMessage(), e);
        }
        if (root.path("schema").asInt() != Results.SCHEMA
                || !root.path("points").isArray()) {
            throw new DataException(origin + ": not a sweep of schema " + Results.SCHEMA);
        }
        Map<Modality, List<Double>> axes = new LinkedHashMap<>();
        root.path("axes").properties().forEach(axis -> {
            List<Double> values = new ArrayList<>();
            axis.getValue().forEach(value -> values.add(value.asDouble()));
            axes.put(new Modality(axis.getKey()), values);
        });
        List<Point> points = new ArrayList<>();
        for (JsonNode node : root.path("points")) {
            Map<Modality, Double> factors = new LinkedHashMap<>();
            node.path("factors")
                    .properties()
                    .forEach(factor -> factors.put(
                            new Modality(factor.getKey()), factor.getValue().asDouble()));
            List<ResultRow> rows = new ArrayList<>();
            for (JsonNode row : node.path("rows")) {
                rows.add(ResultsFile.row(new Field(row, origin + ", points[" + points.size() + "]")));
            }
            points.add(new Point(factors, rows));
        }
        return new Sweep(new FactorGrid(new Field(root, origin).text("bond"), axes), points);
    }
}
