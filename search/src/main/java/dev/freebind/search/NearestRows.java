package dev.freebind.search;

import java.util.Arrays;

/**
 * The rows of the highest scores among those that were added; equal scores by ascending row.
 *
 * <p>A score and its row make one number whose order is theirs. Numbers are gathered, and all but the best are thrown away when
 * there is no more room, so adding costs one comparison for nearly all rows. For one thread.
 */
final class NearestRows {

    private static final int LEAST_ROOM = 1024;

    private final int k;
    private long[] ranked;
    private int size;
    /** What a row must exceed to be among the best of those that were there when the room was last cleared. */
    private long threshold = Long.MIN_VALUE;

    /** Keeps the best {@code k}, at least 0. */
    NearestRows(int k) {
        this.k = k;
        this.ranked = new long[LEAST_ROOM];
    }

    /**
     * Takes a row.
     *
     * @param row from 0
     * @param score any number
     */
    void add(int row, float score) {
        add(rank(row, score));
    }

    /** Takes what others have kept. */
    void addAll(NearestRows others) {
        for (int i = 0; i < others.size; i++) {
            add(others.ranked[i]);
        }
    }

    private void add(long rank) {
        if (rank <= threshold) {
            return;
        }
        if (size == ranked.length) {
            makeRoom();
        }
        ranked[size++] = rank;
    }

    private void makeRoom() {
        if (ranked.length < 2L * k) {
            ranked = Arrays.copyOf(ranked, (int) Math.min(2L * ranked.length, Integer.MAX_VALUE - 8));
        } else {
            keepTheBest();
        }
    }

    private void keepTheBest() {
        Arrays.sort(ranked, 0, size);
        if (size > k) {
            System.arraycopy(ranked, size - k, ranked, 0, k);
            size = k;
        }
        if (size == k && k > 0) {
            threshold = ranked[0];
        }
    }

    /** {@code [k or fewer]} rows, best first. */
    int[] rows() {
        keepTheBest();
        int[] rows = new int[size];
        for (int i = 0; i < size; i++) {
            rows[i] = ~(int) ranked[size - 1 - i];
        }
        return rows;
    }

    /** Their scores. */
    float[] scores() {
        keepTheBest();
        float[] scores = new float[size];
        for (int i = 0; i < size; i++) {
            scores[i] = Float.intBitsToFloat(flipNegative((int) (ranked[size - 1 - i] >> 32)));
        }
        return scores;
    }

    /** The score above, the row turned round below; the zeros of both signs are one number. */
    private static long rank(int row, float score) {
        return (long) flipNegative(Float.floatToRawIntBits(score + 0f)) << 32 | (~row & 0xffffffffL);
    }

    /** Between the bits of a float and a whole number of the same order; its own inverse. */
    private static int flipNegative(int bits) {
        return bits ^ (bits >> 31 & Integer.MAX_VALUE);
    }
}
