package dev.freebind.formats;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** "Brain" floats: the upper 16 bits of a single-precision float, held in a {@code short}. */
public final class BFloat16 {

    /** Numbers converted at once: they stay in the first-level cache. */
    private static final int CHUNK = 4096;

    private static final int FLOAT_INFINITY = 0x7f800000;
    private static final int QUIET = 0x40;

    private BFloat16() {}

    /** Converts exactly; every bfloat16 is a float. */
    public static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** Converts to the nearest bfloat16, of two equally near ones to the even one. NaN stays NaN. */
    public static short fromFloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits & 0x7fffffff) > FLOAT_INFINITY) {
            return (short) ((bits >>> 16) | QUIET);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    /**
     * Converts the remaining bfloat16 numbers into the target and advances both positions.
     *
     * @throws java.nio.BufferOverflowException if the target has too little room
     */
    public static void toFloats(ShortBuffer from, FloatBuffer target) {
        short[] bits = new short[Math.min(CHUNK, from.remaining())];
        float[] values = new float[bits.length];
        while (from.hasRemaining()) {
            int count = Math.min(bits.length, from.remaining());
            from.get(bits, 0, count);
            for (int i = 0; i < count; i++) {
                values[i] = toFloat(bits[i]);
            }
            target.put(values, 0, count);
        }
    }
}
