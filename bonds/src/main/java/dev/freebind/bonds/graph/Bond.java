package dev.freebind.bonds.graph;

import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionSettings;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * A trained link between spaces, and at the same time the space that results from it: its name can be used wherever a space's
 * name can.
 *
 * <p>What a bond is made of, what it knows and what its factors mean stands here, on the node; what something else makes of a
 * bond, such as an expression or a line of YAML, is a {@link Visitor}, so that a new kind of bond does not compile before every
 * such place knows it.
 */
public sealed interface Bond permits Displacement, Combination, Connection, TunedSpace {

    /** The name of the bond and of the space it makes. */
    String name();

    /** What kind of bond this is, for people. */
    String kind();

    /** The spaces or bonds this one is made of, the one whose hub is inherited first. */
    List<Part> parts();

    /**
     * The spaces that are projected, in configuration order: the displaced space, or the experts. A bond without any collects no
     * pseudo pairs and must not be asked how.
     */
    List<String> sources();

    /**
     * The space on the other side: what is projected into and stays as it is. Of a connection, the second space, which is
     * projected as well.
     */
    String into();

    /**
     * Length of the embeddings of the space this makes.
     *
     * @param known the dimension of each part
     */
    default int dimension(ToIntFunction<String> known) {
        return known.applyAsInt(into());
    }

    /**
     * The unified space of one source, FreeBind's U: what is displaced, or combined into.
     *
     * @param source one of the {@link #sources()}
     */
    String unified(String source);

    /**
     * The expert space of one source, FreeBind's E: what is displaced into, or the combined source itself.
     *
     * @param source one of the {@link #sources()}
     */
    String expert(String source);

    /**
     * The modalities this bond embeds: the union of its parts', those of the unified side first.
     *
     * @param known the modalities of each part
     */
    List<Modality> modalities(Function<String, List<Modality>> known);

    /**
     * The modalities in which this bond weighs two sides against each other by a factor.
     *
     * @param known the modalities of each part
     */
    default NavigableSet<Modality> weighed(Function<String, List<Modality>> known) {
        NavigableSet<Modality> sources = new TreeSet<>();
        sources().forEach(source -> sources.addAll(known.apply(source)));
        sources.retainAll(known.apply(into()));
        return sources;
    }

    /** How much the expert counts in the mixed embedding, in [0, 1], for the modalities that were given. */
    Map<Modality, Double> factors();

    /**
     * The factor used where none is configured. The paper's are 0.9 for displacement and, for combination, 0.5 for audio and 0.1
     * for the rest; in a connection both sides count the same.
     */
    double defaultFactor(Modality modality);

    /** The factor of one modality: the configured one, or else the paper's. */
    default double factor(Modality modality) {
        return factors().getOrDefault(modality, defaultFactor(modality));
    }

    /** How much the projected side counts where the expert counts this much. */
    double projectedShare(double factor);

    /** How pseudo pairs are collected. */
    CollectionSettings collection();

    /** The spaces in which the items of tuples are found, where there are any. */
    default Collection<String> retrievers() {
        return sources().isEmpty() ? List.of() : collection().retrievers().values();
    }

    /** How the projectors are trained. */
    TrainingSettings training();

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
