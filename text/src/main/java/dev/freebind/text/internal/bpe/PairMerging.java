package dev.freebind.text.internal.bpe;

import java.util.Arrays;

/**
 * Joins neighbouring symbols by ranked rules until no rule applies: byte pair encoding (Sennrich et al., arXiv 1508.07909).
 *
 * <p>Symbols form a linked list and possible joins a heap, so n symbols take n log n steps whatever the rules are. Symbols
 * are non-negative ints whose meaning is the caller's.
 */
public final class PairMerging {

    /** What happens between two joins of the same rank. */
    public enum Order {
        /** All pairs of the lowest rank are joined from left to right before new pairs count (CLIP, GPT-2, RoBERTa). */
        RANK_BY_RANK,
        /** After every join the new pairs count at once; equal ranks from left to right (SentencePiece). */
        BEST_FIRST
    }

    private static final int CONSUMED = -1;

    private final Order order;
    private final PairTable pairs;
    private final int[] ranks;
    private final int[] results;

    private PairMerging(Order order, PairTable pairs, int[] ranks, int[] results) {
        this.order = order;
        this.pairs = pairs;
        this.ranks = ranks;
        this.results = results;
    }

    /** Collects rules. */
    public static final class Builder {

        private final PairTable pairs = new PairTable();
        private int[] ranks = new int[1024];
        private int[] results = new int[1024];
        private int rules;

        /** Adds a rule that makes {@code result}; lower ranks come first. Returns its number. */
        public int addRule(int rank, int result) {
            if (rules == ranks.length) {
                ranks = Arrays.copyOf(ranks, 2 * rules);
                results = Arrays.copyOf(results, 2 * rules);
            }
            ranks[rules] = rank;
            results[rules] = result;
            return rules++;
        }

        /** Lets a rule join a pair; false, changing nothing, when another rule already does. */
        public boolean addPair(int left, int right, int rule) {
            return pairs.putIfAbsent(left, right, rule);
        }

        /** The rules collected so far, to be applied in the given order. */
        public PairMerging build(Order order) {
            return new PairMerging(order, pairs, Arrays.copyOf(ranks, rules), Arrays.copyOf(results, rules));
        }
    }

    /** The symbols that remain when no rule applies any more: a new array, the given one is left alone. */
    public int[] merge(int[] symbols) {
        return symbols.length < 2 ? symbols.clone() : new Run(symbols).result();
    }

    private final class Run {

        private final int[] symbol;
        private final int[] previous;
        private final int[] next;
        private final LongHeap candidates;

        Run(int[] symbols) {
            symbol = symbols.clone();
            previous = new int[symbol.length];
            next = new int[symbol.length];
            candidates = new LongHeap(symbol.length);
            for (int i = 0; i < symbol.length; i++) {
                previous[i] = i - 1;
                next[i] = i + 1;
            }
        }

        int[] result() {
            for (int i = 0; i + 1 < symbol.length; i++) {
                offer(i);
            }
            int[] joined = new int[order == Order.BEST_FIRST ? 1 : symbol.length];
            int left = symbol.length;
            while (!candidates.isEmpty()) {
                int rank = rank(candidates.first());
                int count = 0;
                do {
                    int at = (int) candidates.remove();
                    if (join(at, rank)) {
                        joined[count++] = at;
                    }
                } while (order == Order.RANK_BY_RANK && !candidates.isEmpty() && rank(candidates.first()) == rank);
                for (int i = 0; i < count; i++) {
                    offer(previous[joined[i]]);
                    offer(joined[i]);
                }
                left -= count;
            }
            int[] remaining = new int[left];
            for (int at = 0, i = 0; i < left; at = next[at], i++) {
                remaining[i] = symbol[at];
            }
            return remaining;
        }

        private int rank(long candidate) {
            return (int) (candidate >>> 32);
        }

        private void offer(int at) {
            int rule = ruleAt(at);
            if (rule != PairTable.NONE) {
                candidates.add((long) ranks[rule] << 32 | at);
            }
        }

        /** The rule for the symbol at a position and its right neighbour, if both exist. */
        private int ruleAt(int at) {
            if (at < 0 || symbol[at] == CONSUMED || next[at] == symbol.length) {
                return PairTable.NONE;
            }
            return pairs.get(symbol[at], symbol[next[at]]);
        }

        /** Joins the pair at a position unless an earlier join has changed it since it became a candidate. */
        private boolean join(int at, int rank) {
            int rule = ruleAt(at);
            if (rule == PairTable.NONE || ranks[rule] != rank) {
                return false;
            }
            int right = next[at];
            symbol[at] = results[rule];
            symbol[right] = CONSUMED;
            next[at] = next[right];
            if (next[at] < symbol.length) {
                previous[next[at]] = at;
            }
            return true;
        }
    }
}
