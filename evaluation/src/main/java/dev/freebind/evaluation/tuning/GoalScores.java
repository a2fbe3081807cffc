package dev.freebind.evaluation.tuning;

import dev.freebind.api.DataException;
import dev.freebind.evaluation.interval.Bootstrap;
import dev.freebind.evaluation.interval.Interval;
import dev.freebind.evaluation.interval.Statistic;
import dev.freebind.evaluation.task.QueryHits;
import dev.freebind.evaluation.task.RetrievalPair;
import dev.freebind.evaluation.tuning.Split.Part;
import dev.freebind.evaluation.tuning.Tuning.Detail;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * From what queries got to values of pairs and of the goal, with intervals.
 *
 * @param goal what counts
 * @param split which queries
 * @param bootstrap resamples queries; items of a row-aligned task together in all its pairs and directions
 */
record GoalScores(Goal goal, Split split, Bootstrap bootstrap) {

    /** The mean of both directions. */
    double value(RetrievalPair pair, QueryHits hits, Part part) {
        return (Statistic.MEAN.of(chosen(pair, hits.there(), hits.thereGroups(), part))
                        + Statistic.MEAN.of(chosen(pair, hits.back(), hits.backGroups(), part)))
                / 2;
    }

    private double[] chosen(RetrievalPair pair, double[] hits, int[] groups, Part part) {
        if (!split.halved()) {
            return hits;
        }
        double[] chosen = IntStream.range(0, hits.length)
                .filter(query -> split.includes(part, pair.dataset(), groups[query]))
                .mapToDouble(query -> hits[query])
                .toArray();
        if (chosen.length == 0) {
            throw new DataException(
                    pair + ": one half of its " + hits.length + " queries is empty; it is too small for --split");
        }
        return chosen;
    }

    /**
     * Values of queries whose means' mean is the goal's value: one set for each row-aligned task, whose pairs and directions are
     * about the same items, and one for each direction of any other pair.
     */
    double[][] sets(List<RetrievalPair> pairs, List<QueryHits> hits, Part part) {
        Map<String, double[]> sets = new LinkedHashMap<>();
        for (int i = 0; i < pairs.size(); i++) {
            RetrievalPair pair = pairs.get(i);
            QueryHits ofPair = hits.get(i);
            double weight = goal.share(pair) / 2;
            if (weight > 0) {
                String there = ofPair.aligned() ? pair.dataset() : pair + " there";
                String back = ofPair.aligned() ? pair.dataset() : pair + " back";
                add(sets, there, weight, chosen(pair, ofPair.there(), ofPair.thereGroups(), part));
                add(sets, back, weight, chosen(pair, ofPair.back(), ofPair.backGroups(), part));
            }
        }
        double[][] all = sets.values().toArray(double[][]::new);
        for (double[] set : all) {
            for (int query = 0; query < set.length; query++) {
                set[query] *= all.length;
            }
        }
        return all;
    }

    private static void add(Map<String, double[]> sets, String name, double weight, double[] hits) {
        double[] set = sets.computeIfAbsent(name, unknown -> new double[hits.length]);
        for (int query = 0; query < hits.length; query++) {
            set[query] += weight * hits[query];
        }
    }

    /** A point's numbers on the queries that report. */
    Detail detail(int point, List<RetrievalPair> pairs, List<QueryHits> hits, double[][] sets) {
        List<Double> values = new ArrayList<>();
        List<Interval> intervals = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i++) {
            RetrievalPair pair = pairs.get(i);
            QueryHits ofPair = hits.get(i);
            double[] there = bootstrap.distribution(
                    Statistic.MEAN, chosen(pair, ofPair.there(), ofPair.thereGroups(), Part.REPORT), 0);
            double[] back = bootstrap.distribution(
                    Statistic.MEAN,
                    chosen(pair, ofPair.back(), ofPair.backGroups(), Part.REPORT),
                    ofPair.aligned() ? 0 : 1);
            values.add(value(pair, ofPair, Part.REPORT));
            intervals.add(Interval.central95(IntStream.range(0, there.length)
                    .mapToDouble(resample -> (there[resample] + back[resample]) / 2)
                    .toArray()));
        }
        double objective = 0;
        double[] distribution = new double[bootstrap.resamples()];
        for (int set = 0; set < sets.length; set++) {
            objective += Statistic.MEAN.of(sets[set]) / sets.length;
            double[] ofSet = bootstrap.distribution(Statistic.MEAN, sets[set], set);
            for (int resample = 0; resample < distribution.length; resample++) {
                distribution[resample] += ofSet[resample] / sets.length;
            }
        }
        return new Detail(point, values, intervals, objective, Interval.central95(distribution));
    }
}
