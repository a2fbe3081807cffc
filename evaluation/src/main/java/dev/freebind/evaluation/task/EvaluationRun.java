package dev.freebind.evaluation.task;

import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.evaluation.result.ClassScore;
import dev.freebind.evaluation.result.LeftOut;
import dev.freebind.evaluation.result.QueryOutcomes;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.result.Results;
import dev.freebind.evaluation.task.Participants.Side;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** One evaluation under way: who takes part, what is computed, and what came out so far. */
final class EvaluationRun implements AutoCloseable {

    private final BondGraph graph;
    private final Progress progress;
    private final List<String> spaces;
    private final EvaluationRequest request;
    private final boolean keepQueries;
    private final Materialisation computed;
    private final List<ResultRow> rows = new ArrayList<>();
    private final Set<LeftOut> leftOut = new LinkedHashSet<>();
    private final List<ClassScore> classScores = new ArrayList<>();
    private final List<QueryOutcomes> queries = new ArrayList<>();

    /** Two expressions that decide a ranking. */
    record Ranked(EmbeddingExpression first, EmbeddingExpression second) {}

    /**
     * Nothing has come out yet.
     *
     * @param spaces that are measured
     * @param keepQueries whether what every query got is kept; if not, a bar counts points instead of queries
     */
    EvaluationRun(
            BondGraph graph,
            Inference inference,
            Progress progress,
            EvaluationLimits limits,
            List<String> spaces,
            EvaluationRequest request,
            boolean keepQueries) {
        this.graph = graph;
        this.progress = progress;
        this.spaces = spaces;
        this.request = request;
        this.keepQueries = keepQueries;
        this.computed = new Materialisation(
                inference,
                limits,
                request.settings().size() > 1 ? Materialisation.Parts.KEPT : Materialisation.Parts.RECOMPUTED);
    }

    /** The spaces that take part in a pair; the others are noted as left out. */
    Participants participants(EvaluationTask task, String pair, Side first, Side second) {
        Participants participants = Participants.of(
                graph,
                spaces,
                request.settings().isEmpty() ? List.of(Setting.CONFIGURED) : request.settings(),
                request.customisation(),
                task.name(),
                pair,
                first,
                second);
        leftOut.addAll(participants.leftOut());
        return participants;
    }

    /** One bar for all points of a grid; otherwise every ranking has its own. */
    Progress.Task points(String label, Participants participants) {
        return keepQueries
                ? Progress.SILENT.start(label, 0, "")
                : progress.start(label, participants.taking().size(), "points");
    }

    Progress.Task ranking(String label, long queries) {
        return (keepQueries ? progress : Progress.SILENT).start(label, queries, "queries");
    }

    /** Items in a space, computed now or earlier; valid until {@link #done()}. */
    Embeddings embedded(TaskItems items, EmbeddingExpression expression) {
        return computed.of(items, expression);
    }

    /** What was embedded is not needed any more. */
    void done() {
        computed.done();
    }

    boolean keepsQueries() {
        return keepQueries;
    }

    void add(List<ResultRow> measured) {
        rows.addAll(measured);
    }

    void add(ResultRow measured) {
        rows.add(measured);
    }

    void add(ClassScore score) {
        classScores.add(score);
    }

    /** Takes what every query got, if that is kept. */
    void keep(QueryOutcomes outcomes) {
        if (keepQueries) {
            queries.add(outcomes);
        }
    }

    /**
     * What came out.
     *
     * @throws InvalidRequestException if no space could take part in anything
     */
    Results results() {
        if (rows.isEmpty()) {
            throw new InvalidRequestException("no space can take part in any pair:\n"
                    + leftOut.stream()
                            .map(entry -> "  " + entry.dataset() + " " + entry.pair() + ": " + entry.space() + " lacks "
                                    + String.join(", ", entry.missing()))
                            .collect(Collectors.joining("\n"))
                    + "\nGive embeddings of the missing leaves under 'items', or choose other spaces with --space");
        }
        return new Results(rows, List.copyOf(leftOut), classScores, queries);
    }

    @Override
    public void close() {
        computed.close();
    }
}
