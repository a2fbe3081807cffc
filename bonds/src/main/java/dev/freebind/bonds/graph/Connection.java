package dev.freebind.bonds.graph;

import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionSettings;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * A connection as C-MCR makes it: two spaces that share a modality are both projected into a new one (C-MCR section 3).
 *
 * <p>For the collection of pseudo pairs the first space is the expert and the second the unified one.
 *
 * @param name the bond and the resulting space
 * @param first the space whose projector is the published checkpoints' {@code Head_A}
 * @param second the space whose projector is {@code Head_B}
 * @param dimension of the new space, at least 1
 * @param factors how much the second space counts, by modality that both know; 0.5 where not given. The released code takes one
 *     of the two alone, always CLIP
 * @param collection how pseudo pairs are collected
 * @param training how the projectors are trained
 */
public record Connection(
        String name,
        String first,
        String second,
        int dimension,
        Map<Modality, Double> factors,
        CollectionSettings collection,
        TrainingSettings training)
        implements PseudoPairBond {

    /** Copies the factors. */
    public Connection {
        factors = Collections.unmodifiableMap(new TreeMap<>(factors));
    }

    @Override
    public String kind() {
        return "connection";
    }

    @Override
    public List<Part> parts() {
        return List.of(new Part("connect[0]", first, "projected"), new Part("connect[1]", second, "projected"));
    }

    @Override
    public List<String> sources() {
        return List.of(first);
    }

    @Override
    public String into() {
        return second;
    }

    @Override
    public int dimension(ToIntFunction<String> known) {
        return dimension;
    }

    @Override
    public String unified(String source) {
        return second;
    }

    @Override
    public String expert(String source) {
        return first;
    }

    @Override
    public List<Modality> modalities(Function<String, List<Modality>> known) {
        return Bond.union(List.of(second, first), known);
    }

    @Override
    public double defaultFactor(Modality modality) {
        return 0.5;
    }

    @Override
    public double projectedShare(double factor) {
        return 1 - factor;
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
        return visitor.connection(this);
    }
}
