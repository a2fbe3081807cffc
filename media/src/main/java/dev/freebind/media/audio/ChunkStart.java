package dev.freebind.media.audio;

import java.util.random.RandomGenerator;

/** Chooses where a chunk of a longer sound begins. */
@FunctionalInterface
public interface ChunkStart {

    /** The middle, rounded down: the same sound always gives the same numbers. */
    ChunkStart MIDDLE = (first, last) -> first + (last - first) / 2;

    /**
     * Chooses uniformly, as the official CLAP code does.
     *
     * @param random the source; as safe for use from several threads as it is
     */
    static ChunkStart random(RandomGenerator random) {
        return (first, last) -> random.nextInt(first, last + 1);
    }

    /**
     * A start.
     *
     * @param first the earliest allowed
     * @param last the latest allowed, at least {@code first}
     * @return a number from {@code first} to {@code last}
     */
    int choose(int first, int last);
}
