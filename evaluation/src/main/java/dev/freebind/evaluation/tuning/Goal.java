package dev.freebind.evaluation.tuning;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.task.RetrievalPair;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What factors are tuned for: the weighted mean of recall@k over pairs (both directions of a pair count the same), subject to
 * floors.
 *
 * @param metric recall@k
 * @param weights by pair, above 0, at least one; pairs that are not named do not count
 * @param floors what must be kept
 */
public record Goal(Metric metric, Map<RetrievalPair, Double> weights, List<Floor> floors) {

    private static final String AT_LEAST = ">=";

    /**
     * Copies.
     *
     * @throws InvalidRequestException if the metric is no recall@k
     */
    public Goal {
        if (metric.k() == 0 || !metric.name().startsWith("recall@")) {
            throw new InvalidRequestException(
                    "--metric " + metric + ": factors are tuned by recall@K, for example recall@1");
        }
        weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
        floors = List.copyOf(floors);
    }

    /**
     * Reads a goal.
     *
     * @param weights {@code [TASK:]PAIR=W,…}; null for all pairs alike
     * @param keeps each {@code [TASK:]PAIR>=SPACE} or {@code [TASK:]PAIR>=NUMBER}
     * @param tolerance how far below a floor is still allowed
     * @param pairs what can be measured
     * @throws InvalidRequestException if a text is not of that form, or names a pair that is not measured
     */
    public static Goal parse(
            Metric metric, @Nullable String weights, List<String> keeps, double tolerance, List<RetrievalPair> pairs) {
        if (!(tolerance >= 0 && tolerance < 1)) {
            throw new InvalidRequestException("--tolerance " + tolerance + " is not between 0 and 1");
        }
        Map<RetrievalPair, Double> byPair = new LinkedHashMap<>();
        if (weights == null) {
            pairs.forEach(pair -> byPair.put(pair, 1.0));
        } else {
            for (String part : weights.split(",", -1)) {
                int equals = part.indexOf('=');
                double weight = equals < 1 ? Double.NaN : number(part.substring(equals + 1));
                if (!(weight > 0 && Double.isFinite(weight))) {
                    throw new InvalidRequestException(
                            "'" + part.strip()
                                    + "' is not a part of a goal: write PAIR=WEIGHT with a weight above 0, for example audio-text=2");
                }
                for (RetrievalPair pair : named(part.substring(0, equals).strip(), pairs)) {
                    if (byPair.put(pair, weight) != null) {
                        throw new InvalidRequestException("the goal weighs " + pair + " twice");
                    }
                }
            }
        }
        List<Floor> floors = new ArrayList<>();
        for (String keep : keeps) {
            String bound = bound(keep);
            if (bound.isEmpty()) {
                throw new InvalidRequestException(
                        "'" + keep
                                + "' is not a floor: write PAIR>=SPACE or PAIR>=NUMBER, for example image-text>=vt or image-text>=0.55");
            }
            double value = number(bound);
            if (value < 0 || value > 1) {
                throw new InvalidRequestException(
                        "'" + keep + "': recall is a fraction of one, so a floor lies between 0 and 1");
            }
            for (RetrievalPair pair :
                    named(keep.substring(0, keep.indexOf(AT_LEAST)).strip(), pairs)) {
                floors.add(
                        Double.isNaN(value)
                                ? new Floor(pair, bound, 0, tolerance)
                                : new Floor(pair, null, value, tolerance));
            }
        }
        return new Goal(metric, byPair, floors);
    }

    /**
     * The spaces that floors name, before it is known what can be measured.
     *
     * @param keeps as {@link #parse} reads them; what it would refuse names no space
     */
    public static List<String> spaces(List<String> keeps) {
        return keeps.stream()
                .map(Goal::bound)
                .filter(bound -> !bound.isEmpty() && Double.isNaN(number(bound)))
                .toList();
    }

    /** What stands behind the sign of a floor; empty if it is none. */
    private static String bound(String keep) {
        int at = keep.indexOf(AT_LEAST);
        return at < 1 ? "" : keep.substring(at + AT_LEAST.length()).strip();
    }

    /** NaN if it is no number. */
    private static double number(String text) {
        try {
            return Double.parseDouble(text.strip());
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    private static List<RetrievalPair> named(String name, List<RetrievalPair> pairs) {
        List<RetrievalPair> named = pairs.stream()
                .filter(pair -> pair.pair().equals(name) || pair.toString().equals(name))
                .toList();
        if (named.isEmpty()) {
            throw new InvalidRequestException("'" + name + "' is no pair that the space can be measured on; there are "
                    + String.join(
                            ", ", pairs.stream().map(RetrievalPair::toString).toList()));
        }
        return named;
    }

    /** The pairs that are looked at: those that count, then those that are only kept. */
    public List<RetrievalPair> pairs() {
        List<RetrievalPair> pairs = new ArrayList<>(weights.keySet());
        floors.stream().map(Floor::pair).filter(pair -> !pairs.contains(pair)).forEach(pairs::add);
        return pairs;
    }

    /** The share of a pair in the goal; the shares of all pairs add up to 1. */
    public double share(RetrievalPair pair) {
        double total =
                weights.values().stream().mapToDouble(Double::doubleValue).sum();
        return weights.getOrDefault(pair, 0.0) / total;
    }
}
