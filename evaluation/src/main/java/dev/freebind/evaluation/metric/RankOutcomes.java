package dev.freebind.evaluation.metric;

import dev.freebind.bonds.execution.NearestItems.RelevantRanks;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/**
 * What every query of a ranking task got: the raw material of hit rates, accuracies and ranks, and of paired tests.
 *
 * @param ranks the counts by query; {@code better} is -1 for a query without relevant item
 */
public record RankOutcomes(RelevantRanks ranks) {

    /**
     * Checks that the three arrays are of one length.
     *
     * @throws IllegalArgumentException if not
     */
    public RankOutcomes {
        if (ranks.tied().length != ranks.better().length || ranks.relevantTied().length != ranks.better().length) {
            throw new IllegalArgumentException("counts for " + ranks.better().length + ", " + ranks.tied().length
                    + " and " + ranks.relevantTied().length + " queries");
        }
    }

    /** All queries, those without relevant item included. */
    public int size() {
        return ranks.better().length;
    }

    /** Queries without a relevant item, which are left out of every metric. */
    public int skipped() {
        return (int) Arrays.stream(ranks.better()).filter(better -> better < 0).count();
    }

    /** Queries that count. */
    public int scored() {
        return size() - skipped();
    }

    /** Says whether the query has a relevant item. */
    public boolean isScored(int query) {
        return ranks.better()[query] >= 0;
    }

    /** Where the query's best relevant item stands; only for a query that {@link #isScored}. */
    public TiedRank rank(int query) {
        return new TiedRank(ranks.better()[query], ranks.tied()[query], ranks.relevantTied()[query]);
    }

    /** For every query that counts, the probability of a relevant item among the top k; their mean is recall@k or accuracy@k. */
    public double[] hits(int k) {
        return values(rank -> rank.hitRate(k));
    }

    /** For every query that counts, the expected rank of its first relevant item, from 1. */
    public double[] expectedRanks() {
        return values(TiedRank::expectedRank);
    }

    private double[] values(ToDoubleFunction<TiedRank> value) {
        double[] values = new double[scored()];
        int next = 0;
        for (int query = 0; query < size(); query++) {
            if (isScored(query)) {
                values[next++] = value.applyAsDouble(rank(query));
            }
        }
        return values;
    }
}
