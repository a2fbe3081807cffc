package dev.freebind.bonds.collection;

import dev.freebind.api.Modality;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * How the pseudo pairs of one source of one bond are collected: data, printable, made by {@link CollectionRule} or written by
 * the user.
 *
 * @param expert name of the expert space (the bond's source in a combination, its target in a displacement)
 * @param unified name of the unified space
 * @param starts one tuple set per start modality
 */
public record CollectionPlan(String expert, String unified, List<TupleSet> starts) {

    /** Copies. */
    public CollectionPlan {
        starts = List.copyOf(starts);
    }

    /** The modalities from which tuples are collected, in plan order. */
    public List<Modality> startModalities() {
        return starts.stream().map(TupleSet::start).toList();
    }

    /** One line for each start modality. */
    @Override
    public String toString() {
        return starts.stream().map(TupleSet::toString).collect(Collectors.joining("\n"));
    }

    /**
     * The tuples that begin with the items of one modality.
     *
     * @param start the modality whose items the tuples begin with
     * @param nativeSpaces the spaces that embed the start items themselves: expert, unified or both
     * @param steps passes of soft retrieval, in an order in which every query is known
     */
    public record TupleSet(Modality start, List<String> nativeSpaces, List<Step> steps) {
        /** Copies. */
        public TupleSet {
            nativeSpaces = List.copyOf(nativeSpaces);
            steps = List.copyOf(steps);
        }

        /**
         * The modalities of which these tuples have embeddings in a space: the start if the space is native to it, and what the
         * steps bring. A loss term exists for every pair of an expert's and a unified modality (FreeBind eq. 7 and 8).
         *
         * @param space the plan's expert or unified space
         */
        public NavigableSet<Modality> modalities(String space) {
            NavigableSet<Modality> modalities = new TreeSet<>();
            if (nativeSpaces.contains(space)) {
                modalities.add(start);
            }
            for (Step step : steps) {
                if (step.values().contains(space)) {
                    modalities.add(step.keys().modality());
                }
            }
            return modalities;
        }

        @Override
        public String toString() {
            return start + ": native " + String.join(", ", nativeSpaces)
                    + steps.stream().map(step -> "; " + step).collect(Collectors.joining());
        }
    }

    /**
     * One pass of soft retrieval: {@code agg(query, keys → values)}; several values share the pass.
     *
     * @param query what asks: native start rows, or the (not normalised) result of an earlier step
     * @param keys what is searched: the corpus rows of a modality in the query's space
     * @param values the spaces that get pseudo embeddings of the keys' modality
     */
    public record Step(SpaceModality query, SpaceModality keys, List<String> values) {
        /** Copies. */
        public Step {
            values = List.copyOf(values);
        }

        @Override
        public String toString() {
            return "agg(" + query + ", " + keys + " -> " + String.join(", ", values) + ")";
        }
    }

    /**
     * One modality in one space, written {@code space.modality}.
     *
     * @param space the space
     * @param modality the modality
     */
    public record SpaceModality(String space, Modality modality) {
        @Override
        public String toString() {
            return space + "." + modality;
        }
    }
}
