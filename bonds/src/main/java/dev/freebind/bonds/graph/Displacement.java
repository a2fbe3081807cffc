package dev.freebind.bonds.graph;

import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionSettings;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Space displacement (FreeBind section 3.2, eq. 4–7): the unified space is projected into an expert's.
 *
 * @param name the bond and the resulting space
 * @param unified the space that is displaced
 * @param into the expert space, which stays as it is
 * @param factors λ: how much the expert counts, by modality that both know; 0.9 where not given
 * @param collection how pseudo pairs are collected
 * @param training how the projectors are trained
 */
public record Displacement(
        String name,
        String unified,
        String into,
        Map<Modality, Double> factors,
        CollectionSettings collection,
        TrainingSettings training)
        implements PseudoPairBond {

    /** Copies the factors. */
    public Displacement {
        factors = Collections.unmodifiableMap(new TreeMap<>(factors));
    }

    @Override
    public String kind() {
        return "displacement";
    }

    @Override
    public List<Part> parts() {
        return List.of(new Part("displace", unified, "unified, projected"), new Part("into", into, "expert, frozen"));
    }

    @Override
    public List<String> sources() {
        return List.of(unified);
    }

    @Override
    public String unified(String source) {
        return source;
    }

    @Override
    public String expert(String source) {
        return into;
    }

    @Override
    public List<Modality> modalities(Function<String, List<Modality>> known) {
        return Bond.union(List.of(unified, into), known);
    }

    @Override
    public double defaultFactor(Modality modality) {
        return 0.9;
    }

    @Override
    public double projectedShare(double factor) {
        return 1 - factor;
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
        return visitor.displacement(this);
    }
}
