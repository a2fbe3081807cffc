package dev.freebind.bonds.graph;

import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionSettings;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Space combination (FreeBind section 3.3, eq. 8 and 11–13): one or more experts are projected into a unified space.
 *
 * @param name the bond and the resulting space
 * @param experts the spaces that are projected, at least one
 * @param into the unified space, which stays as it is
 * @param weights how much each expert counts among the experts, by name; 1 where not given
 * @param factors σ: how much the experts together count, by modality; audio 0.5 and anything else 0.1 where not given
 * @param collection how pseudo pairs are collected
 * @param training how the projectors are trained
 */
public record Combination(
        String name,
        List<String> experts,
        String into,
        Map<String, Double> weights,
        Map<Modality, Double> factors,
        CollectionSettings collection,
        TrainingSettings training)
        implements Bond {

    /** Copies the collections. */
    public Combination {
        experts = List.copyOf(experts);
        weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
        factors = Collections.unmodifiableMap(new TreeMap<>(factors));
    }

    @Override
    public double defaultFactor(Modality modality) {
        return modality.equals(Modality.AUDIO) ? 0.5 : 0.1;
    }

    @Override
    public List<String> sources() {
        return experts;
    }

    /** The weight of one expert among the experts; 1 unless configured. */
    public double weight(String expert) {
        return weights.getOrDefault(expert, 1.0);
    }
}
