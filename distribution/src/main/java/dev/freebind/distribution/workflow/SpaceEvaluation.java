package dev.freebind.distribution.workflow;

import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.FactorGrid;
import dev.freebind.evaluation.geometry.SpaceGeometry;
import dev.freebind.evaluation.result.Results;
import dev.freebind.evaluation.result.Sweep;
import dev.freebind.evaluation.routing.RouterLoad;
import dev.freebind.evaluation.task.EvaluationLimits;
import dev.freebind.evaluation.task.EvaluationRequest;
import dev.freebind.evaluation.task.Evaluator;
import dev.freebind.evaluation.task.GeometryMeasurement;
import dev.freebind.evaluation.task.RouterMeasurement;
import dev.freebind.evaluation.task.Setting;
import dev.freebind.training.BoundSpace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

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
        try (EvaluationFiles files = new EvaluationFiles()) {
            return evaluator(files).evaluate(tasks, request);
        }
    }

    /** Measures the grid's bond at every point of the grid; what the points have in common is computed once. */
    public Sweep sweep(List<EvaluationTask> tasks, FactorGrid grid, Customisation customisation) {
        try (EvaluationFiles files = new EvaluationFiles()) {
            return evaluator(files).sweep(tasks, grid, of(grid, customisation));
        }
    }

    /** What a sweep measures. */
    public static EvaluationRequest of(FactorGrid grid, Customisation customisation) {
        List<Setting> settings = grid.settings().stream()
                .map(factors -> new Setting(null, factors))
                .toList();
        return new EvaluationRequest(List.of(grid.bond()), settings, customisation);
    }

    /**
     * Looks at how the items of the retrieval tasks lie in the spaces asked for, with the configured factors.
     *
     * @throws dev.freebind.api.FreeBindException as {@link Evaluator#evaluate}
     */
    public List<SpaceGeometry> geometry(List<EvaluationTask> tasks, EvaluationRequest request) {
        List<String> spaces = spaces(request);
        List<SpaceGeometry> geometries = new ArrayList<>();
        try (EvaluationFiles files = new EvaluationFiles()) {
            GeometryMeasurement measurement = new GeometryMeasurement(
                    space.graph(),
                    files,
                    space.inference(),
                    nearest,
                    space.configuration().seed());
            for (EvaluationTask task : tasks) {
                if (task instanceof Retrieval retrieval) {
                    geometries.addAll(measurement.of(retrieval, spaces, request.customisation(), progress));
                }
            }
        }
        return geometries;
    }

    /**
     * How the routers of the spaces asked for weigh the items of the tasks; empty if nothing is routed.
     *
     * @throws dev.freebind.api.FreeBindException as {@link Evaluator#evaluate}
     */
    public List<RouterLoad> routerLoads(List<EvaluationTask> tasks, EvaluationRequest request) {
        try (EvaluationFiles files = new EvaluationFiles()) {
            return new RouterMeasurement(space.graph(), files, space.inference())
                    .of(tasks, spaces(request), request.customisation(), progress);
        }
    }

    private List<String> spaces(EvaluationRequest request) {
        if (!request.spaces().isEmpty()) {
            return request.spaces();
        }
        List<String> spaces = new ArrayList<>(space.graph().names());
        spaces.sort(Comparator.comparing(space.graph()::isLeaf));
        return spaces;
    }

    private Evaluator evaluator(EvaluationFiles files) {
        return new Evaluator(
                space.graph(),
                files,
                space.inference(),
                nearest,
                progress,
                EvaluationLimits.defaults(space.configuration().seed()));
    }
}
