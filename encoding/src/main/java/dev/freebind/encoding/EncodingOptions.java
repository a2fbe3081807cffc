package dev.freebind.encoding;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.encoding.output.Layout;
import dev.freebind.formats.ElementType;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a user may ask of encoding besides the configuration. What is not asked for stays as an earlier run left it.
 *
 * @param spaces only these spaces; empty for all
 * @param collections only these corpora, tasks or {@code task/modality}; empty for all
 * @param limit only the first items of every corpus; {@link Long#MAX_VALUE} for all
 * @param type how numbers are stored, F32 or F16; null for F32 or as they are
 * @param shardItems items of a shard; 0 for {@link #DEFAULT_SHARD_ITEMS} or as they are
 * @param layout how folders are arranged; null for plain or as they are
 * @param skipBroken leave items of corpora out that cannot be encoded, instead of stopping
 * @param strict whether inputs that are not there any more are an error even where all embeddings are
 * @param threads how many prepare items; 0 for one per core
 */
public record EncodingOptions(
        Set<String> spaces,
        Set<String> collections,
        long limit,
        @Nullable ElementType type,
        int shardItems,
        @Nullable Layout layout,
        boolean skipBroken,
        boolean strict,
        int threads) {

    /** Small enough that an interruption costs little even with a slow encoder. */
    public static final int DEFAULT_SHARD_ITEMS = 10_000;

    private static final int LARGEST_SHARD = 10_000_000;

    /** Everything that a command needs which reads embeddings: what is there need not be checked if that is not possible. */
    public static final EncodingOptions MISSING =
            new EncodingOptions(Set.of(), Set.of(), Long.MAX_VALUE, null, 0, null, false, false, 0);

    /**
     * Checks.
     *
     * @throws InvalidRequestException if a number is out of range
     */
    public EncodingOptions {
        spaces = Set.copyOf(spaces);
        collections = Set.copyOf(collections);
        if (limit < 1) {
            throw new InvalidRequestException("--limit " + limit + ": at least one item is needed");
        }
        if (shardItems < 0 || shardItems > LARGEST_SHARD) {
            throw new InvalidRequestException(
                    "--shard-items " + shardItems + ": a shard has 1 to " + LARGEST_SHARD + " items");
        }
        if (threads < 0) {
            throw new InvalidRequestException("--threads " + threads + ": there are no negative numbers of threads");
        }
    }

    /** The same for these spaces only. */
    public EncodingOptions withSpaces(Set<String> only) {
        return new EncodingOptions(only, collections, limit, type, shardItems, layout, skipBroken, strict, threads);
    }

    /** The same with only the first items of every corpus. */
    public EncodingOptions withLimit(long first) {
        return new EncodingOptions(spaces, collections, first, type, shardItems, layout, skipBroken, strict, threads);
    }
}
