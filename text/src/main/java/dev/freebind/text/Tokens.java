package dev.freebind.text;

import java.util.Arrays;

/**
 * One caption as token ids.
 *
 * @param ids [context length] int32, padding at the end; owned by the caller
 * @param length how many of them are not padding; at least 2, the begin and end tokens
 */
public record Tokens(int[] ids, int length) {

    /** Checks that the length lies within the ids. */
    public Tokens {
        if (length < 0 || length > ids.length) {
            throw new IllegalArgumentException(length + " tokens in " + ids.length + " ids");
        }
    }

    /** Cuts {@code ids} after {@code count} and fills up to {@code contextLength} with {@code paddingId}. */
    static Tokens padded(int[] ids, int count, int contextLength, int paddingId) {
        int[] padded = Arrays.copyOf(ids, contextLength);
        Arrays.fill(padded, count, contextLength, paddingId);
        return new Tokens(padded, count);
    }

    /** The ids without padding, [length] int32. */
    public int[] unpadded() {
        return Arrays.copyOf(ids, length);
    }
}
