package dev.freebind.bonds.product;

import dev.freebind.api.Modality;
import java.util.Map;
import java.util.TreeMap;

/**
 * Factors by bond and modality that take the place of the configured ones: a preset, or what {@code --factors} says.
 *
 * @param byBond values in [0, 1]; bonds and modalities that are not named keep their configured factors
 */
public record FactorSettings(Map<String, Map<Modality, Double>> byBond) {

    /** Changes nothing. */
    public static final FactorSettings CONFIGURED = new FactorSettings(Map.of());

    /** Copies. */
    public FactorSettings {
        Map<String, Map<Modality, Double>> copy = new TreeMap<>();
        byBond.forEach(
                (bond, factors) -> copy.put(bond, java.util.Collections.unmodifiableMap(new TreeMap<>(factors))));
        byBond = java.util.Collections.unmodifiableMap(copy);
    }
}
