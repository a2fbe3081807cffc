package dev.freebind.bonds.graph;

import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Space combination (FreeBind section 3.3, eq. 8 and 11–13): one or more experts are projected into a unified space.
 *
 * @param name the bond and the resulting space
 * @param experts the spaces that are projected, at least one
 * @param into the unified space, which stays as it is
 * @param weights how much each expert counts among the experts, by name; 1 where not given
 * @param factors σ: how much the experts together count, by modality; audio 0.5 and anything else 0.1 where not given; empty
 *     with routing
 * @param routing how routers weigh experts and unified space per input (OmniBind), instead of factors; null for factors
 * @param collection how pseudo pairs are collected
 * @param training how the projectors are trained
 */
public record Combination(
        String name,
        List<String> experts,
        String into,
        Map<String, Double> weights,
        Map<Modality, Double> factors,
        @Nullable Routing routing,
        CollectionSettings collection,
        TrainingSettings training)
        implements PseudoPairBond {

    /** Copies the collections. */
    public Combination {
        experts = List.copyOf(experts);
        weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
        factors = Collections.unmodifiableMap(new TreeMap<>(factors));
    }

    /** A combination by factors. */
    public Combination(
            String name,
            List<String> experts,
            String into,
            Map<String, Double> weights,
            Map<Modality, Double> factors,
            CollectionSettings collection,
            TrainingSettings training) {
        this(name, experts, into, weights, factors, null, collection, training);
    }

    @Override
    public String kind() {
        return routing == null ? "combination" : "combination, routed by " + routing.describe();
    }

    @Override
    public List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        parts.add(new Part("into", into, "unified, frozen"));
        for (int i = 0; i < experts.size(); i++) {
            double weight = weight(experts.get(i));
            parts.add(new Part(
                    "combine[" + i + "]",
                    experts.get(i),
                    "expert, projected" + (weight == 1 ? "" : ", weight " + weight)));
        }
        return parts;
    }

    @Override
    public List<String> sources() {
        return experts;
    }

    @Override
    public String unified(String source) {
        return into;
    }

    @Override
    public String expert(String source) {
        return source;
    }

    @Override
    public List<Modality> modalities(Function<String, List<Modality>> known) {
        return Bond.union(parts().stream().map(Part::space).toList(), known);
    }

    @Override
    public NavigableSet<Modality> weighed(Function<String, List<Modality>> known) {
        return routing == null ? PseudoPairBond.super.weighed(known) : new TreeSet<>();
    }

    @Override
    public double defaultFactor(Modality modality) {
        return modality.equals(Modality.AUDIO) ? 0.5 : 0.1;
    }

    @Override
    public double projectedShare(double factor) {
        return factor;
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
        return visitor.combination(this);
    }

    /** The weight of one expert among the experts; 1 unless configured. */
    public double weight(String expert) {
        return weights.getOrDefault(expert, 1.0);
    }
}
