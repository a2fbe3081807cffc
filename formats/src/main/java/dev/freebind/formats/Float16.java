package dev.freebind.formats;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** IEEE 754 half precision, held in the bits of a {@code short}. JDK 17 has no conversion of its own. */
public final class Float16 {

    /** Numbers converted at once: 8 KiB of halves and 16 KiB of floats stay in the first-level cache. */
    private static final int CHUNK = 4096;

    private static final int HALF_SIGN = 0x8000;
    private static final int HALF_INFINITY = 0x7c00;
    private static final int HALF_QUIET_NAN = 0x7e00;
    private static final int FLOAT_INFINITY = 0x7f800000;
    /** Bits of 65520f, the smallest number that rounds to infinity. */
    private static final int ROUNDS_TO_INFINITY = 0x477ff000;
    /** Bits of 2^-14, the smallest normal half. */
    private static final int SMALLEST_NORMAL = 0x38800000;
    /** Difference of the exponent biases (127 - 15), where a float keeps its exponent. */
    private static final int REBIAS = 112 << 23;

    private Float16() {}

    /** Converts exactly; every half is a float. */
    public static float toFloat(short half) {
        int magnitude = half & 0x7fff;
        int sign = (half & HALF_SIGN) << 16;
        if (magnitude >= HALF_INFINITY) {
            return Float.intBitsToFloat(sign | FLOAT_INFINITY | ((magnitude & 0x3ff) << 13));
        }
        // Read as a float the bits mean value * 2^-112, also for subnormal halves, and the product is exact.
        return Float.intBitsToFloat(sign | Float.floatToRawIntBits(Float.intBitsToFloat(magnitude << 13) * 0x1p112f));
    }

    /**
     * Converts to the nearest half, of two equally near ones to the even one; from 65520 on to infinity. NaN stays NaN.
     */
    public static short fromFloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & HALF_SIGN;
        int magnitude = bits & 0x7fffffff;
        int half;
        if (magnitude > FLOAT_INFINITY) {
            half = HALF_QUIET_NAN | ((magnitude >>> 13) & 0x3ff);
        } else if (magnitude >= ROUNDS_TO_INFINITY) {
            half = HALF_INFINITY;
        } else if (magnitude >= SMALLEST_NORMAL) {
            int rebiased = magnitude - REBIAS;
            half = (rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13;
        } else {
            // Next to 0.5 the floats are 2^-24 apart, as subnormal halves are: the addition rounds for us.
            half = Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) + 0.5f) - Float.floatToRawIntBits(0.5f);
        }
        return (short) (sign | half);
    }

    /**
     * Converts the remaining halves into the target and advances both positions.
     *
     * @throws java.nio.BufferOverflowException if the target has too little room
     */
    public static void toFloats(ShortBuffer halves, FloatBuffer target) {
        short[] from = new short[Math.min(CHUNK, halves.remaining())];
        float[] to = new float[from.length];
        float[] values = Table.VALUES;
        while (halves.hasRemaining()) {
            int count = Math.min(from.length, halves.remaining());
            halves.get(from, 0, count);
            for (int i = 0; i < count; i++) {
                to[i] = values[from[i] & 0xffff];
            }
            target.put(to, 0, count);
        }
    }

    /** Every half as a float; made when first needed. */
    private static final class Table {
        static final float[] VALUES = new float[1 << 16];

        static {
            for (int bits = 0; bits < VALUES.length; bits++) {
                VALUES[bits] = toFloat((short) bits);
            }
        }
    }
}
