package dev.freebind.bonds.graph;

import dev.freebind.api.Modality;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * A trained link between spaces, and at the same time the space that results from it: its name can be used wherever a space's
 * name can.
 *
 * <p>What a bond is made of and what it knows stands here, on the node; what is learned from pseudo pairs, and weighed by factors,
 * is a {@link PseudoPairBond}. What something else makes of a bond, such as an expression or a line of YAML, is a {@link Visitor},
 * so that a new kind of bond does not compile before every such place knows it.
 */
public sealed interface Bond permits PseudoPairBond, TunedSpace {

    /** The name of the bond and of the space it makes. */
    String name();

    /** What kind of bond this is, for people. */
    String kind();

    /** The spaces or bonds this one is made of, the one whose hub is inherited first. */
    List<Part> parts();

    /** The spaces and bonds that must be there before this can be trained. */
    default List<String> needs() {
        return parts().stream().map(Part::space).toList();
    }

    /**
     * Length of the embeddings of the space this makes.
     *
     * @param known the dimension of each part
     */
    int dimension(ToIntFunction<String> known);

    /**
     * The modalities this bond embeds: the union of its parts', those of the unified side first.
     *
     * @param known the modalities of each part
     */
    List<Modality> modalities(Function<String, List<Modality>> known);

    /** Calls the visitor's method for this kind of bond. */
    <R> R accept(Visitor<R> visitor);

    /**
     * One space or bond that a bond is made of.
     *
     * @param key where it is named, below the bond's key in the configuration
     * @param space its name
     * @param role what it is in the bond, for people
     */
    record Part(String key, String space, String role) {}

    /**
     * Something that is different for every kind of bond.
     *
     * @param <R> what comes out
     */
    interface Visitor<R> {

        /** For a displacement. */
        R displacement(Displacement bond);

        /** For a combination. */
        R combination(Combination bond);

        /** For a tuned space. */
        R tuned(TunedSpace bond);

        /** For a connection. */
        R connection(Connection bond);
    }

    /** The union of the modalities of spaces, in their order. */
    static List<Modality> union(Collection<String> spaces, Function<String, List<Modality>> known) {
        Set<Modality> union = new LinkedHashSet<>();
        spaces.forEach(space -> union.addAll(known.apply(space)));
        return List.copyOf(union);
    }
}
