package dev.freebind.formats;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** IEEE 754 half precision, held in the bits of a {@code short}. JDK 17 has no conversion of its own; later ones are used. */
public final class Float16 {

    /** {@code Float.float16ToFloat} from Java 20 on, which is compiled to vector instructions, eight times as fast as ours. */
    private static final MethodHandle CONVERSION = conversion();

    /** Numbers converted at once: 8 KiB of halves and 16 KiB of floats stay in the first-level cache. */
    private static final int CHUNK = 4096;

    private static final int HALF_SIGN = 0x8000;
    private static final int HALF_INFINITY = 0x7c00;
    /** The bits of a half where a float has sign, the lower exponent and the upper mantissa. */
    private static final int SIGN_AND_MAGNITUDE = 0x8fffe000;

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
        if ((half & HALF_INFINITY) == HALF_INFINITY) {
            return Float.intBitsToFloat((half & HALF_SIGN) << 16 | FLOAT_INFINITY | (half & 0x3ff) << 13);
        }
        // Read as a float the bits mean value * 2^-112, also for subnormal halves, and the product is exact.
        return Float.intBitsToFloat(half << 13 & SIGN_AND_MAGNITUDE) * 0x1p112f;
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
        while (halves.hasRemaining()) {
            int count = Math.min(from.length, halves.remaining());
            halves.get(from, 0, count);
            convert(from, to, count);
            target.put(to, 0, count);
        }
    }

    /** A loop of its own: only so simple a one is compiled to vector instructions. */
    private static void convert(short[] from, float[] to, int count) {
        try {
            for (int i = 0; i < count; i++) {
                to[i] = (float) CONVERSION.invokeExact(from[i]);
            }
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static MethodHandle conversion() {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        MethodType type = MethodType.methodType(float.class, short.class);
        try {
            return lookup.findStatic(Float.class, "float16ToFloat", type);
        } catch (ReflectiveOperationException beforeJava20) {
            try {
                return lookup.findStatic(Float16.class, "toFloat", type);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
