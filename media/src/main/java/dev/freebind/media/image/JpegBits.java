package dev.freebind.media.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The bits of a JPEG scan: stuffed zeros removed, markers not crossed.
 *
 * <p>Fields are open to {@link JpegScan}, whose inner loop keeps them in registers.
 */
final class JpegBits {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    final byte[] content;

    /** The next bits, the first one topmost; below {@link #count} bits whatever follows. */
    long bits;

    /** How many of them are valid; below 0 once more were used than there are. */
    int count;

    /** The next byte to take in. */
    int position;

    /** Whether a marker or the end was met; zeros follow. */
    private boolean ended;

    private int invented;

    JpegBits(byte[] content, int position) {
        this.content = content;
        this.position = position;
    }

    /** Makes at least 48 bits valid, inventing zeros after the end. */
    void refill() {
        if (position + 8 <= content.length && !ended) {
            long next = (long) LONGS.get(content, position);
            // No byte of it is 0xFF if no byte of its complement is 0.
            long complement = ~next;
            if (((complement - 0x0101010101010101L) & next & 0x8080808080808080L) == 0) {
                bits |= next >>> count;
                int bytes = (64 - count) >> 3;
                position += bytes;
                count += bytes << 3;
                return;
            }
        }
        while (count <= 56) {
            int next = 0;
            if (!ended) {
                if (position >= content.length) {
                    ended = true;
                } else {
                    next = content[position] & 0xFF;
                    if (next != 0xFF) {
                        position++;
                    } else if (position + 1 < content.length && content[position + 1] == 0) {
                        position += 2;
                    } else {
                        ended = true;
                        next = 0;
                    }
                }
            }
            if (ended) {
                invented += 8;
            }
            bits |= (long) next << (56 - count);
            count += 8;
        }
    }

    /** Takes up to 16 bits as a number. */
    int take(int length) {
        if (length == 0) {
            return 0;
        }
        if (count < length) {
            refill();
        }
        int value = (int) (bits >>> (64 - length));
        bits <<= length;
        count -= length;
        return value;
    }

    /** Takes a number of {@code length} bits whose first bit tells the sign (T.81 F.2.2.1, EXTEND). */
    int takeSigned(int length) {
        int raw = take(length);
        return length == 0 || raw >= 1 << (length - 1) ? raw : raw - (1 << length) + 1;
    }

    /** Takes a code; returns its symbol, or −1 if there is no such code. */
    int symbol(JpegHuffmanTable table) {
        if (count < 16) {
            refill();
        }
        int found = table.lookup[(int) (bits >>> (64 - JpegHuffmanTable.LOOKUP_BITS))];
        if (found == 0) {
            found = table.longCode((int) (bits >>> 48));
            if (found == 0) {
                return -1;
            }
        }
        bits <<= found & 0xFF;
        count -= found & 0xFF;
        return found >> 8;
    }

    /** Whether bits were used that the file does not have. */
    boolean overrun() {
        return count < invented;
    }

    /** Forgets the rest of the current byte and what was taken in ahead; {@link #position} is then at a marker or the end. */
    void align() {
        if (!ended) {
            // Whole bytes may have been taken in ahead: step over data up to the marker, as decoders do.
            while (position < content.length
                    && !(content[position] == (byte) 0xFF
                            && position + 1 < content.length
                            && content[position + 1] != 0)) {
                position++;
            }
        }
        bits = 0;
        count = 0;
        invented = 0;
        ended = false;
    }
}
