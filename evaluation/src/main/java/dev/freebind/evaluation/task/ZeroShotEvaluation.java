package dev.freebind.evaluation.task;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.EvaluationTask.Classification;
import dev.freebind.bonds.configuration.EvaluationTask.Tagging;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.execution.Relevance;
import dev.freebind.evaluation.interval.Bootstrap;
import dev.freebind.evaluation.interval.Interval;
import dev.freebind.evaluation.interval.Statistic;
import dev.freebind.evaluation.metric.AveragePrecision;
import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.metric.RankOutcomes;
import dev.freebind.evaluation.result.ClassScore;
import dev.freebind.evaluation.result.Measure;
import dev.freebind.evaluation.result.QueryOutcomes;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.result.ResultRow.Counts;
import dev.freebind.evaluation.result.Subject;
import dev.freebind.evaluation.task.EvaluationRun.Ranked;
import dev.freebind.evaluation.task.Participants.Participant;
import dev.freebind.evaluation.task.Participants.Side;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures classification and tagging by class texts.
 *
 * @param run takes what comes out
 * @param source of the items' and texts' embeddings
 * @param inference embeds class texts; the caller's to close
 * @param nearest ranks
 * @param bootstrap of the intervals
 */
record ZeroShotEvaluation(
        EvaluationRun run, EmbeddingSource source, Inference inference, NearestItems nearest, Bootstrap bootstrap) {

    private static final String CLASSIFICATION = "classification";
    private static final String TAGGING = "tagging";
    private static final int TOP = 5;

    /** Measures accuracy, of all items and of every class. */
    void measure(Classification task) {
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
        List<Metric> accuracies =
                classes.size() > TOP ? List.of(Metric.accuracy(1), Metric.accuracy(TOP)) : List.of(Metric.accuracy(1));
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
            run.add(RankRows.of(outcomes, classes.size(), accuracies, false, bootstrap, 0)
                    .rows(subject, participant.conditions(), task.name(), CLASSIFICATION, zeroShot.pair(), direction));
            perClass(task, zeroShot, participant, classes, labels, outcomes.hits(1), direction);
            run.keep(new QueryOutcomes(
                    subject,
                    task.name(),
                    zeroShot.pair(),
                    direction,
                    classes.size(),
                    false,
                    new QueryOutcomes.Ranks(outcomes)));
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
        double[] distribution = new double[bootstrap.resamples()];
        for (int label = 0; label < byClass.length; label++) {
            Double accuracy = null;
            if (sizes[label] > 0) {
                accuracy = Statistic.MEAN.of(byClass[label]);
                sum += accuracy;
                present++;
                double[] ofClass = bootstrap.distribution(Statistic.MEAN, byClass[label], label);
                Arrays.setAll(distribution, i -> distribution[i] + ofClass[i]);
            }
            run.add(new ClassScore(
                    participant.subject(),
                    task.name(),
                    Metric.accuracy(1),
                    classes.name(label),
                    accuracy,
                    sizes[label]));
        }
        int counted = present;
        Arrays.setAll(distribution, i -> distribution[i] / counted);
        run.add(new ResultRow(
                participant.subject(),
                new Measure(task.name(), CLASSIFICATION, zeroShot.pair(), direction, Metric.MEAN_PER_CLASS_ACCURACY),
                sum / present,
                Interval.central95(distribution),
                new Counts(labels.length, 0, classes.size()),
                participant.conditions()));
    }

    /** Measures average precision of every class. */
    void measure(Tagging task) {
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
            run.add(new ResultRow(
                    subject,
                    new Measure(task.name(), TAGGING, zeroShot.pair(), direction, Metric.MEAN_AVERAGE_PRECISION),
                    Statistic.MEAN.of(present),
                    bootstrap.interval(Statistic.MEAN, present),
                    new Counts(present.length, precisions.length - present.length, items),
                    participant.conditions()));
            for (int label = 0; label < precisions.length; label++) {
                run.add(new ClassScore(
                        subject,
                        task.name(),
                        Metric.MEAN_AVERAGE_PRECISION,
                        classes.name(label),
                        Double.isNaN(precisions[label]) ? null : precisions[label],
                        tags[label].length));
            }
            run.keep(new QueryOutcomes(
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
        return run.participants(
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
            ZeroShot zeroShot, Ranked expressions, int perClass, Subject subject, int total, WithEmbeddings<T> action) {
        String label = zeroShot.task().name() + " " + zeroShot.pair() + ": " + subject.label();
        try (Progress.Task task = run.ranking(label, total)) {
            Embeddings prototypes =
                    ClassPrototypes.of(zeroShot.templates().evaluate(expressions.second(), inference), perClass);
            return action.apply(run.embedded(zeroShot.items(), expressions.first()), prototypes, task);
        } finally {
            run.done();
        }
    }
}
