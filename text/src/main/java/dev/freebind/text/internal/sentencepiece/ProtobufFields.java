package dev.freebind.text.internal.sentencepiece;

import dev.freebind.api.DataException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Walks over the fields of one protobuf message. Knows only the wire format: varints, fixed 32 and 64 bits, and
 * length-delimited values; anything else, or a length that leads outside, is a {@link DataException}.
 */
final class ProtobufFields {

    static final int VARINT = 0;
    static final int FIXED_64 = 1;
    static final int DELIMITED = 2;
    static final int FIXED_32 = 5;

    private static final int MAXIMUM_VARINT_BYTES = 10;

    private final String message;
    private final ByteBuffer bytes;
    private int field;
    private int wireType;
    private long number;
    private ByteBuffer delimited = ByteBuffer.allocate(0);

    /**
     * @param message what the message is, with its file, for errors
     * @param bytes the message, from position to limit; the buffer's position moves
     */
    ProtobufFields(String message, ByteBuffer bytes) {
        this.message = message;
        this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Moves to the next field; false at the end of the message. */
    boolean next() {
        if (!bytes.hasRemaining()) {
            return false;
        }
        long tag = varint();
        if (tag >>> 3 == 0 || tag >>> 3 > Integer.MAX_VALUE) {
            throw damaged("a field has the impossible number " + (tag >>> 3));
        }
        field = (int) (tag >>> 3);
        wireType = (int) (tag & 7);
        switch (wireType) {
            case VARINT -> number = varint();
            case FIXED_64 -> number = require(8).getLong();
            case FIXED_32 -> number = require(4).getInt();
            case DELIMITED -> {
                long length = varint();
                if (length < 0 || length > bytes.remaining()) {
                    throw damaged("field " + field + " claims " + Long.toUnsignedString(length) + " bytes, but "
                            + bytes.remaining() + " are left");
                }
                delimited = bytes.slice(bytes.position(), (int) length);
                bytes.position(bytes.position() + (int) length);
            }
            default -> throw damaged("field " + field + " has the unknown wire type " + wireType);
        }
        return true;
    }

    /** The number of the current field. */
    int field() {
        return field;
    }

    /** The current field as an integer, enumeration or bool. */
    long varintValue() {
        expect(VARINT, "an integer");
        return number;
    }

    /** The current field as a 32-bit float. */
    float floatValue() {
        expect(FIXED_32, "a float");
        return Float.intBitsToFloat((int) number);
    }

    /** The current field as bytes: a string or a message; a view that shares memory. */
    ByteBuffer delimitedValue() {
        expect(DELIMITED, "a string or message");
        return delimited;
    }

    DataException damaged(String what) {
        return new DataException(
                message + " is damaged: " + what + " (byte " + bytes.position() + " of " + bytes.limit() + ")");
    }

    private void expect(int type, String name) {
        if (wireType != type) {
            throw damaged("field " + field + " is not " + name + " (wire type " + wireType + ")");
        }
    }

    private ByteBuffer require(int count) {
        if (bytes.remaining() < count) {
            throw damaged("it ends inside field " + field);
        }
        return bytes;
    }

    private long varint() {
        long value = 0;
        for (int i = 0; i < MAXIMUM_VARINT_BYTES; i++) {
            if (!bytes.hasRemaining()) {
                throw damaged("it ends inside a number");
            }
            byte b = bytes.get();
            value |= (long) (b & 0x7F) << (7 * i);
            if (b >= 0) {
                return value;
            }
        }
        throw damaged("a number has more than " + MAXIMUM_VARINT_BYTES + " bytes");
    }
}
