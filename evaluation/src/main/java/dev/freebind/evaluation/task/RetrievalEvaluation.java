package dev.freebind.evaluation.task;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.configuration.EvaluationTask.Pair;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.execution.Relevance;
import dev.freebind.evaluation.interval.Bootstrap;
import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.metric.RankOutcomes;
import dev.freebind.evaluation.result.Conditions;
import dev.freebind.evaluation.result.QueryOutcomes;
import dev.freebind.evaluation.result.Subject;
import dev.freebind.evaluation.task.EvaluationRun.Ranked;
import dev.freebind.evaluation.task.Participants.Participant;
import dev.freebind.evaluation.task.RetrievalItems.Relevant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Measures retrieval, both ways of every pair.
 *
 * @param run takes what comes out
 * @param source of the items' embeddings
 * @param nearest ranks
 * @param bootstrap of the intervals
 */
record RetrievalEvaluation(EvaluationRun run, EmbeddingSource source, NearestItems nearest, Bootstrap bootstrap) {

    private static final String RETRIEVAL = "retrieval";

    /** Measures all pairs of a task. */
    void measure(Retrieval task) {
        RetrievalItems items = new RetrievalItems(task, source);
        Map<Pair, Participants> byPair = new LinkedHashMap<>();
        for (Pair pair : task.pairs()) {
            byPair.put(
                    pair, run.participants(task, pair.toString(), items.side(pair.first()), items.side(pair.second())));
        }
        items.check();
        byPair.forEach((pair, participants) -> {
            if (!participants.taking().isEmpty()) {
                retrieval(task, pair, participants, items);
            }
        });
    }

    /** The metrics of a ranking in both directions, and what every query got if that is kept. */
    private record BothWays(RankRows there, RankRows back, RankOutcomes @Nullable [] outcomes) {}

    private void retrieval(Retrieval task, Pair pair, Participants participants, RetrievalItems items) {
        TaskItems first = items.side(pair.first()).items();
        TaskItems second = items.side(pair.second()).items();
        Relevant relevant = items.relevant(pair);
        boolean aligned = relevant.aligned();
        List<Metric> recalls = task.recall().stream().map(Metric::recall).toList();
        Map<Ranked, BothWays> ranked = new HashMap<>();
        try (Progress.Task points = run.points(task.name() + " " + pair, participants)) {
            for (Participant participant : participants.taking()) {
                Subject subject = participant.subject();
                BothWays both =
                        ranked.computeIfAbsent(new Ranked(participant.first(), participant.second()), pairOf -> {
                            RankOutcomes[] outcomes = ranks(
                                    task.name() + " " + pair + ": " + subject.label(),
                                    pairOf,
                                    first,
                                    second,
                                    relevant.forward(),
                                    relevant.backward());
                            // Row-aligned: query i is the same item in both directions, so both are resampled
                            // together.
                            return new BothWays(
                                    RankRows.of(outcomes[0], second.rows(), recalls, true, bootstrap, 0),
                                    RankRows.of(outcomes[1], first.rows(), recalls, true, bootstrap, aligned ? 0 : 1),
                                    run.keepsQueries() ? outcomes : null);
                        });
                String there = pair.first() + "->" + pair.second();
                String back = pair.second() + "->" + pair.first();
                Conditions conditions = participant.conditions();
                run.add(both.there().rows(subject, conditions, task.name(), RETRIEVAL, pair.toString(), there));
                run.add(both.back().rows(subject, conditions, task.name(), RETRIEVAL, pair.toString(), back));
                run.add(both.there().means(both.back(), subject, conditions, task.name(), RETRIEVAL, pair.toString()));
                RankOutcomes[] outcomes = both.outcomes();
                if (outcomes != null) {
                    run.keep(outcomes(subject, task, pair.toString(), there, second.rows(), aligned, outcomes[0]));
                    run.keep(outcomes(subject, task, pair.toString(), back, first.rows(), aligned, outcomes[1]));
                }
                points.advance(1);
            }
        }
    }

    private RankOutcomes[] ranks(
            String label,
            Ranked expressions,
            TaskItems first,
            TaskItems second,
            Relevance forward,
            Relevance backward) {
        try (Progress.Task task = run.ranking(label, (long) forward.queries() + backward.queries())) {
            Embeddings ofFirst = run.embedded(first, expressions.first());
            Embeddings ofSecond = run.embedded(second, expressions.second());
            return new RankOutcomes[] {
                new RankOutcomes(nearest.ranks(ofFirst, ofSecond, forward, task)),
                new RankOutcomes(nearest.ranks(ofSecond, ofFirst, backward, task))
            };
        } finally {
            run.done();
        }
    }

    private QueryOutcomes outcomes(
            Subject subject,
            EvaluationTask task,
            String pair,
            String direction,
            int gallery,
            boolean aligned,
            RankOutcomes outcomes) {
        return new QueryOutcomes(
                subject, task.name(), pair, direction, gallery, aligned, new QueryOutcomes.Ranks(outcomes));
    }
}
