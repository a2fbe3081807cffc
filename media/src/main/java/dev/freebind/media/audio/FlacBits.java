package dev.freebind.media.audio;

/** Reads bits, the most significant first, from bytes. */
final class FlacBits {

    /** The file ends where more is needed. */
    static final class EndOfDataException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private final byte[] content;
    private long bits;
    private int count;
    private int position;

    FlacBits(byte[] content, int position) {
        this.content = content;
        this.position = position;
    }

    private void refill() {
        while (count <= 56 && position < content.length) {
            bits |= (content[position++] & 0xFFL) << (56 - count);
            count += 8;
        }
    }

    /** An unsigned number of 1 to 48 bits. */
    long take(int length) throws EndOfDataException {
        if (count < length) {
            refill();
            if (count < length) {
                throw new EndOfDataException();
            }
        }
        long value = bits >>> (64 - length);
        bits <<= length;
        count -= length;
        return value;
    }

    /** A signed number of 1 to 48 bits, two's complement. */
    long takeSigned(int length) throws EndOfDataException {
        int unused = 64 - length;
        return take(length) << unused >> unused;
    }

    /** The number of zeros before the next one, which is taken as well. */
    int takeUnary() throws EndOfDataException {
        int zeros = 0;
        while (true) {
            if (count == 0) {
                refill();
                if (count == 0) {
                    throw new EndOfDataException();
                }
            }
            int run = Long.numberOfLeadingZeros(bits);
            if (run < count) {
                bits <<= run;
                bits <<= 1;
                count -= run + 1;
                return zeros + run;
            }
            zeros += count;
            bits = 0;
            count = 0;
        }
    }

    /** A number in Rice's code with a parameter of 0 to 30 bits: quotient in unary, remainder, signs interleaved. */
    long takeRice(int parameter) throws EndOfDataException {
        long folded = (long) takeUnary() << parameter | (parameter == 0 ? 0 : take(parameter));
        return folded >>> 1 ^ -(folded & 1);
    }

    void alignToByte() {
        int partial = count & 7;
        bits <<= partial;
        count -= partial;
    }

    /** The byte that the next bit is in, at a byte boundary. */
    int bytePosition() {
        return position - count / 8;
    }

    void seek(int target) {
        position = target;
        bits = 0;
        count = 0;
    }
}
