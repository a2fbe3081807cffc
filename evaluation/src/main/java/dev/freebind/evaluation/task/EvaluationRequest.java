package dev.freebind.evaluation.task;

import dev.freebind.api.Modality;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.Customisation;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What to measure.
 *
 * @param spaces products and leaf spaces by name, in the order of the result; empty for all: products, then leaves
 * @param settings the factors, each giving one set of rows; empty for the configured ones
 * @param customisation what is left out, which projectors, which weights; its factors hold where no setting says otherwise
 */
public record EvaluationRequest(List<String> spaces, List<Setting> settings, Customisation customisation) {

    /** Every space as configured. */
    public static final EvaluationRequest ALL = new EvaluationRequest(List.of(), List.of(), Customisation.CONFIGURED);

    /** Copies. */
    public EvaluationRequest {
        spaces = List.copyOf(spaces);
        settings = List.copyOf(settings);
    }

    /** The choices that hold under each setting. */
    public List<Customisation> choices() {
        return (settings.isEmpty() ? List.of(Setting.CONFIGURED) : settings)
                .stream()
                        .map(setting ->
                                customisation.with(customisation.factors().with(setting.factors())))
                        .toList();
    }

    /**
     * The leaf spaces that are needed to embed anything into the spaces asked for, under at least one of the settings.
     *
     * @return may be changed by the caller; empty where no space is named
     */
    public Set<String> leaves(BondGraph graph) {
        Set<String> leaves = new LinkedHashSet<>();
        for (String space : spaces) {
            for (Modality modality : graph.modalities(space)) {
                for (Customisation choice : choices()) {
                    Composition.find(graph, space, modality, choice)
                            .ifPresent(expression -> expression.leaves().forEach(leaf -> leaves.add(leaf.space())));
                }
            }
        }
        return leaves;
    }
}
