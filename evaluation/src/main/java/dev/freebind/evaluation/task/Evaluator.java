package dev.freebind.evaluation.task;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.configuration.EvaluationTask.Classes;
import dev.freebind.bonds.configuration.EvaluationTask.Classification;
import dev.freebind.bonds.configuration.EvaluationTask.Pair;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.configuration.EvaluationTask.Tagging;
import dev.freebind.bonds.configuration.ResourcePath;
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
import dev.freebind.evaluation.task.TaskFiles.RelevancePairs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
        private final Materialisation computed = new Materialisation(inference, limits);

        Run(List<String> spaces, EvaluationRequest request, boolean keepQueries) {
            this.keepQueries = keepQueries;
            this.spaces = spaces;
            this.request = request;
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

        private Map<Modality, TaskItems> items(EvaluationTask task) {
            Map<Modality, TaskItems> items = new LinkedHashMap<>();
            task.items()
                    .forEach((modality, data) -> items.put(
                            modality,
                            new TaskItems(task.name() + ", " + modality, space -> source.open(space, modality, data))));
            return items;
        }

        // ------------------------------------------------------------------------------------------------- retrieval

        void retrieval(Retrieval task) {
            Map<Modality, TaskItems> items = items(task);
            Map<Pair, Participants> byPair = new LinkedHashMap<>();
            for (Pair pair : task.pairs()) {
                byPair.put(
                        pair,
                        participants(
                                task,
                                pair.toString(),
                                side(task, items, pair.first()),
                                side(task, items, pair.second())));
            }
            Problems problems = new Problems();
            items.values().forEach(ofModality -> ofModality.check(problems));
            problems.throwIfAny();
            if (task.relevance() == null) {
                byPair.keySet().forEach(pair -> checkAligned(pair, items, problems));
            }
            problems.throwIfAny();
            byPair.forEach((pair, participants) -> {
                if (!participants.taking().isEmpty()) {
                    retrieval(task, pair, participants, item(items, pair.first()), item(items, pair.second()));
                }
            });
        }

        private void checkAligned(Pair pair, Map<Modality, TaskItems> items, Problems problems) {
            TaskItems first = item(items, pair.first());
            TaskItems second = item(items, pair.second());
            if (first.rows() != second.rows() && first.rows() > 0 && second.rows() > 0) {
                problems.add(first.origin() + " has " + first.rows() + " rows, but " + second.origin() + " has "
                        + second.rows()
                        + "; row i of both must belong together, or 'relevance' must name a CSV that says"
                        + " which rows do");
            }
        }

        private void retrieval(
                Retrieval task, Pair pair, Participants participants, TaskItems first, TaskItems second) {
            Relevance forward;
            Relevance backward;
            ResourcePath relevanceFile = task.relevance();
            boolean aligned = relevanceFile == null;
            if (relevanceFile == null) {
                forward = Relevance.rowAligned(first.rows());
                backward = forward;
            } else {
                RelevancePairs relevant = TaskFiles.relevance(relevanceFile, pair, first.rows(), second.rows());
                if (TaskFiles.isEmpty(relevant.byFirst())) {
                    throw new DataException(relevanceFile.absolute() + ": names no pair of rows");
                }
                forward = Relevance.of(relevant.byFirst(), second.rows());
                backward = Relevance.of(relevant.bySecond(), first.rows());
            }
            List<Metric> recalls = task.recall().stream().map(Metric::recall).toList();
            Map<Ranked, RankOutcomes[]> ranked = new HashMap<>();
            for (Participant participant : participants.taking()) {
                Subject subject = participant.subject();
                RankOutcomes[] outcomes = ranked.computeIfAbsent(
                        new Ranked(participant.first(), participant.second()),
                        pairOf -> ranks(
                                task.name() + " " + pair + ": " + subject.label(),
                                pairOf,
                                first,
                                second,
                                forward,
                                backward));
                String there = pair.first() + "->" + pair.second();
                String back = pair.second() + "->" + pair.first();
                Bootstrap bootstrap = limits.bootstrap();
                RankRows ofForward = RankRows.of(outcomes[0], second.rows(), recalls, true, bootstrap, 0);
                // Row-aligned: query i is the same item in both directions, so both are resampled together.
                RankRows ofBackward = RankRows.of(outcomes[1], first.rows(), recalls, true, bootstrap, aligned ? 0 : 1);
                rows.addAll(ofForward.rows(
                        subject, participant.conditions(), task.name(), RETRIEVAL, pair.toString(), there));
                rows.addAll(ofBackward.rows(
                        subject, participant.conditions(), task.name(), RETRIEVAL, pair.toString(), back));
                rows.addAll(ofForward.means(
                        ofBackward, subject, participant.conditions(), task.name(), RETRIEVAL, pair.toString()));
                keep(outcomes(subject, task, pair.toString(), there, second.rows(), aligned, outcomes[0]));
                keep(outcomes(subject, task, pair.toString(), back, first.rows(), aligned, outcomes[1]));
            }
        }

        private RankOutcomes[] ranks(
                String label,
                Ranked expressions,
                TaskItems first,
                TaskItems second,
                Relevance forward,
                Relevance backward) {
            try (Progress.Task task = progress.start(label, (long) forward.queries() + backward.queries(), "queries")) {
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

        /** A zero-shot task: items of one modality, classes as texts. */
        private record ZeroShot(
                EvaluationTask task,
                Modality modality,
                TaskItems items,
                TaskItems templates,
                @Nullable List<String> names) {

            String pair() {
                return modality.compareTo(Modality.TEXT) < 0
                        ? modality + "-" + Modality.TEXT
                        : Modality.TEXT + "-" + modality;
            }
        }

        private ZeroShot zeroShot(EvaluationTask task, Classes classes) {
            if (task.items().size() != 1) {
                throw new InvalidRequestException("evaluation '" + task.name() + "': 'items' has "
                        + task.items().keySet() + ", expected exactly one modality to classify");
            }
            Modality modality = task.items().keySet().iterator().next();
            TaskItems items = item(items(task), modality);
            String label = task.name() + ", classes";
            if (classes instanceof Classes.Embedded embedded) {
                return new ZeroShot(
                        task,
                        modality,
                        items,
                        new TaskItems(label, space -> source.open(space, Modality.TEXT, embedded.data())),
                        embedded.names() == null ? null : TaskFiles.list(embedded.names()));
            }
            Classes.Named named = (Classes.Named) classes;
            List<String> names = TaskFiles.list(named.names());
            List<String> texts = texts(names, templates(named));
            return new ZeroShot(
                    task, modality, items, new TaskItems(label, space -> source.encode(space, texts)), names);
        }

        private static List<String> templates(Classes.Named named) {
            if (named.templates() == null) {
                return List.of("{}");
            }
            List<String> templates = TaskFiles.list(named.templates());
            Problems problems = new Problems();
            for (int i = 0; i < templates.size(); i++) {
                if (!templates.get(i).contains("{}")) {
                    problems.add(named.templates().absolute() + ":" + (i + 1) + ": '" + templates.get(i)
                            + "' has no {} where the class name goes");
                }
            }
            problems.throwIfAny();
            return templates;
        }

        private static List<String> texts(List<String> names, List<String> templates) {
            return names.stream()
                    .flatMap(name -> templates.stream().map(template -> template.replace("{}", name)))
                    .toList();
        }

        private int perClass(ZeroShot zeroShot, Classes classes) {
            return classes instanceof Classes.Embedded embedded
                    ? embedded.perClass()
                    : zeroShot.templates().rows()
                            / java.util.Objects.requireNonNull(zeroShot.names()).size();
        }

        /** The classes, once the templates are open; checks that templates, classes and names fit together. */
        private ClassList classList(ZeroShot zeroShot, int perClass) {
            Problems problems = new Problems();
            zeroShot.items().check(problems);
            zeroShot.templates().check(problems);
            int rows = zeroShot.templates().rows();
            if (rows % perClass != 0) {
                problems.add(zeroShot.templates().origin() + " has " + rows
                        + " rows, which is not a multiple of per-class: " + perClass);
            } else if (zeroShot.names() != null && zeroShot.names().size() != rows / perClass) {
                problems.add(zeroShot.templates().origin() + " has " + rows + " rows, " + perClass + " per class, for "
                        + rows / perClass + " classes, but there are "
                        + zeroShot.names().size() + " class names");
            }
            problems.throwIfAny();
            return zeroShot.names() == null ? ClassList.numbered(rows / perClass) : ClassList.named(zeroShot.names());
        }

        void classification(Classification task) {
            ZeroShot zeroShot = zeroShot(task, task.classes());
            Participants participants = participants(zeroShot);
            if (participants.taking().isEmpty()) {
                return;
            }
            int perClass = perClass(zeroShot, task.classes());
            ClassList classes = classList(zeroShot, perClass);
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
            ZeroShot zeroShot = zeroShot(task, task.classes());
            Participants participants = participants(zeroShot);
            if (participants.taking().isEmpty()) {
                return;
            }
            int perClass = perClass(zeroShot, task.classes());
            ClassList classes = classList(zeroShot, perClass);
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
            try (Progress.Task task = progress.start(label, total, "queries")) {
                Embeddings prototypes =
                        ClassPrototypes.of(zeroShot.templates().evaluate(expressions.second(), inference), perClass);
                return action.apply(computed.of(zeroShot.items(), expressions.first()), prototypes, task);
            } finally {
                computed.done();
            }
        }

        private Side side(EvaluationTask task, Map<Modality, TaskItems> items, Modality modality) {
            if (!items.containsKey(modality)) {
                throw new InvalidRequestException("evaluation '" + task.name() + "': a pair names " + modality
                        + ", but 'items' has only " + items.keySet());
            }
            return new Side(modality, item(items, modality));
        }

        private static TaskItems item(Map<Modality, TaskItems> items, Modality modality) {
            return Optional.ofNullable(items.get(modality)).orElseThrow();
        }
    }
}
