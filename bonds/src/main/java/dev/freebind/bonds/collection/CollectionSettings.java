package dev.freebind.bonds.collection;

import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.EvaluationTask.Pair;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a bond's pseudo pairs are collected.
 *
 * @param tuples what the partner of an item is
 * @param temperature τ of the soft retrieval, above 0; the paper: 1/100
 * @param weights whose similarities weigh the unified space's values; null for the default of the rule
 * @param plan steps the user wrote down instead of the rule; null for the rule
 * @param retrievers the spaces in which item tuples compare two modalities; see {@link TuplePlan} for pairs not given
 */
public record CollectionSettings(
        Tuples tuples,
        double temperature,
        @Nullable Weights weights,
        @Nullable List<ExplicitStep> plan,
        Map<Pair, String> retrievers) {

    /** Copies. */
    public CollectionSettings {
        plan = plan == null ? null : List.copyOf(plan);
        retrievers = Collections.unmodifiableMap(new LinkedHashMap<>(retrievers));
    }

    /** Soft pairs. */
    public CollectionSettings(double temperature, @Nullable Weights weights, @Nullable List<ExplicitStep> plan) {
        this(Tuples.SOFT, temperature, weights, plan, Map.of());
    }

    /** What the partner of an item is. */
    public enum Tuples {
        /** A mean of embeddings, weighed by similarity (FreeBind). */
        SOFT,
        /** The most similar item (OmniBind). */
        ITEMS
    }

    /** Whose similarities weigh the unified space's values where expert and unified space both know the pair. */
    public enum Weights {
        /** The unified space's own. */
        OWN,
        /** The expert's. */
        EXPERT
    }

    /**
     * One step as written in the configuration: {@code {start: text, query: unified.text, keys: unified.image, values:
     * [unified, vt]}}.
     *
     * @param start the start modality
     * @param querySpace the space of the query embeddings
     * @param queryModality the modality of the query embeddings: the start, or one reached by an earlier step
     * @param keySpace the space of the keys, the same as the query's
     * @param keyModality the modality that this step reaches
     * @param values the spaces that get pseudo embeddings of that modality
     */
    public record ExplicitStep(
            Modality start,
            String querySpace,
            Modality queryModality,
            String keySpace,
            Modality keyModality,
            List<String> values) {

        /** Copies. */
        public ExplicitStep {
            values = List.copyOf(values);
        }
    }
}
