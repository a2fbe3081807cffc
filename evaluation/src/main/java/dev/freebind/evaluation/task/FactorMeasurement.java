package dev.freebind.evaluation.task;

import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.EvaluationTask.Pair;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.evaluation.metric.RankOutcomes;
import dev.freebind.evaluation.task.Participants.Side;
import dev.freebind.evaluation.task.RetrievalItems.Relevant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Retrieval of single pairs under many factor settings. The outputs of projectors do not depend on factors of their own bond:
 * they are computed once and only mixed again. Nothing of a ranking is kept here.
 *
 * <p>Inference and source are the caller's to close; closing this removes temporary files. For one thread.
 */
public final class FactorMeasurement implements AutoCloseable {

    private final BondGraph graph;
    private final NearestItems nearest;
    private final Customisation customisation;
    private final Materialisation computed;
    private final Map<RetrievalPair, Opened> pairs = new LinkedHashMap<>();
    private final Map<RetrievalPair, Relation> relations = new HashMap<>();

    private record Opened(RetrievalItems items, Pair pair) {
        Side first() {
            return items.side(pair.first());
        }

        Side second() {
            return items.side(pair.second());
        }
    }

    /** What belongs together in a pair, and the group that each of its items is in. */
    private record Relation(Relevant relevant, int[] firstGroups, int[] secondGroups) {}

    /** How both sides of a pair are embedded; equal compositions have equal rankings. */
    private record Composed(RetrievalPair pair, EmbeddingExpression first, EmbeddingExpression second) {}

    /**
     * Prepares the pairs of tasks; nothing is opened yet.
     *
     * @param customisation experts, projectors and weights; factors that a setting does not name
     */
    public FactorMeasurement(
            BondGraph graph,
            EmbeddingSource source,
            Inference inference,
            NearestItems nearest,
            EvaluationLimits limits,
            Customisation customisation,
            List<Retrieval> tasks) {
        this.graph = graph;
        this.nearest = nearest;
        this.customisation = customisation;
        this.computed = new Materialisation(inference, limits, Materialisation.Parts.KEPT);
        for (Retrieval task : tasks) {
            RetrievalItems items = new RetrievalItems(task, source);
            task.pairs()
                    .forEach(pair ->
                            pairs.put(new RetrievalPair(task.name(), pair.toString()), new Opened(items, pair)));
        }
    }

    /** The pairs of all tasks, in their order. */
    public List<RetrievalPair> pairs() {
        return List.copyOf(pairs.keySet());
    }

    /** The two modalities of a pair. */
    public List<Modality> modalities(RetrievalPair pair) {
        Pair modalities = opened(pair).pair();
        return List.of(modalities.first(), modalities.second());
    }

    /**
     * What a space lacks to take part in a pair under a setting: modalities it does not know or that nothing embeds without the
     * experts left out, or leaves without embeddings of the items.
     */
    public Set<String> missing(RetrievalPair pair, String space, FactorSettings factors) {
        Opened opened = opened(pair);
        Set<String> missing = new LinkedHashSet<>();
        for (Side side : List.of(opened.first(), opened.second())) {
            if (!graph.modalities(space).contains(side.modality())) {
                missing.add(side.modality().name());
            } else {
                missing.addAll(side.missing(
                        graph, space, customisation.with(customisation.factors().with(factors))));
            }
        }
        return missing;
    }

    /**
     * Checks that what was opened fits together.
     *
     * @throws dev.freebind.api.DataException naming every file that does not
     */
    public void check() {
        pairs.values().stream().map(Opened::items).distinct().forEach(RetrievalItems::check);
    }

    /** Floating-point operations of one ranking of a pair, both directions. */
    public double flops(RetrievalPair pair, String space) {
        Opened opened = opened(pair);
        return 4.0
                * opened.first().items().rows()
                * opened.second().items().rows()
                * graph.space(space).dimension();
    }

    /** An object that is equal for settings under which a pair is ranked in the same way. */
    public Object composition(RetrievalPair pair, String space, FactorSettings factors) {
        Pair modalities = opened(pair).pair();
        return new Composed(
                pair, compose(space, modalities.first(), factors), compose(space, modalities.second(), factors));
    }

    /**
     * Ranks a pair in both directions.
     *
     * @param k what counts as a hit: a relevant item among the top k
     * @throws InvalidRequestException if the space cannot take part
     */
    public QueryHits hits(RetrievalPair pair, String space, FactorSettings factors, int k) {
        Set<String> missing = missing(pair, space, factors);
        if (!missing.isEmpty()) {
            throw new InvalidRequestException(
                    "'" + space + "' cannot take part in " + pair + ": it lacks " + String.join(", ", missing));
        }
        Opened opened = opened(pair);
        Relation relation = relations.computeIfAbsent(
                pair, unknown -> relation(opened.items().relevant(opened.pair())));
        Relevant relevant = relation.relevant();
        Progress.Task silent = Progress.SILENT.start("", 0, "");
        RankOutcomes there;
        RankOutcomes back;
        try {
            Embeddings first = computed.of(
                    opened.first().items(), compose(space, opened.first().modality(), factors));
            Embeddings second = computed.of(
                    opened.second().items(), compose(space, opened.second().modality(), factors));
            there = new RankOutcomes(nearest.ranks(first, second, relevant.forward(), silent));
            back = new RankOutcomes(nearest.ranks(second, first, relevant.backward(), silent));
        } finally {
            computed.done();
        }
        return new QueryHits(
                there.hits(k),
                scored(there, relation.firstGroups()),
                back.hits(k),
                scored(back, relation.secondGroups()),
                relevant.aligned());
    }

    private EmbeddingExpression compose(String space, Modality modality, FactorSettings factors) {
        return Composition.compose(
                graph,
                space,
                modality,
                customisation.with(customisation.factors().with(factors)));
    }

    private Opened opened(RetrievalPair pair) {
        return Objects.requireNonNull(pairs.get(pair), pair::toString);
    }

    private static int[] scored(RankOutcomes outcomes, int[] groups) {
        return IntStream.range(0, groups.length)
                .filter(outcomes::isScored)
                .map(query -> groups[query])
                .toArray();
    }

    /** Items that are connected by right answers belong to one group, so that a split does not tear them apart. */
    private static Relation relation(Relevant relevant) {
        int firsts = relevant.forward().queries();
        int seconds = relevant.backward().queries();
        int[] parent = IntStream.range(0, firsts + seconds).toArray();
        for (int first = 0; first < firsts; first++) {
            for (int second : relevant.forward().relevant(first)) {
                int one = root(parent, first);
                int other = root(parent, firsts + second);
                parent[Math.max(one, other)] = Math.min(one, other);
            }
        }
        int[] roots = IntStream.range(0, parent.length)
                .map(item -> root(parent, item))
                .toArray();
        return new Relation(relevant, Arrays.copyOf(roots, firsts), Arrays.copyOfRange(roots, firsts, roots.length));
    }

    private static int root(int[] parent, int item) {
        int at = item;
        while (parent[at] != at) {
            parent[at] = parent[parent[at]];
            at = parent[at];
        }
        return at;
    }

    @Override
    public void close() {
        computed.close();
    }
}
