package dev.freebind.bonds.graph;

import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * A bond whose projectors are learned from pseudo pairs of unpaired data: at least one space is projected, and where both sides
 * know a modality, a factor weighs their embeddings.
 */
public sealed interface PseudoPairBond extends Bond permits Displacement, Combination, Connection {

    /** The spaces that are projected, in configuration order: the displaced space, or the experts; at least one. */
    List<String> sources();

    /**
     * The space on the other side: what is projected into and stays as it is. Of a connection, the second space, which is
     * projected as well.
     */
    String into();

    @Override
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

    /** Its parts, and the spaces in which the items of tuples are found, where there are any. */
    @Override
    default List<String> needs() {
        List<String> needs = new ArrayList<>(Bond.super.needs());
        needs.addAll(collection().retrievers().values());
        return needs;
    }

    /** How the projectors are trained. */
    TrainingSettings training();
}
