package dev.freebind.evaluation.task;

import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.configuration.EvaluationTask.Classes;
import dev.freebind.bonds.configuration.EvaluationTask.Classification;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.configuration.EvaluationTask.Tagging;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.Routing;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.EmbeddingExpression.Routed;
import dev.freebind.bonds.product.EmbeddingExpression.Router;
import dev.freebind.bonds.router.RouterKey;
import dev.freebind.bonds.router.RouterLayout;
import dev.freebind.evaluation.routing.RouterLoad;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Asks routers how they weigh the items of tasks.
 *
 * @param graph the spaces
 * @param source of the items' embeddings
 * @param inference gives the weights; the caller's to close
 */
public record RouterMeasurement(BondGraph graph, EmbeddingSource source, Inference inference) {

    /**
     * The routers that spaces are made with, each over the items of each task; class texts count as items of their own.
     *
     * @param spaces whose routers are asked; a router that several spaces share is asked once
     * @return by router, then task; a task that lacks embeddings which a router needs is left out. Empty if nothing is routed
     * @throws dev.freebind.api.DataException if the items cannot be read
     */
    public List<RouterLoad> of(
            List<EvaluationTask> tasks, List<String> spaces, Customisation customisation, Progress progress) {
        Map<Modality, Set<Routed>> routed = routed(spaces, customisation);
        if (routed.isEmpty()) {
            return List.of();
        }
        Map<RouterKey, List<RouterLoad>> loads = new LinkedHashMap<>();
        try (Progress.Task bar = progress.start("router weights", tasks.size(), "tasks")) {
            for (EvaluationTask task : tasks) {
                for (Group group : groups(task)) {
                    for (Routed expression : routed.getOrDefault(group.modality(), Set.of())) {
                        if (group.items().missing(expression).isEmpty()
                                && group.items().rows() > 0) {
                            RouterLoad load = load(expression, group);
                            loads.computeIfAbsent(load.router(), router -> new ArrayList<>())
                                    .add(load);
                        }
                    }
                }
                bar.advance(1);
            }
        }
        return loads.values().stream().flatMap(List::stream).toList();
    }

    private Map<Modality, Set<Routed>> routed(List<String> spaces, Customisation customisation) {
        Map<Modality, Set<Routed>> routed = new LinkedHashMap<>();
        for (String space : spaces) {
            for (Modality modality : graph.modalities(space)) {
                for (Routed expression : routed(space, modality, customisation)) {
                    if (expression.router() != null) {
                        routed.computeIfAbsent(modality, unknown -> new LinkedHashSet<>())
                                .add(expression);
                    }
                }
            }
        }
        return routed;
    }

    private Set<Routed> routed(String space, Modality modality, Customisation customisation) {
        return Composition.find(graph, space, modality, customisation)
                .map(EmbeddingExpression::routed)
                .orElse(Set.of());
    }

    private RouterLoad load(Routed expression, Group group) {
        Router router = expression.router();
        if (router == null) {
            throw new IllegalArgumentException("only routers have a load");
        }
        List<String> sources = sources(router.key());
        return RouterLoad.of(
                router.key(),
                group.label(),
                expression.slots().stream()
                        .map(slot -> sources.get(slot.score()))
                        .toList(),
                group.items().weights(expression, inference));
    }

    private List<String> sources(RouterKey router) {
        Combination combination = (Combination) graph.bond(router.bond());
        Routing routing = combination.routing();
        if (routing == null) {
            throw new IllegalStateException("the bond of the router " + router + " has no routing");
        }
        return RouterLayout.of(graph, combination, routing, router.modality()).sources();
    }

    /** Items of one modality that are looked at together. */
    private record Group(String label, Modality modality, TaskItems items) {}

    private List<Group> groups(EvaluationTask task) {
        if (task instanceof Retrieval retrieval) {
            RetrievalItems items = new RetrievalItems(retrieval, source);
            return task.items().keySet().stream()
                    .map(modality -> new Group(
                            task.name(), modality, items.side(modality).items()))
                    .toList();
        }
        Classes classes =
                task instanceof Classification classification ? classification.classes() : ((Tagging) task).classes();
        ZeroShot zeroShot = ZeroShot.of(task, classes, source);
        return List.of(
                new Group(task.name(), zeroShot.modality(), zeroShot.items()),
                new Group(task.name() + ", classes", Modality.TEXT, zeroShot.templates()));
    }
}
