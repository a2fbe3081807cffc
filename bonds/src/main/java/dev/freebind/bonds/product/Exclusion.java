package dev.freebind.bonds.product;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An expert that is left out of a combination, without training again.
 *
 * @param bond the combination it is left out of; null for every one
 * @param space the expert, a leaf or a bond
 */
public record Exclusion(@Nullable String bond, String space) implements Comparable<Exclusion> {

    /**
     * Reads {@code [BOND.]SPACE}. Names may contain dots; if the whole is the name of an expert, it is meant.
     *
     * @throws InvalidRequestException if no such expert is combined, listing those that are
     */
    public static Exclusion parse(BondGraph graph, String text) {
        Exclusion everywhere = new Exclusion(null, text);
        if (everywhere.concernsSomething(graph)) {
            return everywhere;
        }
        for (int dot = text.indexOf('.'); dot >= 0; dot = text.indexOf('.', dot + 1)) {
            Exclusion inBond = new Exclusion(text.substring(0, dot), text.substring(dot + 1));
            if (inBond.concernsSomething(graph)) {
                return inBond;
            }
        }
        throw everywhere.unknown(graph);
    }

    /** Says whether this leaves an expert out of a combination. */
    public boolean applies(Combination combination, String expert) {
        return space.equals(expert) && (bond == null || bond.equals(combination.name()));
    }

    /**
     * Checks that there is something to leave out.
     *
     * @throws InvalidRequestException if not, listing what could be
     */
    void check(BondGraph graph) {
        if (!concernsSomething(graph)) {
            throw unknown(graph);
        }
    }

    private boolean concernsSomething(BondGraph graph) {
        return graph.combinationsOf(space).stream().anyMatch(combination -> applies(combination, space));
    }

    private InvalidRequestException unknown(BondGraph graph) {
        Set<String> experts = new LinkedHashSet<>();
        graph.order().stream()
                .filter(Combination.class::isInstance)
                .map(Combination.class::cast)
                .forEach(combination -> new TreeSet<>(combination.experts())
                        .forEach(expert -> experts.add(combination.name() + "." + expert)));
        return new InvalidRequestException(
                "'" + this + "' is not an expert of a combination, so it cannot be left out; "
                        + (experts.isEmpty()
                                ? "there is no combination"
                                : "there are: " + String.join(", ", experts)
                                        + " (without the bond's name: wherever it is combined)"));
    }

    @Override
    public int compareTo(Exclusion other) {
        return toString().compareTo(other.toString());
    }

    /** {@code [BOND.]SPACE}. */
    @Override
    public String toString() {
        return (bond == null ? "" : bond + ".") + space;
    }
}
