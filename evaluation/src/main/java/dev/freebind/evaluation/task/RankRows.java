package dev.freebind.evaluation.task;

import dev.freebind.evaluation.interval.Bootstrap;
import dev.freebind.evaluation.interval.Interval;
import dev.freebind.evaluation.interval.Statistic;
import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.metric.RankOutcomes;
import dev.freebind.evaluation.result.Conditions;
import dev.freebind.evaluation.result.Measure;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.result.ResultRow.Counts;
import dev.freebind.evaluation.result.Subject;
import java.util.ArrayList;
import java.util.List;

/**
 * The metrics of one ranking with their bootstrap distributions.
 *
 * @param metrics what was computed
 * @param values one for each metric
 * @param distributions {@code [metrics, resamples]}
 * @param counts what was ranked
 */
record RankRows(List<Metric> metrics, double[] values, double[][] distributions, Counts counts) {

    /**
     * Computes hit rates and, if wanted, the median rank.
     *
     * @param hitRates metrics with a k
     * @param withMedianRank whether the median rank is the last of the metrics
     * @param stream the resamples to draw; the same for rankings whose queries are the same items
     */
    static RankRows of(
            RankOutcomes outcomes,
            int gallery,
            List<Metric> hitRates,
            boolean withMedianRank,
            Bootstrap bootstrap,
            int stream) {
        double[][] hits = new double[hitRates.size()][];
        for (int i = 0; i < hits.length; i++) {
            hits[i] = outcomes.hits(hitRates.get(i).k());
        }
        List<Metric> metrics = new ArrayList<>(hitRates);
        double[] values = new double[hits.length + (withMedianRank ? 1 : 0)];
        double[][] distributions = new double[values.length][];
        double[][] ofHits = hits.length == 0 ? hits : bootstrap.means(stream, hits);
        for (int i = 0; i < hits.length; i++) {
            values[i] = Statistic.MEAN.of(hits[i]);
            distributions[i] = ofHits[i];
        }
        if (withMedianRank) {
            double[] ranks = outcomes.expectedRanks();
            metrics.add(Metric.MEDIAN_RANK);
            values[hits.length] = Statistic.MEDIAN.of(ranks);
            distributions[hits.length] = bootstrap.distribution(Statistic.MEDIAN, ranks, stream);
        }
        return new RankRows(
                List.copyOf(metrics),
                values,
                distributions,
                new Counts(outcomes.scored(), outcomes.skipped(), gallery));
    }

    /** One row for each metric. */
    List<ResultRow> rows(
            Subject subject, Conditions conditions, String dataset, String task, String pair, String direction) {
        List<ResultRow> rows = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            rows.add(new ResultRow(
                    subject,
                    new Measure(dataset, task, pair, direction, metrics.get(i)),
                    values[i],
                    Interval.central95(distributions[i]),
                    counts,
                    conditions));
        }
        return rows;
    }

    /** One row for each metric: the mean of this direction and the other. */
    List<ResultRow> means(
            RankRows other, Subject subject, Conditions conditions, String dataset, String task, String pair) {
        List<ResultRow> rows = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            double[] distribution = new double[distributions[i].length];
            for (int resample = 0; resample < distribution.length; resample++) {
                distribution[resample] = (distributions[i][resample] + other.distributions[i][resample]) / 2;
            }
            rows.add(new ResultRow(
                    subject,
                    new Measure(dataset, task, pair, Measure.MEAN, metrics.get(i)),
                    (values[i] + other.values[i]) / 2,
                    Interval.central95(distribution),
                    null,
                    conditions));
        }
        return rows;
    }
}
