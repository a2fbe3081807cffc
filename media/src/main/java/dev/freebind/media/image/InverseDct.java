package dev.freebind.media.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The inverse cosine transform of 8 × 8 blocks, in the integer arithmetic that libjpeg calls ISLOW (Loeffler, Ligtenberg and
 * Moschytz 1989, 12 multiplications per row, 13 fraction bits), so that pixels equal those of libjpeg and libjpeg-turbo.
 */
final class InverseDct {

    private static final int C_0_298631336 = 2446;
    private static final int C_0_390180644 = 3196;
    private static final int C_0_541196100 = 4433;
    private static final int C_0_765366865 = 6270;
    private static final int C_0_899976223 = 7373;
    private static final int C_1_175875602 = 9633;
    private static final int C_1_501321110 = 12299;
    private static final int C_1_847759065 = 15137;
    private static final int C_1_961570560 = 16069;
    private static final int C_2_053119869 = 16819;
    private static final int C_2_562915447 = 20995;
    private static final int C_3_072711026 = 25172;

    private static final int CONST_BITS = 13;
    private static final int PASS1_BITS = 2;
    private static final int COLUMN_SHIFT = CONST_BITS - PASS1_BITS;
    private static final int COLUMN_HALF = 1 << (COLUMN_SHIFT - 1);
    private static final int ROW_SHIFT = CONST_BITS + PASS1_BITS + 3;
    /** Rounding, and the level shift of 128. */
    private static final int ROW_HALF = (1 << (ROW_SHIFT - 1)) + (128 << ROW_SHIFT);

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private InverseDct() {}

    /**
     * Transforms a block whose only coefficient is the first.
     *
     * @param dc the dequantised coefficient
     * @param plane where 8 × 8 levels go
     * @param offset index of the first
     * @param stride from column to column
     */
    static void constant(int dc, byte[] plane, int offset, int stride) {
        int level = (((dc << PASS1_BITS) + (1 << (PASS1_BITS + 2))) >> (PASS1_BITS + 3)) + 128;
        long column = Levels.clipped(level) * 0x0101010101010101L;
        for (int x = 0, at = offset; x < 8; x++, at += stride) {
            LONGS.set(plane, at, column);
        }
    }

    /**
     * Transforms a block; its coefficients are overwritten.
     *
     * @param block 64 dequantised coefficients, row by row
     * @param columns bit x is set if column x has coefficients below its first row
     * @param plane where 8 × 8 levels go
     * @param offset index of the first
     * @param stride from column to column
     */
    static void transform(int[] block, int columns, byte[] plane, int offset, int stride) {
        for (int x = 0; x < 8; x++) {
            if ((columns >> x & 1) == 0) {
                int dc = block[x] << PASS1_BITS;
                block[x] = dc;
                block[x + 8] = dc;
                block[x + 16] = dc;
                block[x + 24] = dc;
                block[x + 32] = dc;
                block[x + 40] = dc;
                block[x + 48] = dc;
                block[x + 56] = dc;
                continue;
            }
            int b2 = block[x + 16];
            int b6 = block[x + 48];
            int z1 = (b2 + b6) * C_0_541196100;
            int even2 = z1 - b6 * C_1_847759065;
            int even3 = z1 + b2 * C_0_765366865;
            int b0 = block[x];
            int b4 = block[x + 32];
            int even0 = ((b0 + b4) << CONST_BITS) + COLUMN_HALF;
            int even1 = ((b0 - b4) << CONST_BITS) + COLUMN_HALF;
            int t10 = even0 + even3;
            int t13 = even0 - even3;
            int t11 = even1 + even2;
            int t12 = even1 - even2;
            int o0 = block[x + 56];
            int o1 = block[x + 40];
            int o2 = block[x + 24];
            int o3 = block[x + 8];
            int z5 = (o0 + o1 + o2 + o3) * C_1_175875602;
            int z3 = z5 - (o0 + o2) * C_1_961570560;
            int z4 = z5 - (o1 + o3) * C_0_390180644;
            int y1 = (o0 + o3) * C_0_899976223;
            int y2 = (o1 + o2) * C_2_562915447;
            int t0 = o0 * C_0_298631336 - y1 + z3;
            int t1 = o1 * C_2_053119869 - y2 + z4;
            int t2 = o2 * C_3_072711026 - y2 + z3;
            int t3 = o3 * C_1_501321110 - y1 + z4;
            block[x] = (t10 + t3) >> COLUMN_SHIFT;
            block[x + 56] = (t10 - t3) >> COLUMN_SHIFT;
            block[x + 8] = (t11 + t2) >> COLUMN_SHIFT;
            block[x + 48] = (t11 - t2) >> COLUMN_SHIFT;
            block[x + 16] = (t12 + t1) >> COLUMN_SHIFT;
            block[x + 40] = (t12 - t1) >> COLUMN_SHIFT;
            block[x + 24] = (t13 + t0) >> COLUMN_SHIFT;
            block[x + 32] = (t13 - t0) >> COLUMN_SHIFT;
        }
        for (int y = 0, at = offset; y < 64; y += 8, at++) {
            int b2 = block[y + 2];
            int b6 = block[y + 6];
            int z1 = (b2 + b6) * C_0_541196100;
            int even2 = z1 - b6 * C_1_847759065;
            int even3 = z1 + b2 * C_0_765366865;
            int b0 = block[y];
            int b4 = block[y + 4];
            int even0 = ((b0 + b4) << CONST_BITS) + ROW_HALF;
            int even1 = ((b0 - b4) << CONST_BITS) + ROW_HALF;
            int t10 = even0 + even3;
            int t13 = even0 - even3;
            int t11 = even1 + even2;
            int t12 = even1 - even2;
            int o0 = block[y + 7];
            int o1 = block[y + 5];
            int o2 = block[y + 3];
            int o3 = block[y + 1];
            int z5 = (o0 + o1 + o2 + o3) * C_1_175875602;
            int z3 = z5 - (o0 + o2) * C_1_961570560;
            int z4 = z5 - (o1 + o3) * C_0_390180644;
            int y1 = (o0 + o3) * C_0_899976223;
            int y2 = (o1 + o2) * C_2_562915447;
            int t0 = o0 * C_0_298631336 - y1 + z3;
            int t1 = o1 * C_2_053119869 - y2 + z4;
            int t2 = o2 * C_3_072711026 - y2 + z3;
            int t3 = o3 * C_1_501321110 - y1 + z4;
            plane[at] = (byte) Levels.clipped((t10 + t3) >> ROW_SHIFT);
            plane[at + 7 * stride] = (byte) Levels.clipped((t10 - t3) >> ROW_SHIFT);
            plane[at + stride] = (byte) Levels.clipped((t11 + t2) >> ROW_SHIFT);
            plane[at + 6 * stride] = (byte) Levels.clipped((t11 - t2) >> ROW_SHIFT);
            plane[at + 2 * stride] = (byte) Levels.clipped((t12 + t1) >> ROW_SHIFT);
            plane[at + 5 * stride] = (byte) Levels.clipped((t12 - t1) >> ROW_SHIFT);
            plane[at + 3 * stride] = (byte) Levels.clipped((t13 + t0) >> ROW_SHIFT);
            plane[at + 4 * stride] = (byte) Levels.clipped((t13 - t0) >> ROW_SHIFT);
        }
    }
}
