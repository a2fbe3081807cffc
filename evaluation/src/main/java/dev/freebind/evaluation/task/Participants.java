package dev.freebind.evaluation.task;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.Exclusion;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.bonds.product.ProjectorSelection;
import dev.freebind.evaluation.result.Conditions;
import dev.freebind.evaluation.result.LeftOut;
import dev.freebind.evaluation.result.Subject;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Who takes part in one pair, and who cannot.
 *
 * @param taking the participants in the order of the request
 * @param leftOut the others, with what they lack
 */
record Participants(List<Participant> taking, Set<LeftOut> leftOut) {

    /**
     * A space under a factor setting.
     *
     * @param subject its name in the results
     * @param conditions how its embeddings are put together
     * @param first the embedding of the first modality
     * @param second the embedding of the second modality
     */
    record Participant(Subject subject, Conditions conditions, EmbeddingExpression first, EmbeddingExpression second) {}

    /** One side of a pair: what is embedded, and which embeddings there are. */
    record Side(Modality modality, TaskItems items) {

        /** What a space lacks to embed this side under these choices; one is the modality itself if nothing embeds it. */
        Set<String> missing(BondGraph graph, String space, Customisation choice) {
            try {
                return items.missing(Composition.compose(graph, space, modality, choice));
            } catch (InvalidRequestException e) {
                // These choices leave nothing that knows the modality, or select a projector that this space has not.
                return Set.of(
                        choice.projectors().equals(ProjectorSelection.ALL)
                                ? modality + " without " + String.join(", ", excluded(choice))
                                : modality + ": " + e.getMessage());
            }
        }
    }

    /**
     * Finds them.
     *
     * @param spaces the spaces asked for
     * @param settings the factor settings, at least one
     */
    static Participants of(
            BondGraph graph,
            List<String> spaces,
            List<Setting> settings,
            Customisation customisation,
            String dataset,
            String pair,
            Side first,
            Side second) {
        Map<Subject, Participant> taking = new LinkedHashMap<>();
        Set<LeftOut> leftOut = new LinkedHashSet<>();
        for (String space : spaces) {
            for (Setting setting : settings) {
                FactorSettings factors = customisation.factors().with(setting.factors());
                Customisation choice = customisation.with(factors);
                Set<String> missing = unknown(graph, space, first, second);
                if (missing.isEmpty()) {
                    missing.addAll(first.missing(graph, space, choice));
                    missing.addAll(second.missing(graph, space, choice));
                }
                if (missing.isEmpty()) {
                    EmbeddingExpression ofFirst = Composition.compose(graph, space, first.modality(), choice);
                    EmbeddingExpression ofSecond = Composition.compose(graph, space, second.modality(), choice);
                    boolean affected = isAffected(graph, space, choice, setting, first, ofFirst)
                            || isAffected(graph, space, choice, setting, second, ofSecond);
                    Subject subject = new Subject(space, affected ? setting.preset() : null);
                    FactorSettings shown = affected ? factors : customisation.factors();
                    taking.putIfAbsent(
                            subject,
                            new Participant(
                                    subject, conditions(graph, space, shown, customisation), ofFirst, ofSecond));
                }
                if (!missing.isEmpty()) {
                    leftOut.add(new LeftOut(space, dataset, pair, List.copyOf(missing)));
                }
            }
        }
        return new Participants(List.copyOf(taking.values()), leftOut);
    }

    private static Set<String> unknown(BondGraph graph, String space, Side first, Side second) {
        Set<String> unknown = new LinkedHashSet<>();
        for (Side side : List.of(first, second)) {
            if (!graph.modalities(space).contains(side.modality())) {
                unknown.add(side.modality().name());
            }
        }
        return unknown;
    }

    /**
     * Says whether a setting decides anything about an embedding: whether other factors in its place would give another
     * expression. A preset that repeats the configured factors still decides them.
     */
    private static boolean isAffected(
            BondGraph graph,
            String space,
            Customisation choice,
            Setting setting,
            Side side,
            EmbeddingExpression composed) {
        Map<String, Map<Modality, Double>> others = new TreeMap<>();
        setting.factors().byBond().forEach((bond, factors) -> {
            Map<Modality, Double> moved = new TreeMap<>();
            factors.forEach((modality, factor) -> moved.put(modality, factor < 0.5 ? factor + 0.25 : factor - 0.25));
            others.put(bond, moved);
        });
        Customisation elsewhere = choice.with(choice.factors().with(new FactorSettings(others)));
        return !others.isEmpty()
                && !Composition.compose(graph, space, side.modality(), elsewhere)
                        .equals(composed);
    }

    private static Conditions conditions(
            BondGraph graph, String space, FactorSettings factors, Customisation customisation) {
        Map<String, Map<String, Double>> named = new TreeMap<>();
        Composition.factors(graph, space, factors).forEach((bond, values) -> {
            Map<String, Double> ofBond = new TreeMap<>();
            values.forEach((modality, factor) -> ofBond.put(modality.name(), factor));
            named.put(bond, ofBond);
        });
        return new Conditions(
                named,
                excluded(customisation),
                graph.isLeaf(space) ? "all" : customisation.projectors().toString());
    }

    private static List<String> excluded(Customisation customisation) {
        return customisation.without().stream().map(Exclusion::toString).toList();
    }
}
