package dev.freebind.evaluation.tuning;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.evaluation.interval.Interval;
import dev.freebind.evaluation.interval.PairedTest;
import dev.freebind.evaluation.tuning.Tuning.Bound;
import dev.freebind.evaluation.tuning.Tuning.Detail;
import dev.freebind.evaluation.tuning.Tuning.Point;
import dev.freebind.formats.AtomicFile;
import java.nio.file.Path;

/** A tuning as JSON. */
public final class TuningFile {

    /** The version of the file. */
    public static final int SCHEMA = 1;

    private static final ObjectMapper JSON = new ObjectMapper();

    private TuningFile() {}

    /**
     * Writes the file, whole or not at all.
     *
     * @throws dev.freebind.api.DataException if it cannot be written
     */
    public static void write(Path file, Tuning tuning) {
        AtomicFile.writeString(file, toJson(tuning));
    }

    /** The content of the file: one line for each point. */
    public static String toJson(Tuning tuning) {
        ObjectNode root = JSON.createObjectNode()
                .put("schema", SCHEMA)
                .put("space", tuning.space())
                .put("metric", tuning.goal().metric().name());
        ObjectNode goal = root.putObject("goal");
        tuning.goal().weights().forEach((pair, weight) -> goal.put(pair.toString(), weight));
        ArrayNode keep = root.putArray("keep");
        for (Bound bound : tuning.floors()) {
            keep.addObject()
                    .put("floor", bound.floor().toString())
                    .put("bound", bound.bound())
                    .put("report-bound", bound.reportBound());
        }
        root.put("held-out", tuning.heldOut());
        ArrayNode axes = root.putArray("axes");
        tuning.axes().forEach(axis -> axes.add(axis.toString()));
        ArrayNode pairs = root.putArray("pairs");
        tuning.pairs().forEach(pair -> pairs.add(pair.toString()));
        root.put("configured", Tuning.CONFIGURED);
        root.put("chosen", tuning.chosen());
        PairedTest gain = tuning.gain();
        if (gain != null) {
            interval(root.putObject("gain").put("value", gain.difference()), gain.ci95())
                    .put("p", gain.bootstrapP())
                    .put("distinguishable", gain.bootstrapP() < Tuning.SIGNIFICANT);
        }
        root.put("verdict", tuning.verdict());
        ArrayNode front = root.putArray("front");
        tuning.front().forEach(front::add);
        ArrayNode details = root.putArray("details");
        for (Detail detail : tuning.details()) {
            ObjectNode node = interval(
                    details.addObject()
                            .put("point", detail.point())
                            .put("is", TuningText.name(tuning, detail.point()))
                            .put("goal", detail.objective()),
                    detail.interval());
            ArrayNode values = node.putArray("values");
            for (int i = 0; i < detail.values().size(); i++) {
                interval(
                        values.addObject().put("value", detail.values().get(i)),
                        detail.intervals().get(i));
            }
        }
        StringBuilder text = new StringBuilder(root.toString());
        text.setLength(text.length() - 1);
        text.append(",\n\"points\": [");
        String separator = "\n ";
        for (Point point : tuning.points()) {
            ObjectNode node = JSON.createObjectNode();
            factors(node.putObject("factors"), point.factors());
            ArrayNode values = node.putArray("values");
            point.values().forEach(values::add);
            node.put("goal", point.objective()).put("keeps-floors", point.keepsFloors());
            text.append(separator).append(node);
            separator = ",\n ";
        }
        return text.append("]}\n").toString();
    }

    private static void factors(ObjectNode node, FactorSettings settings) {
        settings.byBond().forEach((bond, factors) -> {
            ObjectNode ofBond = node.putObject(bond);
            factors.forEach((modality, factor) -> ofBond.put(modality.name(), factor));
        });
    }

    private static ObjectNode interval(ObjectNode node, Interval interval) {
        node.putArray("ci95").add(interval.low()).add(interval.high());
        return node;
    }
}
