package dev.freebind.media.image;

/** Arithmetic of 8-bit colour levels held in ints. */
final class Levels {

    private Levels() {}

    /** The nearest level, 0 to 255; without branches, because comparisons keep compilers from using vector instructions. */
    static int clipped(int value) {
        int notNegative = value & ~(value >> 31);
        return (notNegative | ((255 - notNegative) >> 31)) & 255;
    }
}
