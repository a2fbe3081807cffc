package dev.freebind.evaluation.task;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.configuration.EvaluationTask.Classification;
import dev.freebind.bonds.configuration.EvaluationTask.Pair;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.configuration.EvaluationTask.Tagging;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.execution.Relevance;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.FactorGrid;
import dev.freebind.evaluation.interval.Bootstrap;
import dev.freebind.evaluation.interval.Interval;
import dev.freebind.evaluation.interval.Statistic;
import dev.freebind.evaluation.metric.AveragePrecision;
import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.metric.RankOutcomes;
import dev.freebind.evaluation.result.ClassScore;
import dev.freebind.evaluation.result.Conditions;
import dev.freebind.evaluation.result.LeftOut;
import dev.freebind.evaluation.result.Measure;
import dev.freebind.evaluation.result.QueryOutcomes;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.result.ResultRow.Counts;
import dev.freebind.evaluation.result.Results;
import dev.freebind.evaluation.result.Subject;
import dev.freebind.evaluation.result.Sweep;
import dev.freebind.evaluation.result.Sweep.Point;
import dev.freebind.evaluation.task.Participants.Participant;
import dev.freebind.evaluation.task.Participants.Side;
import dev.freebind.evaluation.task.RetrievalItems.Relevant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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

    private static final String RETRIEVAL = "retrieval";
    private static final String CLASSIFICATION = "classification";
    private static final String TAGGING = "tagging";
    private static final int TOP = 5;

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
        try (Run run = new Run(spaces(request), request, keepQueries)) {
            for (EvaluationTask task : tasks) {
                if (task instanceof Retrieval retrieval) {
                    run.retrieval(retrieval);
                } else if (task instanceof Classification classification) {
                    run.classification(classification);
                } else if (task instanceof Tagging tagging) {
                    run.tagging(tagging);
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

    /** Two expressions that decide a ranking. */
    private record Ranked(EmbeddingExpression first, EmbeddingExpression second) {}

    /** One evaluation under way. */
    private final class Run implements AutoCloseable {

        private final List<String> spaces;
        private final EvaluationRequest request;
        private final List<ResultRow> rows = new ArrayList<>();
        private final Set<LeftOut> leftOut = new LinkedHashSet<>();
        private final List<ClassScore> classScores = new ArrayList<>();
        private final List<QueryOutcomes> queries = new ArrayList<>();
        private final boolean keepQueries;
        private final Materialisation computed;

        Run(List<String> spaces, EvaluationRequest request, boolean keepQueries) {
            this.keepQueries = keepQueries;
            this.spaces = spaces;
            this.request = request;
            computed = new Materialisation(
                    inference,
                    limits,
                    request.settings().size() > 1 ? Materialisation.Parts.KEPT : Materialisation.Parts.RECOMPUTED);
        }

        @Override
        public void close() {
            computed.close();
        }

        Results results() {
            if (rows.isEmpty()) {
                throw new InvalidRequestException("no space can take part in any pair:\n"
                        + leftOut.stream()
                                .map(entry -> "  " + entry.dataset() + " " + entry.pair() + ": " + entry.space()
                                        + " lacks " + String.join(", ", entry.missing()))
                                .collect(Collectors.joining("\n"))
                        + "\nGive embeddings of the missing leaves under 'items', or choose other spaces with --space");
            }
            return new Results(rows, List.copyOf(leftOut), classScores, queries);
        }

        private Participants participants(EvaluationTask task, String pair, Side first, Side second) {
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

        // ------------------------------------------------------------------------------------------------- retrieval

        void retrieval(Retrieval task) {
            RetrievalItems items = new RetrievalItems(task, source);
            Map<Pair, Participants> byPair = new LinkedHashMap<>();
            for (Pair pair : task.pairs()) {
                byPair.put(
                        pair, participants(task, pair.toString(), items.side(pair.first()), items.side(pair.second())));
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
            try (Progress.Task points = points(task.name() + " " + pair, participants)) {
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
                                Bootstrap bootstrap = limits.bootstrap();
                                // Row-aligned: query i is the same item in both directions, so both are resampled
                                // together.
                                return new BothWays(
                                        RankRows.of(outcomes[0], second.rows(), recalls, true, bootstrap, 0),
                                        RankRows.of(
                                                outcomes[1], first.rows(), recalls, true, bootstrap, aligned ? 0 : 1),
                                        keepQueries ? outcomes : null);
                            });
                    String there = pair.first() + "->" + pair.second();
                    String back = pair.second() + "->" + pair.first();
                    Conditions conditions = participant.conditions();
                    rows.addAll(both.there().rows(subject, conditions, task.name(), RETRIEVAL, pair.toString(), there));
                    rows.addAll(both.back().rows(subject, conditions, task.name(), RETRIEVAL, pair.toString(), back));
                    rows.addAll(both.there()
                            .means(both.back(), subject, conditions, task.name(), RETRIEVAL, pair.toString()));
                    RankOutcomes[] outcomes = both.outcomes();
                    if (outcomes != null) {
                        keep(outcomes(subject, task, pair.toString(), there, second.rows(), aligned, outcomes[0]));
                        keep(outcomes(subject, task, pair.toString(), back, first.rows(), aligned, outcomes[1]));
                    }
                    points.advance(1);
                }
            }
        }

        /** One bar for all points of a grid; otherwise every ranking has its own. */
        private Progress.Task points(String label, Participants participants) {
            return keepQueries
                    ? Progress.SILENT.start(label, 0, "")
                    : progress.start(label, participants.taking().size(), "points");
        }

        private Progress.Task ranking(String label, long queries) {
            return (keepQueries ? progress : Progress.SILENT).start(label, queries, "queries");
        }

        private RankOutcomes[] ranks(
                String label,
                Ranked expressions,
                TaskItems first,
                TaskItems second,
                Relevance forward,
                Relevance backward) {
            try (Progress.Task task = ranking(label, (long) forward.queries() + backward.queries())) {
                Embeddings ofFirst = computed.of(first, expressions.first());
                Embeddings ofSecond = computed.of(second, expressions.second());
                return new RankOutcomes[] {
                    new RankOutcomes(nearest.ranks(ofFirst, ofSecond, forward, task)),
                    new RankOutcomes(nearest.ranks(ofSecond, ofFirst, backward, task))
                };
            } finally {
                computed.done();
            }
        }

        private void keep(QueryOutcomes outcomes) {
            if (keepQueries) {
                queries.add(outcomes);
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

        // ---------------------------------------------------------------------------------- classification and tagging

        void classification(Classification task) {
            ZeroShot zeroShot = ZeroShot.of(task, task.classes(), source);
            Participants participants = participants(zeroShot);
            if (participants.taking().isEmpty()) {
                return;
            }
            int perClass = zeroShot.perClass(task.classes());
            ClassList classes = zeroShot.classList(perClass);
            int items = zeroShot.items().rows();
            int[] labels = TaskFiles.labels(task.labels(), items, classes);
            int[][] relevant =
                    Arrays.stream(labels).mapToObj(label -> new int[] {label}).toArray(int[][]::new);
            Relevance relevance = Relevance.of(relevant, classes.size());
            List<Metric> accuracies = classes.size() > TOP
                    ? List.of(Metric.accuracy(1), Metric.accuracy(TOP))
                    : List.of(Metric.accuracy(1));
            String direction = zeroShot.modality() + "->" + Modality.TEXT;
            Map<Ranked, RankOutcomes> ranked = new HashMap<>();
            for (Participant participant : participants.taking()) {
                Subject subject = participant.subject();
                RankOutcomes outcomes = ranked.computeIfAbsent(
                        new Ranked(participant.first(), participant.second()),
                        expressions -> withEmbeddings(
                                zeroShot,
                                expressions,
                                perClass,
                                subject,
                                items,
                                (ofItems, prototypes, progressTask) ->
                                        new RankOutcomes(nearest.ranks(ofItems, prototypes, relevance, progressTask))));
                rows.addAll(RankRows.of(outcomes, classes.size(), accuracies, false, limits.bootstrap(), 0)
                        .rows(
                                subject,
                                participant.conditions(),
                                task.name(),
                                CLASSIFICATION,
                                zeroShot.pair(),
                                direction));
                perClass(task, zeroShot, participant, classes, labels, outcomes.hits(1), direction);
                keep(outcomes(subject, task, zeroShot.pair(), direction, classes.size(), false, outcomes));
            }
        }

        private void perClass(
                Classification task,
                ZeroShot zeroShot,
                Participant participant,
                ClassList classes,
                int[] labels,
                double[] hits,
                String direction) {
            int[] sizes = new int[classes.size()];
            Arrays.stream(labels).forEach(label -> sizes[label]++);
            double[][] byClass = new double[classes.size()][];
            int[] next = new int[classes.size()];
            for (int item = 0; item < labels.length; item++) {
                int label = labels[item];
                if (byClass[label] == null) {
                    byClass[label] = new double[sizes[label]];
                }
                byClass[label][next[label]++] = hits[item];
            }
            double sum = 0;
            int present = 0;
            double[] distribution = new double[limits.bootstrap().resamples()];
            for (int label = 0; label < byClass.length; label++) {
                Double accuracy = null;
                if (sizes[label] > 0) {
                    accuracy = Statistic.MEAN.of(byClass[label]);
                    sum += accuracy;
                    present++;
                    double[] ofClass = limits.bootstrap().distribution(Statistic.MEAN, byClass[label], label);
                    Arrays.setAll(distribution, i -> distribution[i] + ofClass[i]);
                }
                classScores.add(new ClassScore(
                        participant.subject(),
                        task.name(),
                        Metric.accuracy(1),
                        classes.name(label),
                        accuracy,
                        sizes[label]));
            }
            int counted = present;
            Arrays.setAll(distribution, i -> distribution[i] / counted);
            rows.add(new ResultRow(
                    participant.subject(),
                    new Measure(
                            task.name(), CLASSIFICATION, zeroShot.pair(), direction, Metric.MEAN_PER_CLASS_ACCURACY),
                    sum / present,
                    Interval.central95(distribution),
                    new Counts(labels.length, 0, classes.size()),
                    participant.conditions()));
        }

        void tagging(Tagging task) {
            ZeroShot zeroShot = ZeroShot.of(task, task.classes(), source);
            Participants participants = participants(zeroShot);
            if (participants.taking().isEmpty()) {
                return;
            }
            int perClass = zeroShot.perClass(task.classes());
            ClassList classes = zeroShot.classList(perClass);
            int items = zeroShot.items().rows();
            int[][] tags = TaskFiles.tags(task.tags(), zeroShot.modality(), items, classes);
            if (TaskFiles.isEmpty(tags)) {
                throw new DataException(task.tags().absolute() + ": names no item of any class");
            }
            String direction = Modality.TEXT + "->" + zeroShot.modality();
            Map<Ranked, double[]> ranked = new HashMap<>();
            for (Participant participant : participants.taking()) {
                Subject subject = participant.subject();
                double[] precisions = ranked.computeIfAbsent(
                        new Ranked(participant.first(), participant.second()),
                        expressions -> withEmbeddings(
                                zeroShot,
                                expressions,
                                perClass,
                                subject,
                                classes.size(),
                                (ofItems, prototypes, progressTask) ->
                                        precisions(ofItems, prototypes, tags, progressTask)));
                double[] present = Arrays.stream(precisions)
                        .filter(value -> !Double.isNaN(value))
                        .toArray();
                rows.add(new ResultRow(
                        subject,
                        new Measure(task.name(), TAGGING, zeroShot.pair(), direction, Metric.MEAN_AVERAGE_PRECISION),
                        Statistic.MEAN.of(present),
                        limits.bootstrap().interval(Statistic.MEAN, present),
                        new Counts(present.length, precisions.length - present.length, items),
                        participant.conditions()));
                for (int label = 0; label < precisions.length; label++) {
                    classScores.add(new ClassScore(
                            subject,
                            task.name(),
                            Metric.MEAN_AVERAGE_PRECISION,
                            classes.name(label),
                            Double.isNaN(precisions[label]) ? null : precisions[label],
                            tags[label].length));
                }
                keep(new QueryOutcomes(
                        subject,
                        task.name(),
                        zeroShot.pair(),
                        direction,
                        items,
                        false,
                        new QueryOutcomes.Precisions(precisions)));
            }
        }

        private double[] precisions(Embeddings items, Embeddings prototypes, int[][] tags, Progress.Task progressTask) {
            double[] precisions = new double[tags.length];
            nearest.scores(
                    prototypes,
                    items,
                    (label, scores) -> precisions[label] =
                            tags[label].length == 0 ? Double.NaN : AveragePrecision.of(scores, tags[label]),
                    progressTask);
            return precisions;
        }

        /** The pair's two sides, whichever way round the alphabet puts them: items first here. */
        private Participants participants(ZeroShot zeroShot) {
            return participants(
                    zeroShot.task(),
                    zeroShot.pair(),
                    new Side(zeroShot.modality(), zeroShot.items()),
                    new Side(Modality.TEXT, zeroShot.templates()));
        }

        /** Does something with items and class prototypes in one space. */
        private interface WithEmbeddings<T> {
            T apply(Embeddings items, Embeddings prototypes, Progress.Task task);
        }

        private <T> T withEmbeddings(
                ZeroShot zeroShot,
                Ranked expressions,
                int perClass,
                Subject subject,
                int total,
                WithEmbeddings<T> action) {
            String label = zeroShot.task().name() + " " + zeroShot.pair() + ": " + subject.label();
            try (Progress.Task task = ranking(label, total)) {
                Embeddings prototypes =
                        ClassPrototypes.of(zeroShot.templates().evaluate(expressions.second(), inference), perClass);
                return action.apply(computed.of(zeroShot.items(), expressions.first()), prototypes, task);
            } finally {
                computed.done();
            }
        }
    }
}
