package dev.freebind.bonds.router;

import dev.freebind.api.Modality;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.Routing;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the router of one modality weighs and what it reads.
 *
 * @param sources the spaces that are weighed, in the order of the router's scores: the experts that know the modality as they
 *     are configured, then the unified space if it knows the modality
 * @param inputs the spaces whose embeddings the router reads, one after the other in a row
 */
public record RouterLayout(List<String> sources, List<String> inputs) {

    /** Copies. */
    public RouterLayout {
        sources = List.copyOf(sources);
        inputs = List.copyOf(inputs);
    }

    /**
     * The layout of a routed combination's router for a modality.
     *
     * @param combination has a routing
     */
    public static RouterLayout of(BondGraph graph, Combination combination, Routing routing, Modality modality) {
        List<String> sources = Stream.concat(combination.experts().stream(), Stream.of(combination.into()))
                .filter(space -> graph.modalities(space).contains(modality))
                .toList();
        return new RouterLayout(sources, routing.inputs().getOrDefault(modality, sources));
    }

    /** How long the rows are that the router reads. */
    public int inputDimension(BondGraph graph) {
        return inputs.stream().mapToInt(space -> graph.space(space).dimension()).sum();
    }
}
