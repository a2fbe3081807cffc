package dev.freebind.encoding;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What of a collection is already there in one space.
 *
 * @param shards the shards it consists of, in order
 * @param all whether these are all items
 */
record Survey(List<Shard> shards, boolean all) {

    Survey {
        shards = List.copyOf(shards);
    }

    /**
     * A shard as it should be.
     *
     * @param firstItem its first item
     * @param items how many items
     * @param itemsFingerprint of the items
     * @param stored where its rows are; null if they have to be encoded
     */
    record Shard(
            long firstItem,
            int items,
            String itemsFingerprint,
            @Nullable StoredShard stored) {

        /** The known broken items among its own. */
        Set<Long> leftOut(Skips skips) {
            return skips.between(firstItem, firstItem + items);
        }
    }

    /** How many items there are. */
    long items() {
        return shards.stream().mapToLong(Shard::items).sum();
    }

    /** How many of them have to be encoded. */
    long toEncode() {
        return shards.stream()
                .filter(shard -> shard.stored() == null)
                .mapToLong(Shard::items)
                .sum();
    }

    /** Says whether all rows are there and none too many. */
    boolean isUpToDate(Skips skips) {
        return shards.stream()
                .allMatch(shard ->
                        shard.stored() != null && shard.stored().skipped().equals(shard.leftOut(skips)));
    }
}
