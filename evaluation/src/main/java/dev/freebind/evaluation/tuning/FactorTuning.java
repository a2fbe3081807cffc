package dev.freebind.evaluation.tuning;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.evaluation.interval.Bootstrap;
import dev.freebind.evaluation.interval.PairedTest;
import dev.freebind.evaluation.interval.Statistic;
import dev.freebind.evaluation.task.FactorMeasurement;
import dev.freebind.evaluation.task.QueryHits;
import dev.freebind.evaluation.task.RetrievalPair;
import dev.freebind.evaluation.tuning.Split.Part;
import dev.freebind.evaluation.tuning.Tuning.Bound;
import dev.freebind.evaluation.tuning.Tuning.Detail;
import dev.freebind.evaluation.tuning.Tuning.Point;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Searches the factors of a space for a goal, without training: a grid over all of them, then finer steps around the best points
 * that keep the floors.
 *
 * <p>Of a ranking only the two means are kept; what single queries got is computed again for the few points that are reported.
 * So memory does not grow with the number of points times the number of queries.
 */
public final class FactorTuning {

    /** Points of the front, beside the chosen and the configured one, that get intervals. */
    private static final int DETAILED = 10;

    private final FactorMeasurement measurement;
    private final BondGraph graph;
    private final String space;
    private final List<FactorAxis> axes;
    private final Goal goal;
    private final List<RetrievalPair> pairs;
    private final SearchPlan plan;
    private final Split split;
    private final GoalScores scores;
    private final Progress progress;
    private final Map<Object, Double> known = new HashMap<>();

    /**
     * Prepares a search.
     *
     * @param measurement the caller's to close
     * @param space the product whose embeddings are measured
     * @param axes its factors that are tuned, at least one
     * @param plan the grids; null to choose by the number of factors
     * @param levels how many, where they are chosen
     * @param split which queries decide and which report
     * @param bootstrap for the intervals and the test
     * @throws InvalidRequestException if there is nothing to tune, or far too much
     */
    public FactorTuning(
            FactorMeasurement measurement,
            BondGraph graph,
            String space,
            List<FactorAxis> axes,
            Goal goal,
            @Nullable SearchPlan plan,
            int levels,
            Split split,
            Bootstrap bootstrap,
            Progress progress) {
        this.measurement = measurement;
        this.graph = graph;
        this.space = space;
        this.goal = goal;
        this.pairs = goal.pairs();
        Set<Modality> measured = new HashSet<>();
        pairs.forEach(pair -> measured.addAll(measurement.modalities(pair)));
        this.axes =
                axes.stream().filter(axis -> measured.contains(axis.modality())).toList();
        if (this.axes.isEmpty()) {
            throw new InvalidRequestException("'" + space + "' has no factor that the pairs "
                    + String.join(
                            ", ", pairs.stream().map(RetrievalPair::toString).toList()) + " depend on"
                    + (axes.isEmpty() ? "" : "; there are " + axes));
        }
        this.plan = plan == null ? SearchPlan.affordable(this.axes, modalities(), levels) : plan;
        if (this.plan.firstPoints(this.axes.size()) > SearchPlan.MOST_POINTS) {
            throw new InvalidRequestException(String.format(
                    Locale.ROOT,
                    "the first grid over %d factors has %,.0f points; take a larger --step, or tune one --bond after the other",
                    this.axes.size(),
                    this.plan.firstPoints(this.axes.size())));
        }
        this.split = split;
        this.scores = new GoalScores(goal, split, bootstrap);
        this.progress = progress;
    }

    private List<List<Modality>> modalities() {
        return pairs.stream().map(measurement::modalities).toList();
    }

    /** What the search will do, in two lines for people. */
    public String describe() {
        double flops = 0;
        for (RetrievalPair pair : pairs) {
            flops += plan.rankingsOf(axes, measurement.modalities(pair)) * measurement.flops(pair, space);
        }
        return String.format(
                Locale.ROOT,
                "%d factor%s: %s%nsteps %s: at most %,d points, %,d rankings of pairs, %,.1f GFLOP; projectors once for each modality",
                axes.size(),
                axes.size() == 1 ? "" : "s",
                String.join(", ", axes.stream().map(FactorAxis::toString).toList()),
                plan.steps(),
                plan.points(axes.size()),
                plan.rankings(axes, modalities()),
                flops / 1e9);
    }

    /**
     * Searches.
     *
     * @throws InvalidRequestException if the space, or one that a floor names, cannot take part in a pair
     * @throws dev.freebind.api.DataException if the items cannot be read
     */
    public Tuning run() {
        List<Bound> bounds = bounds();
        List<Point> points = new ArrayList<>();
        points.add(measured(configured(), bounds));
        Set<List<Integer>> tried = new HashSet<>();
        Map<Point, List<Integer>> cellsOf = new HashMap<>();
        List<List<Integer>> wanted = firstGrid();
        for (int level = 0; level < plan.levels(); level++) {
            if (level > 0) {
                wanted = neighbours(centres(points, cellsOf), level);
            }
            String label = String.format(Locale.ROOT, "tune %s, step %.3g", space, plan.step(level));
            try (Progress.Task bar = progress.start(label, wanted.size(), "points")) {
                for (List<Integer> cells : wanted) {
                    if (tried.add(cells)) {
                        Point point = measured(settings(cells), bounds);
                        points.add(point);
                        cellsOf.put(point, cells);
                    }
                    bar.advance(1);
                }
            }
        }
        return report(points, bounds);
    }

    // ------------------------------------------------------------------------------------------------------ search

    /** Coordinates count finest steps, so that a point has one name at every level. */
    private int stride(int level) {
        return 1 << (plan.levels() - 1 - level);
    }

    private List<List<Integer>> firstGrid() {
        List<List<Integer>> points = List.of(List.of());
        for (int axis = 0; axis < axes.size(); axis++) {
            List<List<Integer>> longer = new ArrayList<>();
            for (List<Integer> point : points) {
                for (int cell = 0; cell <= plan.cells(); cell++) {
                    longer.add(with(point, cell * stride(0)));
                }
            }
            points = longer;
        }
        return points;
    }

    private List<Double> gridValues() {
        return IntStream.rangeClosed(0, plan.cells())
                .mapToObj(cell -> value(cell * stride(0)))
                .toList();
    }

    private static List<Integer> with(List<Integer> point, int value) {
        List<Integer> longer = new ArrayList<>(point);
        longer.add(value);
        return List.copyOf(longer);
    }

    private List<List<Integer>> centres(List<Point> points, Map<Point, List<Integer>> cellsOf) {
        return points.stream()
                .filter(cellsOf::containsKey)
                .sorted(best())
                .limit(plan.centres())
                .map(point -> Objects.requireNonNull(cellsOf.get(point)))
                .toList();
    }

    private List<List<Integer>> neighbours(List<List<Integer>> centres, int level) {
        int stride = stride(level);
        int most = plan.cells() * stride(0);
        Set<List<Integer>> neighbours = new LinkedHashSet<>();
        for (List<Integer> centre : centres) {
            List<List<Integer>> around = List.of(List.of());
            for (int coordinate : centre) {
                List<List<Integer>> longer = new ArrayList<>();
                for (List<Integer> point : around) {
                    for (int move = -1; move <= 1; move++) {
                        int moved = coordinate + move * stride;
                        boolean allowed =
                                plan.cube(axes.size()) || move == 0 || point.equals(centre.subList(0, point.size()));
                        if (moved >= 0 && moved <= most && allowed) {
                            longer.add(with(point, moved));
                        }
                    }
                }
                around = longer;
            }
            neighbours.addAll(around);
        }
        return List.copyOf(neighbours);
    }

    private FactorSettings settings(List<Integer> cells) {
        return FactorAxis.settings(axes, cells.stream().mapToDouble(this::value).toArray());
    }

    /** A coordinate as a factor; rounded, so that 3 / 10 is written 0.3. */
    private double value(int cell) {
        double finest = plan.cells() * (double) stride(0);
        return Math.round(cell / finest * 1e9) / 1e9;
    }

    private FactorSettings configured() {
        Map<String, Map<Modality, Double>> factors = Composition.factors(graph, space, FactorSettings.CONFIGURED);
        return FactorAxis.settings(
                axes,
                axes.stream()
                        .mapToDouble(axis -> Objects.requireNonNull(
                                Objects.requireNonNull(factors.get(axis.bond())).get(axis.modality())))
                        .toArray());
    }

    /** Those that keep the floors first, by the goal; the others by how little they miss. Ties stay near what is configured. */
    private Comparator<Point> best() {
        FactorSettings configured = configured();
        return Comparator.comparingDouble(Point::shortfall)
                .thenComparingDouble(point -> -point.objective())
                .thenComparingDouble(point -> distance(point.factors(), configured));
    }

    private double distance(FactorSettings a, FactorSettings b) {
        return axes.stream()
                .mapToDouble(axis -> Math.abs(a.factor(graph.pseudoPairBond(axis.bond()), axis.modality())
                        - b.factor(graph.pseudoPairBond(axis.bond()), axis.modality())))
                .sum();
    }

    // --------------------------------------------------------------------------------------------------- measuring

    private List<Bound> bounds() {
        return goal.floors().stream()
                .map(floor -> {
                    String reference = floor.space();
                    if (reference == null) {
                        double bound = floor.value() - floor.tolerance();
                        return new Bound(floor, bound, bound);
                    }
                    graph.modalities(reference);
                    QueryHits hits = hits(floor.pair(), reference, FactorSettings.CONFIGURED);
                    return new Bound(
                            floor,
                            scores.value(floor.pair(), hits, Part.TUNING) - floor.tolerance(),
                            scores.value(floor.pair(), hits, Part.REPORT) - floor.tolerance());
                })
                .toList();
    }

    private Point measured(FactorSettings factors, List<Bound> bounds) {
        List<Double> values = new ArrayList<>();
        double objective = 0;
        for (RetrievalPair pair : pairs) {
            Object composition = measurement.composition(pair, space, factors);
            Double value = known.get(composition);
            if (value == null) {
                value = scores.value(pair, hits(pair, space, factors), Part.TUNING);
                known.put(composition, value);
            }
            values.add(value);
            objective += goal.share(pair) * value;
        }
        double shortfall = 0;
        for (Bound bound : bounds) {
            shortfall += Math.max(
                    0, bound.bound() - values.get(pairs.indexOf(bound.floor().pair())));
        }
        return new Point(factors, values, objective, shortfall);
    }

    private QueryHits hits(RetrievalPair pair, String measured, FactorSettings factors) {
        return measurement.hits(pair, measured, factors, goal.metric().k());
    }

    private List<QueryHits> hits(Point point) {
        return pairs.stream().map(pair -> hits(pair, space, point.factors())).toList();
    }

    // --------------------------------------------------------------------------------------------------- reporting

    private Tuning report(List<Point> points, List<Bound> bounds) {
        int best = IntStream.range(0, points.size())
                .boxed()
                .min(Comparator.comparing(points::get, best()))
                .orElseThrow();
        Integer chosen = points.get(best).keepsFloors() ? best : null;
        List<Integer> front =
                ParetoFront.of(points.stream().map(this::goalValues).toList());
        Set<Integer> detailed = new LinkedHashSet<>(List.of(Tuning.CONFIGURED));
        detailed.add(best);
        int room = Math.min(DETAILED, front.size());
        for (int i = 0; i < room; i++) {
            // spread over the front, both ends included
            detailed.add(front.get(room == 1 ? 0 : (int) Math.round((double) i * (front.size() - 1) / (room - 1))));
        }
        List<Detail> details = new ArrayList<>();
        double[][] ofConfigured = new double[0][];
        PairedTest gain = null;
        try (Progress.Task bar = progress.start("tune " + space + ", intervals", detailed.size(), "points")) {
            for (int number : detailed) {
                List<QueryHits> hits = hits(points.get(number));
                double[][] sets = scores.sets(pairs, hits, Part.REPORT);
                details.add(scores.detail(number, pairs, hits, sets));
                if (number == Tuning.CONFIGURED) {
                    ofConfigured = sets;
                }
                if (chosen != null && number == chosen) {
                    gain = PairedTest.of(Statistic.MEAN, sets, ofConfigured, false, scores.bootstrap());
                }
                bar.advance(1);
            }
        }
        return new Tuning(
                space, goal, axes, pairs, gridValues(), points, front, chosen, details, bounds, gain, split.halved());
    }

    private double[] goalValues(Point point) {
        return IntStream.range(0, pairs.size())
                .filter(i -> goal.share(pairs.get(i)) > 0)
                .mapToDouble(i -> point.values().get(i))
                .toArray();
    }
}
