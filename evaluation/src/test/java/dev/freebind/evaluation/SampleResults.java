package dev.freebind.evaluation;

import dev.freebind.bonds.execution.NearestItems.RelevantRanks;
import dev.freebind.evaluation.interval.Interval;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Results as an evaluation of the paper's setting would give them, made up by formula. */
public final class SampleResults {

    public static final Subject VERSATILE = new Subject("vt-u-plusplus", "versatile");
    public static final Subject EXPERTISE = new Subject("vt-u-plusplus", "audio-text-expertise");
    private static final Conditions PRODUCT =
            new Conditions(Map.of("vt-u-plusplus", Map.of("audio", 0.5, "text", 0.1)), List.of(), "all");

    private SampleResults() {}

    public static Results results() {
        List<ResultRow> rows = new ArrayList<>();
        String[] pairs = {"audio-text", "audio-image", "image-text"};
        double[][] recalls = {
            {0.2942, 0.1548, 0.6113},
            {0.4310, 0.1223, 0.5475},
            {0.1117, 0.1377, 0.6149},
            {0.0924, 0.1482, 0.5728},
            {-1, -1, 0.6149},
            {0.4310, -1, -1}
        };
        List<Subject> subjects = List.of(
                VERSATILE,
                EXPERTISE,
                new Subject("vt-u", null),
                new Subject("unified", null),
                new Subject("vt", null),
                new Subject("at1", null));
        for (int pair = 0; pair < pairs.length; pair++) {
            for (int i = 0; i < subjects.size(); i++) {
                if (recalls[i][pair] >= 0) {
                    retrieval(rows, subjects.get(i), i < 3 ? PRODUCT : Conditions.NONE, pairs[pair], recalls[i][pair]);
                }
            }
        }
        for (int i = 0; i < 2; i++) {
            rows.add(new ResultRow(
                    subjects.get(i * 3),
                    new Measure("esc", "classification", "audio-text", "audio->text", Metric.accuracy(1)),
                    0.6725 + 0.2 * (1 - i),
                    new Interval(0.65, 0.9),
                    new Counts(2000, 0, 50),
                    i == 0 ? PRODUCT : Conditions.NONE));
        }
        List<LeftOut> leftOut = List.of(
                new LeftOut("vt", "test", "audio-text", List.of("audio")),
                new LeftOut("at1", "test", "image-text", List.of("image")),
                new LeftOut("vt-u", "captions", "image-text", List.of("vt.image", "vt.text")));
        List<ClassScore> classes = List.of(
                new ClassScore(VERSATILE, "esc", Metric.accuracy(1), "dog, barking", 0.95, 40),
                new ClassScore(VERSATILE, "esc", Metric.accuracy(1), "\"rain\"", null, 0));
        List<QueryOutcomes> queries = List.of(
                ranks(VERSATILE, "audio->text", new int[] {0, 3, -1, 7}, new int[] {1, 2, 0, 1}, new int[] {1, 1, 0, 1
                }),
                ranks(VERSATILE, "text->audio", new int[] {0, 0, 2, 1}, new int[] {1, 1, 1, 1}, new int[] {1, 1, 1, 1}),
                new QueryOutcomes(
                        VERSATILE,
                        "tags",
                        "audio-text",
                        "text->audio",
                        9,
                        false,
                        new QueryOutcomes.Precisions(new double[] {0.5, Double.NaN, 1.0 / 3})));
        return new Results(rows, leftOut, classes, queries);
    }

    public static QueryOutcomes ranks(Subject subject, String direction, int[] better, int[] tied, int[] relevant) {
        return new QueryOutcomes(
                subject,
                "test",
                "audio-text",
                direction,
                9,
                true,
                new QueryOutcomes.Ranks(new RankOutcomes(new RelevantRanks(better, tied, relevant))));
    }

    private static void retrieval(
            List<ResultRow> rows, Subject subject, Conditions conditions, String pair, double at1) {
        String first = pair.substring(0, pair.indexOf('-'));
        String second = pair.substring(pair.indexOf('-') + 1);
        for (String direction : List.of(first + "->" + second, second + "->" + first, Measure.MEAN)) {
            double shift = direction.equals(Measure.MEAN) ? 0 : direction.startsWith(first) ? 0.01 : -0.01;
            Counts counts = direction.equals(Measure.MEAN)
                    ? null
                    : new Counts(1000, direction.startsWith("text") ? 3 : 0, 1000);
            double[] values = {at1, 1 - Math.pow(1 - at1, 2.4), 1 - Math.pow(1 - at1, 3.5)};
            int[] ks = {1, 5, 10};
            for (int i = 0; i < 3; i++) {
                double value = values[i] + shift;
                rows.add(new ResultRow(
                        subject,
                        new Measure("test", "retrieval", pair, direction, Metric.recall(ks[i])),
                        value,
                        new Interval(value - 0.02, value + 0.025),
                        counts,
                        conditions));
            }
            double rank = Math.rint(1 / (at1 + shift)) + 1;
            rows.add(new ResultRow(
                    subject,
                    new Measure("test", "retrieval", pair, direction, Metric.MEDIAN_RANK),
                    rank,
                    new Interval(rank - 1, rank + 1.5),
                    counts,
                    conditions));
        }
    }
}
