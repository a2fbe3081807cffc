package dev.freebind.evaluation.task;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.configuration.EvaluationTask.Classification;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.configuration.EvaluationTask.Tagging;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.FactorGrid;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.result.Results;
import dev.freebind.evaluation.result.Subject;
import dev.freebind.evaluation.result.Sweep;
import dev.freebind.evaluation.result.Sweep.Point;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs evaluation tasks for products and for every leaf space that can take part, like the paper's table 4.
 *
 * <p>A space takes part in a pair when both items carry embeddings of every leaf it needs; the others are listed with what is
 * missing. Embeddings that are put together in the same way are computed and ranked once. They are held in memory up to
 * {@link EvaluationLimits#memory()}, in temporary files beyond.
 *
 * <p>The inference and the source are the caller's to close. For one thread.
 */
public final class Evaluator {

    private final BondGraph graph;
    private final EmbeddingSource source;
    private final Inference inference;
    private final NearestItems nearest;
    private final Progress progress;
    private final EvaluationLimits limits;

    /** An evaluator of the spaces of a graph. */
    public Evaluator(
            BondGraph graph,
            EmbeddingSource source,
            Inference inference,
            NearestItems nearest,
            Progress progress,
            EvaluationLimits limits) {
        this.graph = graph;
        this.source = source;
        this.inference = inference;
        this.nearest = nearest;
        this.progress = progress;
        this.limits = limits;
    }

    /**
     * Runs the tasks.
     *
     * @return rows in the order of the tasks, their pairs, and within a pair of the spaces
     * @throws InvalidRequestException if a space or choice does not exist, or no space can take part in any pair
     * @throws DataException if items, labels, tags or relevance are missing or do not fit together, with all problems of a task
     */
    public Results evaluate(List<EvaluationTask> tasks, EvaluationRequest request) {
        return run(tasks, request, true);
    }

    /**
     * Runs the tasks over a grid of factors, without training: what the points have in common is computed once.
     *
     * @param request which spaces, and what is left out; its settings do not matter
     * @return the rows of every point; what every query got is not kept
     * @throws InvalidRequestException as {@link #evaluate}
     * @throws DataException as {@link #evaluate}
     */
    public Sweep sweep(List<EvaluationTask> tasks, FactorGrid grid, EvaluationRequest request) {
        List<Setting> settings = new ArrayList<>();
        grid.settings().forEach(factors -> settings.add(new Setting(Integer.toString(settings.size()), factors)));
        Results results = run(tasks, new EvaluationRequest(request.spaces(), settings, request.customisation()), false);
        Map<String, List<ResultRow>> byPoint = new HashMap<>();
        for (ResultRow row : results.rows()) {
            String point = row.subject().preset() == null ? "" : row.subject().preset();
            Subject plain = new Subject(row.subject().space(), null);
            byPoint.computeIfAbsent(point, name -> new ArrayList<>())
                    .add(new ResultRow(plain, row.measure(), row.value(), row.ci95(), row.counts(), row.conditions()));
        }
        List<Point> points = new ArrayList<>();
        for (Setting setting : settings) {
            List<ResultRow> rows = new ArrayList<>(byPoint.getOrDefault(String.valueOf(setting.preset()), List.of()));
            rows.addAll(byPoint.getOrDefault("", List.of()));
            points.add(new Point(setting.factors().byBond().getOrDefault(grid.bond(), Map.of()), rows));
        }
        return new Sweep(grid, points);
    }

    private Results run(List<EvaluationTask> tasks, EvaluationRequest request, boolean keepQueries) {
        if (tasks.isEmpty()) {
            throw new InvalidRequestException(graph.configuration().file()
                    + ": there is nothing to evaluate; add a task under the key 'evaluation'");
        }
        try (EvaluationRun run =
                new EvaluationRun(graph, inference, progress, limits, spaces(request), request, keepQueries)) {
            RetrievalEvaluation retrieval = new RetrievalEvaluation(run, source, nearest, limits.bootstrap());
            ZeroShotEvaluation zeroShot = new ZeroShotEvaluation(run, source, inference, nearest, limits.bootstrap());
            for (EvaluationTask task : tasks) {
                if (task instanceof Retrieval ofPairs) {
                    retrieval.measure(ofPairs);
                } else if (task instanceof Classification classification) {
                    zeroShot.measure(classification);
                } else if (task instanceof Tagging tagging) {
                    zeroShot.measure(tagging);
                }
            }
            return run.results();
        }
    }

    private List<String> spaces(EvaluationRequest request) {
        request.spaces().forEach(graph::modalities);
        if (!request.spaces().isEmpty()) {
            return request.spaces().stream().distinct().toList();
        }
        List<String> spaces = new ArrayList<>(graph.names());
        spaces.sort(Comparator.comparing(graph::isLeaf));
        return spaces;
    }
}
