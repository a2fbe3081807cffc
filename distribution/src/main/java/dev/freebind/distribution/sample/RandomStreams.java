package dev.freebind.distribution.sample;

import java.util.Random;

/**
 * Independent random number streams by name, so that adding one thing to the world does not change the others.
 *
 * <p>{@link Random} and its Gaussian are specified to the bit and the same on every JDK.
 *
 * @param seed of the whole world
 */
record RandomStreams(long seed) {

    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

    /** The stream of a name, from its beginning. */
    Random stream(String name) {
        long state = seed;
        for (int i = 0; i < name.length(); i++) {
            state = mixed(state + GOLDEN_RATIO * (name.charAt(i) + 1));
        }
        return new Random(mixed(state));
    }

    /** The finaliser of SplitMix64: every bit of the result depends on every bit of the input. */
    private static long mixed(long bits) {
        long mixed = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
