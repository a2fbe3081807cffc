package dev.freebind.text.internal;

import java.util.Arrays;

/** Token ids as they are collected: grows up to a capacity, beyond which ids are dropped. */
public final class IdList {

    private final int capacity;
    private int[] ids;
    private int size;

    /** An empty list of at most {@code capacity} ids. */
    public IdList(int capacity) {
        this.capacity = capacity;
        this.ids = new int[Math.min(capacity, 128)];
    }

    /** Appends an id, or drops it when the list is full. */
    public void add(int id) {
        if (size == capacity) {
            return;
        }
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, (int) Math.min(capacity, 2L * size + 1));
        }
        ids[size++] = id;
    }

    /** Appends ids until the list is full. */
    public void addAll(int[] more) {
        for (int i = 0; i < more.length && size < capacity; i++) {
            add(more[i]);
        }
    }

    /** Replaces the last id. */
    public void setLast(int id) {
        ids[size - 1] = id;
    }

    /** Whether further ids would be dropped. */
    public boolean isFull() {
        return size == capacity;
    }

    /** Number of ids. */
    public int size() {
        return size;
    }

    /** The ids, [size] int32, a new array. */
    public int[] toArray() {
        return Arrays.copyOf(ids, size);
    }
}
