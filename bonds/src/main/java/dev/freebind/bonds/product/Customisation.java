package dev.freebind.bonds.product;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.NearestName;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Everything about a bound space that can be chosen after training (FreeBind section 3.4, "coarse-to-fine customised
 * inference").
 *
 * @param factors how much experts count against unified spaces, in place of the configured factors
 * @param without experts that are left out of combinations
 * @param projectors which projectors of each source take part
 * @param weights how much experts count among each other, by bond and expert, at least 0 (0 leaves the expert out), in place of
 *     the configured weights
 */
public record Customisation(
        FactorSettings factors,
        Set<Exclusion> without,
        ProjectorSelection projectors,
        Map<String, Map<String, Double>> weights) {

    /** As configured. */
    public static final Customisation CONFIGURED =
            new Customisation(FactorSettings.CONFIGURED, Set.of(), ProjectorSelection.ALL, Map.of());

    /** Copies. */
    public Customisation {
        without = Collections.unmodifiableSet(new TreeSet<>(without));
        Map<String, Map<String, Double>> copy = new TreeMap<>();
        weights.forEach((bond, byExpert) -> copy.put(bond, Collections.unmodifiableMap(new TreeMap<>(byExpert))));
        weights = Collections.unmodifiableMap(copy);
    }

    /** As configured, but with these factors. */
    public static Customisation of(FactorSettings factors) {
        return CONFIGURED.with(factors);
    }

    /** The same with other factors. */
    public Customisation with(FactorSettings otherFactors) {
        return new Customisation(otherFactors, without, projectors, weights);
    }

    /** The weight of an expert among the experts of a combination. */
    double weight(Combination combination, String expert) {
        return weights.getOrDefault(combination.name(), Map.of()).getOrDefault(expert, combination.weight(expert));
    }

    /** Says whether an expert takes part in a combination. */
    boolean takesPart(Combination combination, String expert) {
        return weight(combination, expert) > 0
                && without.stream().noneMatch(exclusion -> exclusion.applies(combination, expert));
    }

    /**
     * Checks that everything named here exists.
     *
     * @throws InvalidRequestException if not, listing what there is
     */
    void check(BondGraph graph) {
        factors.check(graph);
        without.forEach(exclusion -> exclusion.check(graph));
        weights.forEach((name, byExpert) -> {
            List<String> experts = graph.bond(name) instanceof Combination bond ? bond.experts() : List.of();
            byExpert.forEach((expert, weight) -> {
                if (!experts.contains(expert)) {
                    throw new InvalidRequestException(
                            "'" + expert + "' is not combined in '" + name + "'" + NearestName.hint(expert, experts));
                }
                if (!(weight >= 0 && Double.isFinite(weight))) {
                    throw new InvalidRequestException(
                            "weight " + weight + " of '" + expert + "' in '" + name + "' is not a number from 0 on");
                }
            });
        });
    }
}
