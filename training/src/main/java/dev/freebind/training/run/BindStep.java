package dev.freebind.training.run;

import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionPlan;
import dev.freebind.bonds.collection.TuplePlan;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Displacement;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.bonds.router.RouterKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One step of binding, as data. Steps name what they read; {@link BindRun} does them. */
public sealed interface BindStep {

    /** The bond this step is for. */
    String bond();

    /** Rows that the step makes or trains on. */
    long rows();

    /** Floating-point operations of its matrix products. */
    double flops();

    /** What the step does, for people. */
    String description();

    /**
     * Embeds a corpus into a bound space that a later bond builds on, with the configured factors; or computes a source's means
     * of projections for training routers.
     *
     * @param bond the bond it is for
     * @param space the bound space, or {@code bond/source} for the means of a source
     * @param modality the corpus's modality
     * @param corpus the corpus
     * @param expression how the rows are computed
     * @param dimension their length
     * @param rows rows of the corpus
     * @param flops cost
     */
    record Embed(
            String bond,
            String space,
            Modality modality,
            String corpus,
            EmbeddingExpression expression,
            int dimension,
            long rows,
            double flops)
            implements BindStep {
        @Override
        public String description() {
            return bond + ": embed " + corpus + " into " + space;
        }
    }

    /** Tuples that begin with the items of one modality: pseudo pairs, or tuples of items. */
    sealed interface Tuples extends BindStep permits Collect, ItemTuples {

        /** The modality they begin with. */
        Modality start();

        /**
         * The modalities of which these tuples have embeddings in a space.
         *
         * @param graph tells what a space knows
         */
        Set<Modality> modalities(BondGraph graph, String space);
    }

    /**
     * Collects the pseudo pairs that begin with one modality.
     *
     * @param bond the bond it is for
     * @param source the bond's source
     * @param tuples the passes
     * @param startCorpora the corpora whose rows are the start items, in order
     * @param keyCorpora for every pass the corpora whose rows are the keys, in order
     * @param rows start items
     * @param flops cost
     */
    record Collect(
            String bond,
            String source,
            CollectionPlan.TupleSet tuples,
            List<String> startCorpora,
            List<List<String>> keyCorpora,
            long rows,
            double flops)
            implements Tuples {
        /** Copies. */
        public Collect {
            startCorpora = List.copyOf(startCorpora);
            keyCorpora = keyCorpora.stream().map(List::copyOf).toList();
        }

        @Override
        public Modality start() {
            return tuples.start();
        }

        @Override
        public Set<Modality> modalities(BondGraph graph, String space) {
            return tuples.modalities(space);
        }

        @Override
        public String description() {
            return bond + ": pairs of " + source + " from " + tuples.start();
        }
    }

    /**
     * Finds for every item of one modality the most similar item of another: row numbers, which no bond's projectors enter
     * unless the retriever is a bond.
     *
     * @param bond the bond it is first needed for
     * @param hop the search
     * @param fromCorpora whose items ask, in row order
     * @param toCorpora whose items are searched, in row order
     * @param rows items that ask
     * @param searched items that are searched
     * @param flops cost
     */
    record Retrieve(
            String bond,
            TuplePlan.Hop hop,
            List<String> fromCorpora,
            List<String> toCorpora,
            long rows,
            long searched,
            double flops)
            implements BindStep {
        /** Copies. */
        public Retrieve {
            fromCorpora = List.copyOf(fromCorpora);
            toCorpora = List.copyOf(toCorpora);
        }

        @Override
        public String description() {
            return bond + ": nearest " + hop.to() + " of each " + hop.from() + " by " + hop.retriever();
        }
    }

    /**
     * The tuples of items that begin with one modality: nothing is computed beyond the searches they are made of.
     *
     * @param bond the bond they are for
     * @param start the modality
     * @param corpora the corpora of each modality, in row order
     * @param searches how each other modality is reached: from the start, or from one that is reached itself
     * @param rows start items
     */
    record ItemTuples(
            String bond,
            Modality start,
            Map<Modality, List<String>> corpora,
            Map<Modality, Retrieve> searches,
            long rows)
            implements Tuples {
        /** Copies. */
        public ItemTuples {
            corpora = Collections.unmodifiableMap(new TreeMap<>(corpora));
            searches = Collections.unmodifiableMap(new TreeMap<>(searches));
        }

        @Override
        public Set<Modality> modalities(BondGraph graph, String space) {
            Set<Modality> modalities = new LinkedHashSet<>(graph.modalities(space));
            modalities.retainAll(corpora.keySet());
            return modalities;
        }

        @Override
        public double flops() {
            return 0;
        }

        @Override
        public String description() {
            return bond + ": item tuples from " + start;
        }
    }

    /**
     * Trains the routers of a combination.
     *
     * @param bond the combination
     * @param tuples what they are trained on
     * @param modalities what is read and weighed in each
     * @param rows tuples
     * @param flops cost
     */
    record Route(
            String bond, List<ItemTuples> tuples, Map<Modality, RoutedModality> modalities, long rows, double flops)
            implements BindStep {
        /** Copies. */
        public Route {
            tuples = List.copyOf(tuples);
            modalities = Collections.unmodifiableMap(new TreeMap<>(modalities));
        }

        /** The routers that come out, by modality. */
        public List<RouterKey> routers() {
            List<RouterKey> routers = new ArrayList<>();
            modalities.forEach((modality, routed) -> {
                if (!routed.read().isEmpty()) {
                    routers.add(new RouterKey(bond, modality));
                }
            });
            return routers;
        }

        @Override
        public String description() {
            return bond + ": train routers";
        }
    }

    /**
     * What is read and weighed in one modality of a routed combination.
     *
     * @param sources the spaces that are weighed, in the order of the scores
     * @param read the spaces a router reads; empty for no router
     * @param weighed where the sources' rows are: a space, or {@code bond/source} for means of projections
     */
    record RoutedModality(List<String> sources, List<String> read, List<String> weighed) {
        /** Copies. */
        public RoutedModality {
            sources = List.copyOf(sources);
            read = List.copyOf(read);
            weighed = List.copyOf(weighed);
        }
    }

    /**
     * Tunes what embeds one modality of a displaced space on pairs.
     *
     * @param tuned the tuned space
     * @param displacement what it tunes
     * @param subsets its projectors, all of which are tuned together
     * @param rows pairs, held-out ones included
     * @param flops cost, that of an encoder aside
     */
    record Tune(TunedSpace tuned, Displacement displacement, List<Subset> subsets, long rows, double flops)
            implements BindStep {
        /** Copies. */
        public Tune {
            subsets = List.copyOf(subsets);
        }

        @Override
        public String bond() {
            return tuned.name();
        }

        /** The projectors it makes. */
        public List<ProjectorKey> keys() {
            return subsets.stream()
                    .map(subset -> new ProjectorKey(tuned.name(), tuned.projected(displacement.unified()), subset))
                    .toList();
        }

        @Override
        public String description() {
            return tuned.name() + ": tune " + tuned.modality() + " against " + tuned.against();
        }
    }

    /**
     * Trains one projector, or two that meet in a new space.
     *
     * @param key the projector of the bond's source
     * @param counterpart the space of the other projector; null if that side is frozen
     * @param pairs the tuple sets it is trained on
     * @param sourceModalities modalities of the projected side
     * @param targetModalities modalities of the frozen side
     * @param rows tuples, held-out ones included
     * @param flops cost
     */
    record Train(
            ProjectorKey key,
            @Nullable String counterpart,
            List<Tuples> pairs,
            List<Modality> sourceModalities,
            List<Modality> targetModalities,
            long rows,
            double flops)
            implements BindStep {
        /** Copies. */
        public Train {
            pairs = List.copyOf(pairs);
            sourceModalities = List.copyOf(sourceModalities);
            targetModalities = List.copyOf(targetModalities);
        }

        @Override
        public String bond() {
            return key.bond();
        }

        /** The projectors that come out: the source's, then the other side's if it is projected as well. */
        public List<ProjectorKey> keys() {
            return counterpart == null
                    ? List.of(key)
                    : List.of(key, new ProjectorKey(key.bond(), counterpart, key.subset()));
        }

        @Override
        public String description() {
            return key.bond() + ": train " + key.source() + " " + key.subset();
        }
    }
}
