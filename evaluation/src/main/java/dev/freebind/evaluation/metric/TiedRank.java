package dev.freebind.evaluation.metric;

/**
 * Where the best relevant item of one query stands in the ranking, with ties left open.
 *
 * <p>Every order of the tied items is equally likely; the methods give the mean over all of these orders, so a constant
 * embedding scores chance.
 *
 * @param better gallery items that score higher than the best relevant item, at least 0
 * @param tied gallery items that score the same, itself included, at least 1
 * @param relevantTied how many of the tied items are relevant, in {@code [1, tied]}
 */
public record TiedRank(int better, int tied, int relevantTied) {

    /**
     * Checks the counts.
     *
     * @throws IllegalArgumentException if they are not in range
     */
    public TiedRank {
        if (better < 0 || relevantTied < 1 || tied < relevantTied) {
            throw new IllegalArgumentException(
                    "better " + better + ", tied " + tied + ", relevant among them " + relevantTied);
        }
    }

    /**
     * The probability that at least one relevant item is among the top k: {@code 1 − C(T−R, m) / C(T, m)} with T tied items, R
     * of them relevant, and m = k − better places left for them (between 0 and T).
     *
     * @param k at least 1
     * @return in [0, 1]; exactly 0 or 1 where ties do not matter
     */
    public double hitRate(int k) {
        int places = Math.max(0, Math.min(k - better, tied));
        if (places == 0) {
            return 0;
        }
        if (places > tied - relevantTied) {
            return 1;
        }
        // C(T−R, m) / C(T, m) = C(T−m, R) / C(T, R): a product of min(m, R) ratios below one, never a factorial.
        int factors = Math.min(places, relevantTied);
        int removed = Math.max(places, relevantTied);
        double miss = 1;
        for (int i = 0; i < factors; i++) {
            miss *= (double) (tied - removed - i) / (tied - i);
        }
        return 1 - miss;
    }

    /** The expected rank, from 1, of the first relevant item: {@code better + (T + 1) / (R + 1)}. */
    public double expectedRank() {
        return better + (tied + 1.0) / (relevantTied + 1.0);
    }
}
