package dev.freebind.formats.pickle;

import dev.freebind.api.DataException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The bytes of a pickle, taken one opcode and one operand after the other. Knows where it is, so that whoever finds something
 * wrong can say so. For one use by one thread.
 */
final class PickleBytes {

    /** Longest whole number, in bytes. */
    private static final int MAX_INTEGER_BYTES = 256;

    private final ByteBuffer pickle;
    private final String origin;
    private int opcodeAt;

    /**
     * Begins at the buffer's position, which stays.
     *
     * @param origin how messages name the pickle
     */
    PickleBytes(ByteBuffer pickle, String origin) {
        this.pickle = pickle.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        this.origin = origin;
    }

    /** The next opcode, which messages will point to. */
    int opcode() {
        opcodeAt = pickle.position();
        return u1();
    }

    /** Makes sure that so many bytes are left. */
    void need(long count) {
        if (count < 0 || count > pickle.remaining()) {
            throw damaged("is cut off (" + Long.toUnsignedString(count) + " bytes are wanted and " + pickle.remaining()
                    + " are there)");
        }
    }

    // Unsigned numbers, the lowest byte first; eight bytes may come out negative.

    int u1() {
        need(1);
        return pickle.get() & 0xff;
    }

    int u2() {
        need(2);
        return pickle.getShort() & 0xffff;
    }

    long u4() {
        need(4);
        return pickle.getInt() & 0xffffffffL;
    }

    long u8() {
        need(8);
        return pickle.getLong();
    }

    /** The length in front of a text or of bytes, in one, four or eight bytes. */
    long length(int opcode) {
        return switch (opcode) {
            case 0x8c, 'U', 'C' -> u1();
            case 'X', 'T', 'B' -> u4();
            default -> u8();
        };
    }

    /** So many bytes as a new array, once it is known that they are there. */
    byte[] bytes(long count) {
        need(count);
        byte[] bytes = new byte[(int) count];
        pickle.get(bytes);
        return bytes;
    }

    /** So many bytes of UTF-8. */
    String text(long count) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes(count)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new DataException(damagedMessage("has a text that is not UTF-8"), e);
        }
    }

    /** Text up to the next line feed, which is taken as well. */
    String line() {
        int begin = pickle.position();
        int end = begin;
        while (end < pickle.limit() && pickle.get(end) != '\n') {
            end++;
        }
        need(end - begin + 1L);
        String line = text(end - begin);
        pickle.get();
        return line;
    }

    /** The operand of an opcode that pushes a number: a {@link Long}, {@link BigInteger} or {@link Double}. */
    Object number(int opcode) {
        return switch (opcode) {
            case 'J' -> (long) (int) u4();
            case 'K' -> (long) u1();
            case 'M' -> (long) u2();
            case 0x8a -> integer(u1());
            case 0x8b -> integer(u4());
            default -> {
                need(8);
                yield Double.longBitsToDouble(Long.reverseBytes(pickle.getLong()));
            }
        };
    }

    /** Two's complement, lowest byte first; no bytes at all are 0. */
    private Object integer(long count) {
        if (count > MAX_INTEGER_BYTES) {
            throw damaged("has a whole number of " + count + " bytes; at most " + MAX_INTEGER_BYTES + " are read");
        }
        byte[] bytes = bytes(count);
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        BigInteger value = reversed.length == 0 ? BigInteger.ZERO : new BigInteger(reversed);
        return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
    }

    /** An error at the last opcode; the message continues "the pickle …". */
    DataException damaged(String how) {
        return new DataException(damagedMessage(how));
    }

    private String damagedMessage(String how) {
        return origin + ": the pickle " + how + " (at its byte " + opcodeAt + ")";
    }
}
