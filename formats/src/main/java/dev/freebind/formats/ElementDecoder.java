package dev.freebind.formats;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** Turns the bytes of array elements into Java numbers; the buffer's own byte order is the elements'. */
public final class ElementDecoder {

    private ElementDecoder() {}

    /**
     * Converts all remaining bytes to floats and advances both positions; doubles are rounded to the nearest float.
     *
     * @param type a floating-point type
     * @param bytes a whole number of elements
     * @throws IllegalArgumentException if the type is one of whole numbers
     * @throws java.nio.BufferOverflowException if the target has too little room
     */
    public static void toFloats(ElementType type, ByteBuffer bytes, FloatBuffer target) {
        switch (type) {
            case F16 -> {
                Float16.toFloats(bytes.asShortBuffer(), target);
                bytes.position(bytes.limit());
            }
            case BF16 -> {
                BFloat16.toFloats(bytes.asShortBuffer(), target);
                bytes.position(bytes.limit());
            }
            case F32 -> {
                target.put(bytes.asFloatBuffer());
                bytes.position(bytes.limit());
            }
            default -> {
                int size = type.bytes();
                for (int at = bytes.position(); at < bytes.limit(); at += size) {
                    target.put(floatAt(type, bytes, at));
                }
                bytes.position(bytes.limit());
            }
        }
    }

    /**
     * The floating-point element whose first byte is at this index.
     *
     * @throws IllegalArgumentException if the type is one of whole numbers
     */
    public static float floatAt(ElementType type, ByteBuffer bytes, int index) {
        return switch (type) {
            case F16 -> Float16.toFloat(bytes.getShort(index));
            case BF16 -> BFloat16.toFloat(bytes.getShort(index));
            case F32 -> bytes.getFloat(index);
            case F64 -> (float) bytes.getDouble(index);
            default -> throw new IllegalArgumentException(type + " is not a floating-point type");
        };
    }

    /**
     * The whole number (of truth values: 0 or 1) whose first byte is at this index. A {@link ElementType#U64} of 2⁶³ or more
     * comes back negative: the caller decides what that means.
     *
     * @throws IllegalArgumentException if the type is a floating-point type
     */
    public static long longAt(ElementType type, ByteBuffer bytes, int index) {
        return switch (type) {
            case I8 -> bytes.get(index);
            case U8 -> bytes.get(index) & 0xff;
            case BOOL -> bytes.get(index) == 0 ? 0 : 1;
            case I16 -> bytes.getShort(index);
            case U16 -> bytes.getShort(index) & 0xffff;
            case I32 -> bytes.getInt(index);
            case U32 -> bytes.getInt(index) & 0xffffffffL;
            case I64, U64 -> bytes.getLong(index);
            default -> throw new IllegalArgumentException(type + " is not a type of whole numbers");
        };
    }
}
