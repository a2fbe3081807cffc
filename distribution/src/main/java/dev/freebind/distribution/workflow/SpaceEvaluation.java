package dev.freebind.distribution.workflow;

import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.FactorGrid;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.result.Results;
import dev.freebind.evaluation.result.Sweep;
import dev.freebind.evaluation.task.EvaluationLimits;
import dev.freebind.evaluation.task.EvaluationRequest;
import dev.freebind.evaluation.task.Evaluator;
import dev.freebind.evaluation.task.Setting;
import dev.freebind.training.BoundSpace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Evaluates a bound space.
 *
 * @param space the bound space; the caller's to close
 * @param nearest ranks
 * @param progress shown while it runs
 */
public record SpaceEvaluation(BoundSpace space, NearestItems nearest, Progress progress) {

    /**
     * Runs tasks.
     *
     * @throws dev.freebind.api.FreeBindException as {@link Evaluator#evaluate}
     */
    public Results evaluate(List<EvaluationTask> tasks, EvaluationRequest request) {
        return evaluate(tasks, request, progress);
    }

    private Results evaluate(List<EvaluationTask> tasks, EvaluationRequest request, Progress shown) {
        try (EvaluationFiles files = new EvaluationFiles()) {
            return new Evaluator(
                            space.graph(),
                            files,
                            space.inference(),
                            nearest,
                            shown,
                            EvaluationLimits.defaults(space.configuration().seed()))
                    .evaluate(tasks, request);
        }
    }

    /** Measures the grid's bond at every point of the grid. */
    public Sweep sweep(List<EvaluationTask> tasks, FactorGrid grid, Customisation customisation) {
        List<Sweep.Point> points = new ArrayList<>();
        List<FactorSettings> settings = grid.settings();
        try (Progress.Task task = progress.start("sweep " + grid.bond(), settings.size(), "points")) {
            for (FactorSettings setting : settings) {
                EvaluationRequest request =
                        new EvaluationRequest(List.of(grid.bond()), List.of(new Setting(null, setting)), customisation);
                List<ResultRow> rows = evaluate(tasks, request, Progress.SILENT).rows();
                points.add(new Sweep.Point(setting.byBond().getOrDefault(grid.bond(), Map.of()), rows));
                task.advance(1);
            }
        }
        return new Sweep(grid, points);
    }
}
