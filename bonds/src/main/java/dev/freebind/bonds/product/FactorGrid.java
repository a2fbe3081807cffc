package dev.freebind.bonds.product;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.graph.BondGraph;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A grid of factors of one bond (paper figures 3–6).
 *
 * @param bond whose factors
 * @param axes the values of each modality, ascending, in the order they were given
 */
public record FactorGrid(String bond, Map<Modality, List<Double>> axes) {

    /** More points than this are a typing mistake. */
    private static final int MOST_POINTS = 10_000;

    /** Copies. */
    public FactorGrid {
        Map<Modality, List<Double>> copy = new LinkedHashMap<>();
        axes.forEach((modality, values) -> copy.put(modality, List.copyOf(values)));
        axes = Collections.unmodifiableMap(copy);
    }

    /**
     * Reads {@code audio=0:1:0.1,text=0:1:0.1}: from, to and step of each modality, both ends included; a single value keeps
     * a modality fixed.
     *
     * @throws InvalidRequestException if the text is not of that form, or the bond has no such factor
     */
    public static FactorGrid parse(BondGraph graph, String bond, String text) {
        Map<Modality, List<Double>> axes = new LinkedHashMap<>();
        long points = 1;
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals < 1) {
                throw malformed(part);
            }
            Modality modality = new Modality(part.substring(0, equals).strip());
            List<Double> values = values(part, part.substring(equals + 1).split(":", -1));
            if (axes.put(modality, values) != null) {
                throw new InvalidRequestException("the grid names " + modality + " twice");
            }
            points *= values.size();
            if (points > MOST_POINTS) {
                throw new InvalidRequestException(
                        "the grid '" + text + "' has more than " + MOST_POINTS + " points; take larger steps");
            }
        }
        FactorGrid grid = new FactorGrid(bond, axes);
        grid.settings().forEach(settings -> settings.check(graph));
        return grid;
    }

    private static List<Double> values(String part, String[] numbers) {
        List<BigDecimal> parsed = new ArrayList<>();
        for (String number : numbers) {
            try {
                parsed.add(new BigDecimal(number.strip()));
            } catch (NumberFormatException e) {
                throw malformed(part);
            }
        }
        if (parsed.size() == 1) {
            return List.of(parsed.get(0).doubleValue());
        }
        if (parsed.size() != 3 || parsed.get(2).signum() <= 0 || parsed.get(0).compareTo(parsed.get(1)) > 0) {
            throw malformed(part);
        }
        List<Double> values = new ArrayList<>();
        // decimal arithmetic: 0.1 + 0.2 is 0.3 here, as the user wrote it
        for (BigDecimal value = parsed.get(0); value.compareTo(parsed.get(1)) <= 0; value = value.add(parsed.get(2))) {
            if (values.size() > MOST_POINTS) {
                throw malformed(part);
            }
            values.add(value.doubleValue());
        }
        return values;
    }

    private static InvalidRequestException malformed(String part) {
        return new InvalidRequestException("'" + part.strip()
                + "' is not an axis of a grid: write MODALITY=FROM:TO:STEP, for example audio=0:1:0.1, or MODALITY=F");
    }

    /** Every point, the last axis running fastest. */
    public List<FactorSettings> settings() {
        List<Map<Modality, Double>> points = List.of(Map.of());
        for (Map.Entry<Modality, List<Double>> axis : axes.entrySet()) {
            List<Map<Modality, Double>> longer = new ArrayList<>();
            for (Map<Modality, Double> point : points) {
                for (double value : axis.getValue()) {
                    Map<Modality, Double> extended = new LinkedHashMap<>(point);
                    extended.put(axis.getKey(), value);
                    longer.add(extended);
                }
            }
            points = longer;
        }
        return points.stream()
                .map(point -> new FactorSettings(Map.of(bond, point)))
                .toList();
    }
}
