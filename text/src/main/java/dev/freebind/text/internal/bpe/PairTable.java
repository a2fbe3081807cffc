package dev.freebind.text.internal.bpe;

import java.util.Arrays;

/** A hash table from pairs of symbols (non-negative ints) to the number of the rule that joins them. */
final class PairTable {

    static final int NONE = -1;

    private static final long EMPTY = -1;

    private long[] keys = new long[1024];
    private int[] values = new int[keys.length];
    private int size;

    PairTable() {
        Arrays.fill(keys, EMPTY);
    }

    /** Stores a rule for a pair; false, changing nothing, when the pair has one. */
    boolean putIfAbsent(int left, int right, int rule) {
        if (2 * (size + 1) > keys.length) {
            grow();
        }
        long key = key(left, right);
        int slot = slot(keys, key);
        if (keys[slot] == key) {
            return false;
        }
        keys[slot] = key;
        values[slot] = rule;
        size++;
        return true;
    }

    /** The rule of a pair, or {@link #NONE}. */
    int get(int left, int right) {
        long key = key(left, right);
        int slot = slot(keys, key);
        return keys[slot] == key ? values[slot] : NONE;
    }

    private void grow() {
        long[] moreKeys = new long[2 * keys.length];
        int[] moreValues = new int[moreKeys.length];
        Arrays.fill(moreKeys, EMPTY);
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != EMPTY) {
                int slot = slot(moreKeys, keys[i]);
                moreKeys[slot] = keys[i];
                moreValues[slot] = values[i];
            }
        }
        keys = moreKeys;
        values = moreValues;
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }

    private static int slot(long[] keys, long key) {
        long hash = (key ^ key >>> 29) * 0x9E3779B97F4A7C15L;
        hash = (hash ^ hash >>> 32) * 0xD6E8FEB86659FD93L;
        int mask = keys.length - 1;
        int slot = (int) (hash >>> 32) & mask;
        while (keys[slot] != EMPTY && keys[slot] != key) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
