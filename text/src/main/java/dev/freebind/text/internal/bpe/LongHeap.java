package dev.freebind.text.internal.bpe;

import java.util.Arrays;

/** A binary heap of longs, the smallest first. */
final class LongHeap {

    private long[] values;
    private int size;

    LongHeap(int expected) {
        values = new long[Math.max(4, expected)];
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** The smallest value; the heap must not be empty. */
    long first() {
        return values[0];
    }

    void add(long value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, size + (size >> 1));
        }
        int at = size++;
        while (at > 0 && values[(at - 1) >> 1] > value) {
            values[at] = values[(at - 1) >> 1];
            at = (at - 1) >> 1;
        }
        values[at] = value;
    }

    /** Takes the smallest value out; the heap must not be empty. */
    long remove() {
        long smallest = values[0];
        long last = values[--size];
        int at = 0;
        for (int child = 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && values[child + 1] < values[child]) {
                child++;
            }
            if (values[child] >= last) {
                break;
            }
            values[at] = values[child];
            at = child;
        }
        values[at] = last;
        return smallest;
    }
}
