package dev.freebind.bonds.collection;

import dev.freebind.api.Modality;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a bond's pseudo pairs are collected.
 *
 * @param temperature τ of the soft retrieval, above 0; the paper: 1/100
 * @param weights whose similarities weigh the unified space's values; null for the default of the rule
 * @param plan steps the user wrote down instead of the rule; null for the rule
 */
public record CollectionSettings(
        double temperature,
        @Nullable Weights weights,
        @Nullable List<ExplicitStep> plan) {

    /** Copies the plan. */
    public CollectionSettings {
        plan = plan == null ? null : List.copyOf(plan);
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
