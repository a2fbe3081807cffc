package dev.freebind.evaluation.result;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How the measured embeddings were put together.
 *
 * @param factors the factors in effect, by bond and modality; empty for a leaf space
 * @param without experts left out, as {@code space} or {@code bond.space}
 * @param projectors {@code all}, or the codes of the projectors that took part
 */
public record Conditions(Map<String, Map<String, Double>> factors, List<String> without, String projectors) {

    /** No factors, nothing left out, all projectors. */
    public static final Conditions NONE = new Conditions(Map.of(), List.of(), "all");

    /** Copies, in alphabetical order. */
    public Conditions {
        Map<String, Map<String, Double>> copy = new TreeMap<>();
        factors.forEach((bond, values) -> copy.put(bond, Collections.unmodifiableMap(new TreeMap<>(values))));
        factors = Collections.unmodifiableMap(copy);
        without = List.copyOf(without);
    }
}
