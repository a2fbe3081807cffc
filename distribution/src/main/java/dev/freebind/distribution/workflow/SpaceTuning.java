package dev.freebind.distribution.workflow;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.evaluation.interval.Bootstrap;
import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.task.EvaluationLimits;
import dev.freebind.evaluation.task.EvaluationRequest;
import dev.freebind.evaluation.task.FactorMeasurement;
import dev.freebind.evaluation.task.RetrievalPair;
import dev.freebind.evaluation.task.Setting;
import dev.freebind.evaluation.tuning.FactorAxis;
import dev.freebind.evaluation.tuning.FactorTuning;
import dev.freebind.evaluation.tuning.Goal;
import dev.freebind.evaluation.tuning.SearchPlan;
import dev.freebind.evaluation.tuning.Split;
import dev.freebind.evaluation.tuning.Tuning;
import dev.freebind.training.BoundSpace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Tunes the factors of a bound space; closing removes temporary files. */
public final class SpaceTuning implements AutoCloseable {

    private final EvaluationFiles files;
    private final FactorMeasurement measurement;
    private final FactorTuning tuning;

    /**
     * What to tune, and for what.
     *
     * @param space a product
     * @param bonds whose factors; empty for all of the space
     * @param tasks what is measured
     * @param customisation experts and projectors
     * @param metric recall@k
     * @param goal weights as {@link Goal#parse} reads them; null for all pairs alike
     * @param keeps floors as {@link Goal#parse} reads them
     * @param tolerance of the floors
     * @param plan the grids; null to choose by the number of factors
     * @param levels where the plan is chosen
     * @param split whether one half of the queries decides and the other reports
     */
    public record Request(
            String space,
            List<String> bonds,
            List<Retrieval> tasks,
            Customisation customisation,
            Metric metric,
            @Nullable String goal,
            List<String> keeps,
            double tolerance,
            @Nullable SearchPlan plan,
            int levels,
            boolean split) {

        /** The same with other tasks. */
        public Request with(List<Retrieval> others) {
            return new Request(
                    space, bonds, others, customisation, metric, goal, keeps, tolerance, plan, levels, split);
        }

        /** What will be measured: the space with any factors, and those that floors name. */
        public EvaluationRequest measured(BondGraph graph) {
            List<String> spaces = new ArrayList<>(List.of(space));
            Goal.spaces(keeps).stream().filter(graph.names()::contains).forEach(spaces::add);
            return new EvaluationRequest(
                    spaces, List.of(Setting.CONFIGURED, new Setting(null, both(graph, space))), customisation);
        }
    }

    /**
     * Prepares and checks a tuning.
     *
     * @param bound the bound space; the caller's to close
     * @throws InvalidRequestException if something named does not exist, or no pair can be measured
     */
    public SpaceTuning(BoundSpace bound, NearestItems nearest, Progress progress, Request request) {
        BondGraph graph = bound.graph();
        request.bonds().forEach(graph::bond);
        graph.modalities(request.space());
        EvaluationLimits limits = new EvaluationLimits(
                new Bootstrap(1000, bound.configuration().seed()),
                Math.max(EvaluationLimits.DEFAULT_MEMORY, Runtime.getRuntime().maxMemory() / 4),
                Path.of(System.getProperty("java.io.tmpdir", ".")));
        files = new EvaluationFiles();
        measurement = new FactorMeasurement(
                graph, files, bound.inference(), nearest, limits, request.customisation(), request.tasks());
        boolean ready = false;
        try {
            List<FactorAxis> axes = FactorAxis.of(graph, request.space(), request.bonds());
            List<RetrievalPair> pairs = measurable(graph, request.space());
            Goal goal = Goal.parse(request.metric(), request.goal(), request.keeps(), request.tolerance(), pairs);
            measurement.check();
            tuning = new FactorTuning(
                    measurement,
                    graph,
                    request.space(),
                    axes,
                    goal,
                    request.plan(),
                    request.levels(),
                    new Split(request.split(), bound.configuration().seed()),
                    limits.bootstrap(),
                    progress);
            ready = true;
        } finally {
            if (!ready) {
                close();
            }
        }
    }

    /** The pairs for which every leaf is there that any factors can need. */
    private List<RetrievalPair> measurable(BondGraph graph, String space) {
        FactorSettings both = both(graph, space);
        List<RetrievalPair> pairs = new ArrayList<>();
        List<String> lacking = new ArrayList<>();
        for (RetrievalPair pair : measurement.pairs()) {
            var missing = measurement.missing(pair, space, both);
            if (missing.isEmpty()) {
                pairs.add(pair);
            } else {
                lacking.add(pair + " lacks " + String.join(", ", missing));
            }
        }
        if (pairs.isEmpty()) {
            throw new InvalidRequestException(
                    "'" + space + "' can take part in no pair:\n  " + String.join("\n  ", lacking));
        }
        return pairs;
    }

    /** Factors that need both sides of every bond, and so every leaf that any factors can need. */
    private static FactorSettings both(BondGraph graph, String space) {
        Map<String, Map<Modality, Double>> between = new TreeMap<>();
        Composition.factors(graph, space, FactorSettings.CONFIGURED).forEach((bond, factors) -> {
            Map<Modality, Double> halves = new TreeMap<>();
            factors.keySet().forEach(modality -> halves.put(modality, 0.5));
            between.put(bond, halves);
        });
        return new FactorSettings(between);
    }

    /** What will be done, for people. */
    public String describe() {
        return tuning.describe();
    }

    /**
     * Tunes.
     *
     * @throws dev.freebind.api.FreeBindException as {@link FactorTuning#run}
     */
    public Tuning run() {
        return tuning.run();
    }

    @Override
    public void close() {
        measurement.close();
        files.close();
    }
}
