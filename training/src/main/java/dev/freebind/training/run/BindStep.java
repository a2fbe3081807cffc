package dev.freebind.training.run;

import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionPlan;
import dev.freebind.bonds.graph.Displacement;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.bonds.projector.Subset;
import java.util.List;
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
     * Embeds a corpus into a bound space that a later bond builds on, with the configured factors.
     *
     * @param bond the bond it is for
     * @param space the bound space
     * @param modality the corpus's modality
     * @param corpus the corpus
     * @param expression how the embedding is composed
     * @param rows rows of the corpus
     * @param flops cost
     */
    record Embed(
            String bond,
            String space,
            Modality modality,
            String corpus,
            EmbeddingExpression expression,
            long rows,
            double flops)
            implements BindStep {
        @Override
        public String description() {
            return bond + ": embed " + corpus + " into " + space;
        }
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
            implements BindStep {
        /** Copies. */
        public Collect {
            startCorpora = List.copyOf(startCorpora);
            keyCorpora = keyCorpora.stream().map(List::copyOf).toList();
        }

        @Override
        public String description() {
            return bond + ": pairs of " + source + " from " + tuples.start();
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
            List<Collect> pairs,
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
