package dev.freebind.bonds.collection;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.EvaluationTask.Pair;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.PseudoPairBond;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How the item tuples of a bond are made (OmniBind): for every item of every modality the one most similar item of each other
 * modality. A tuple is a list of row numbers, so a space that is added later has to embed the items and nothing more.
 *
 * <p>A pair of modalities is searched in its configured retriever space, else in the first source of the bond that knows both,
 * else in the space projected into. A pair that no space knows goes through a bridge: the item found for a modality in between
 * asks on. The bridge is the first modality, hub first, that is reached itself and shares a retriever with what is missing (our
 * reading; OmniBind says nothing of the pair of 3D and audio).
 *
 * @param starts one set of tuples per modality, in the order of {@link #modalities}
 */
public record TuplePlan(List<Start> starts) {

    /** Copies. */
    public TuplePlan {
        starts = List.copyOf(starts);
    }

    /**
     * The tuples that begin with the items of one modality.
     *
     * @param start the modality
     * @param hops one for every other modality, each after the one it begins from
     */
    public record Start(Modality start, List<Hop> hops) {
        /** Copies. */
        public Start {
            hops = List.copyOf(hops);
        }

        @Override
        public String toString() {
            return start + ": " + hops.stream().map(Hop::toString).collect(Collectors.joining("; "));
        }
    }

    /**
     * One search: for each item of a modality the most similar item of another.
     *
     * @param from the modality that asks: the start, or one that an earlier hop reached
     * @param to the modality that is searched
     * @param retriever the space in which they are compared
     */
    public record Hop(Modality from, Modality to, String retriever) {
        @Override
        public String toString() {
            return "nearest(" + retriever + "." + from + ", " + retriever + "." + to + ")";
        }
    }

    /** The modalities of the tuples. */
    public List<Modality> modalities() {
        return starts.stream().map(Start::start).toList();
    }

    /** Every search that is made, each once. */
    public Set<Hop> hops() {
        Set<Hop> hops = new LinkedHashSet<>();
        starts.forEach(start -> hops.addAll(start.hops()));
        return hops;
    }

    /**
     * The plan of a bond.
     *
     * @param modalities those of which there are items, in the order in which bridges are looked for
     * @throws InvalidRequestException if there is nothing to pair, or a modality cannot be reached from another
     */
    static TuplePlan of(BondGraph graph, PseudoPairBond bond, List<Modality> modalities) {
        if (modalities.size() < 2) {
            throw new InvalidRequestException("item tuples pair modalities, and there are corpora of " + modalities
                    + " with embeddings of every space of '" + bond.name()
                    + "' that knows them; two are needed at least");
        }
        List<Start> starts = new ArrayList<>();
        for (Modality start : modalities) {
            Map<Modality, Hop> reached = new LinkedHashMap<>();
            boolean found = true;
            while (found) {
                found = false;
                for (Modality target : modalities) {
                    if (!target.equals(start) && !reached.containsKey(target)) {
                        Optional<Hop> hop = hop(graph, bond, start, target, reached.keySet());
                        hop.ifPresent(it -> reached.put(target, it));
                        found |= hop.isPresent();
                    }
                }
            }
            if (reached.size() < modalities.size() - 1) {
                throw new InvalidRequestException("from " + start + " no retriever leads to "
                        + modalities.stream()
                                .filter(modality -> !modality.equals(start) && !reached.containsKey(modality))
                                .toList()
                        + "; name a space that knows both under collect.retrievers");
            }
            starts.add(new Start(start, List.copyOf(reached.values())));
        }
        return new TuplePlan(starts);
    }

    private static Optional<Hop> hop(
            BondGraph graph, PseudoPairBond bond, Modality start, Modality target, Set<Modality> reached) {
        Optional<String> direct = retriever(graph, bond, start, target);
        if (direct.isPresent()) {
            return Optional.of(new Hop(start, target, direct.get()));
        }
        for (Modality bridge : reached) {
            Optional<String> onward = retriever(graph, bond, bridge, target);
            if (onward.isPresent()) {
                return Optional.of(new Hop(bridge, target, onward.get()));
            }
        }
        return Optional.empty();
    }

    /** The space in which two modalities of a bond are compared; empty if none knows both. */
    private static Optional<String> retriever(BondGraph graph, PseudoPairBond bond, Modality one, Modality other) {
        Pair pair = one.compareTo(other) < 0 ? new Pair(one, other) : new Pair(other, one);
        String configured = bond.collection().retrievers().get(pair);
        if (configured != null) {
            return Optional.of(configured);
        }
        List<String> candidates = new ArrayList<>(bond.sources());
        candidates.add(bond.into());
        return candidates.stream()
                .filter(space -> graph.modalities(space).containsAll(List.of(one, other)))
                .findFirst();
    }

    @Override
    public String toString() {
        return starts.stream().map(Start::toString).collect(Collectors.joining("\n"));
    }
}
