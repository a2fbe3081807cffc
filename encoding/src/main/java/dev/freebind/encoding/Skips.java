package dev.freebind.encoding;

import dev.freebind.encoding.output.EncodingManifest.Skipped;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** The items of a collection that have no row, the same in every space. */
final class Skips {

    private final TreeMap<Long, Skipped> skipped = new TreeMap<>();

    void add(Skipped item) {
        skipped.putIfAbsent(item.item(), item);
    }

    /** The numbers of those from the first (included) to the end (not included). */
    Set<Long> between(long first, long end) {
        return skipped.subMap(first, end).keySet();
    }

    /** Those before the end. */
    List<Skipped> before(long end) {
        return List.copyOf(skipped.headMap(end).values());
    }

    int size() {
        return skipped.size();
    }
}
