package dev.freebind.text.internal.bpe;

import java.util.Arrays;

/**
 * The printable characters that stand for bytes in the vocabularies of GPT-2 and its descendants: printable Latin-1 bytes
 * stand for themselves, the other 68 become U+0100, U+0101, … in increasing order.
 */
public final class ByteSymbols {

    private static final int NOT_A_SYMBOL = -1;
    private static final char[] SYMBOLS = new char[256];
    private static final int[] BYTES = new int[256 + 68];
    private static final int[] POSITIONS = new int[256];

    static {
        Arrays.fill(BYTES, NOT_A_SYMBOL);
        int position = 0;
        for (int b = 0; b < 256; b++) {
            if (isPrintable(b)) {
                assign(b, (char) b, position++);
            }
        }
        char symbol = 0x100;
        for (int b = 0; b < 256; b++) {
            if (!isPrintable(b)) {
                assign(b, symbol++, position++);
            }
        }
    }

    private ByteSymbols() {}

    /** The character that stands for a byte, 0 to 255. */
    public static char of(int b) {
        return SYMBOLS[b];
    }

    /** The byte a character stands for, or -1. */
    public static int byteOf(char symbol) {
        return symbol < BYTES.length ? BYTES[symbol] : NOT_A_SYMBOL;
    }

    /** The place of a byte in CLIP's vocabulary: those that stand for themselves first, then the others. */
    public static int position(int b) {
        return POSITIONS[b];
    }

    private static boolean isPrintable(int b) {
        return (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
    }

    private static void assign(int b, char symbol, int position) {
        SYMBOLS[b] = symbol;
        BYTES[symbol] = b;
        POSITIONS[b] = position;
    }
}
