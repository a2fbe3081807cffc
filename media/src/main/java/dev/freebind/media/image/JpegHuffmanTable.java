package dev.freebind.media.image;

/**
 * A Huffman table of a JPEG image (ITU T.81, annex C and F.2.2.3).
 *
 * <p>Codes of up to {@link #LOOKUP_BITS} bits are found by one look; where a code and the number that follows it fit in that
 * many bits together, the look gives the number as well.
 */
final class JpegHuffmanTable {

    static final int LOOKUP_BITS = 10;
    private static final int MAX_LENGTH = 16;

    /** By the next bits: {@code symbol << 8 | code length}, or 0 for a longer code. */
    final int[] lookup = new int[1 << LOOKUP_BITS];

    /**
     * By the next bits, for coefficients: {@code number << 16 | zeros before it << 8 | bits of code and number}, or 0 if they
     * do not fit or the symbol is no coefficient.
     */
    final int[] coefficients = new int[1 << LOOKUP_BITS];

    /** Per length: the first code left-aligned in 16 bits that is too large for that length. */
    private final int[] limit = new int[MAX_LENGTH + 2];

    private final int[] offset = new int[MAX_LENGTH + 1];
    private final byte[] symbols;

    /**
     * A table from its definition in the file.
     *
     * @param counts number of codes of each length, 1 to 16, at index length − 1
     * @param symbols what the codes mean, in the order of the codes
     * @throws IllegalArgumentException if there are more codes of a length than fit
     */
    JpegHuffmanTable(int[] counts, byte[] symbols) {
        this.symbols = symbols;
        int code = 0;
        int next = 0;
        for (int length = 1; length <= MAX_LENGTH; length++) {
            offset[length] = next - code;
            for (int i = 0; i < counts[length - 1]; i++, code++, next++) {
                if (code >= 1 << length) {
                    throw new IllegalArgumentException("more codes of " + length + " bits than there can be");
                }
                if (length <= LOOKUP_BITS) {
                    int first = code << (LOOKUP_BITS - length);
                    for (int j = 0; j < 1 << (LOOKUP_BITS - length); j++) {
                        lookup[first + j] = (symbols[next] & 0xFF) << 8 | length;
                    }
                }
            }
            limit[length] = code << (MAX_LENGTH - length);
            code <<= 1;
        }
        limit[MAX_LENGTH + 1] = Integer.MAX_VALUE;
        for (int bits = 0; bits < coefficients.length; bits++) {
            int length = lookup[bits] & 0xFF;
            int size = lookup[bits] >> 8 & 15;
            if (length != 0 && size != 0 && length + size <= LOOKUP_BITS) {
                int raw = bits >> (LOOKUP_BITS - length - size) & ((1 << size) - 1);
                int value = raw < 1 << (size - 1) ? raw - (1 << size) + 1 : raw;
                coefficients[bits] = value << 16 | (lookup[bits] >> 12 & 15) << 8 | length + size;
            }
        }
    }

    /**
     * Finds a code that is longer than the look.
     *
     * @param next16 the next 16 bits
     * @return {@code symbol << 8 | code length}, or 0 if no code begins like this
     */
    int longCode(int next16) {
        int length = LOOKUP_BITS + 1;
        while (next16 >= limit[length]) {
            length++;
        }
        if (length > MAX_LENGTH) {
            return 0;
        }
        int index = (next16 >> (MAX_LENGTH - length)) + offset[length];
        return index < 0 || index >= symbols.length ? 0 : (symbols[index] & 0xFF) << 8 | length;
    }
}
