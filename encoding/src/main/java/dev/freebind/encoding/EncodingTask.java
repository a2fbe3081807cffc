package dev.freebind.encoding;

import dev.freebind.api.DataException;
import dev.freebind.api.Encoder;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.encoding.items.ItemSource;
import dev.freebind.encoding.items.SourceItem;
import dev.freebind.encoding.output.EncodedFiles;
import dev.freebind.encoding.output.EncodingManifest;
import dev.freebind.formats.ElementType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One collection in one space.
 *
 * @param collection the items
 * @param source finds them
 * @param space embeds them
 * @param files where the rows go
 * @param type how numbers are stored
 * @param shardItems items of a shard
 * @param base where the identities of files begin
 */
record EncodingTask(
        ItemCollection collection,
        ItemSource source,
        SpaceDeclaration space,
        EncodedFiles files,
        ElementType type,
        int shardItems,
        Path base) {

    /** For messages and progress. */
    String label() {
        return space.name() + ": " + collection.name();
    }

    /** How the manifest writes the type. */
    String dtype() {
        return type == ElementType.F16 ? "float16" : "float32";
    }

    /** Where shards are made: in the end one file has them all. */
    EncodedFiles workplace() {
        return files.form() == EncodedFiles.Form.FILE ? files.parts() : files;
    }

    /** The manifest of what is there, finished or not. */
    static Optional<EncodingManifest> manifest(EncodedFiles files) {
        Optional<EncodingManifest> parts = files.form() == EncodedFiles.Form.FILE
                ? EncodingManifest.read(files.parts().manifest())
                : Optional.empty();
        return parts.isPresent() ? parts : EncodingManifest.read(files.manifest());
    }

    /**
     * Goes through the items and finds out which rows are there.
     *
     * @param encoderFingerprint what the rows must have been made by; empty if that cannot be told, and is not asked
     * @param limit only the first items, and those that are there
     * @param missingIsBroken whether a file that is not there is an item that cannot be encoded, or an error
     * @throws DataException if items cannot be listed
     */
    Survey survey(Optional<String> encoderFingerprint, long limit, boolean missingIsBroken) {
        Map<Long, List<StoredShard>> stored = new HashMap<>();
        List<StoredShard> all = new ArrayList<>(StoredShard.at(workplace()));
        if (!workplace().equals(files)) {
            all.addAll(StoredShard.at(files));
        }
        for (StoredShard shard : all) {
            EncodingManifest manifest = shard.manifest();
            if (manifest.dtype().equals(dtype())
                    && encoderFingerprint
                            .map(manifest.encoderFingerprint()::equals)
                            .orElse(true)) {
                stored.computeIfAbsent(shard.shard().firstItem(), first -> new ArrayList<>())
                        .add(shard);
            }
        }
        long covered = stored.values().stream()
                .flatMap(List::stream)
                .mapToLong(shard -> shard.shard().firstItem() + shard.shard().items())
                .max()
                .orElse(0);
        // More than the first items may be there already; a trial with a limit takes nothing away.
        long end = Math.max(limit, covered);
        List<Survey.Shard> shards = new ArrayList<>();
        long first = 0;
        try (ShardItems items = new ShardItems(source, base, missingIsBroken)) {
            while (first < end) {
                List<SourceItem> some = items.next(shardItems);
                if (some.isEmpty()) {
                    return new Survey(shards, true);
                }
                int needed = (int) Math.min(some.size(), end - first);
                Survey.Shard shard = shard(first, some, needed, stored.getOrDefault(first, List.of()), items);
                shards.add(shard);
                first += shard.items();
                if (shard.items() < some.size()) {
                    return new Survey(shards, false);
                }
            }
            return new Survey(shards, items.next(1).isEmpty());
        }
    }

    /** The rows that are there for these items, or for more of them than needed; else what is to be encoded. */
    private static Survey.Shard shard(
            long first, List<SourceItem> items, int needed, List<StoredShard> stored, ShardItems reader) {
        for (StoredShard candidate : stored) {
            int size = candidate.shard().items();
            if (size >= needed && size <= items.size()) {
                String fingerprint = reader.fingerprint(items.subList(0, size));
                if (fingerprint.equals(candidate.shard().itemsFingerprint()) && candidate.isThere()) {
                    return new Survey.Shard(first, size, fingerprint, candidate);
                }
            }
        }
        return new Survey.Shard(first, needed, reader.fingerprint(items.subList(0, needed)), null);
    }

    /**
     * Makes the rows that are missing.
     *
     * @param encoder open; null if all rows are there and some are only to be left out
     */
    ShardWriting writing(Survey survey, Skips skips, @Nullable Encoder encoder, EncodingManifest blank) {
        return new ShardWriting(this, survey, skips, encoder, blank);
    }
}
