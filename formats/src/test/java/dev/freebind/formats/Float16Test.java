package dev.freebind.formats;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import org.junit.jupiter.api.Test;

class Float16Test {

    /** The definition of the format, in doubles. */
    private static double meaning(int bits) {
        int exponent = bits >> 10 & 31;
        int fraction = bits & 1023;
        double magnitude;
        if (exponent == 31) {
            magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        } else if (exponent == 0) {
            magnitude = fraction * 0x1p-24;
        } else {
            magnitude = (1024 + fraction) * Math.pow(2, exponent - 25);
        }
        return (bits & 0x8000) == 0 ? magnitude : -magnitude;
    }

    @Test
    void everyOneOfThe65536HalvesMeansWhatTheFormatSays() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            assertThat(Double.compare(Float16.toFloat((short) bits), meaning(bits)))
                    .as("half %04x", bits)
                    .isZero();
        }
    }

    @Test
    void everyHalfSurvivesTheWayToFloatAndBack() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            short back = Float16.fromFloat(Float16.toFloat((short) bits));
            boolean nan = (bits & 0x7fff) > 0x7c00;
            // A signalling NaN becomes a quiet one.
            assertThat(back & 0xffff).as("half %04x", bits).isEqualTo(nan ? bits | 0x200 : bits);
        }
    }

    @Test
    void betweenTwoHalvesTheNearerOneIsTakenAndOfEquallyNearOnesTheEven() {
        for (int bits = 0; bits < 0x7c00; bits++) {
            double low = meaning(bits);
            double high = bits == 0x7bff ? 65536 : meaning(bits + 1);
            float middle = (float) ((low + high) / 2);
            int even = (bits & 1) == 0 ? bits : bits + 1;
            for (int sign : new int[] {0, 0x8000}) {
                float direction = sign == 0 ? 1 : -1;
                assertThat(Float16.fromFloat(direction * middle) & 0xffff).isEqualTo(sign | even);
                assertThat(Float16.fromFloat(direction * Math.nextDown(middle)) & 0xffff)
                        .isEqualTo(sign | bits);
                assertThat(Float16.fromFloat(direction * Math.nextUp(middle)) & 0xffff)
                        .isEqualTo(sign | (bits + 1));
            }
        }
    }

    @Test
    void whatIsTooLargeBecomesInfinityAndWhatIsTooSmallZero() {
        assertThat(Float16.toFloat(Float16.fromFloat(Float.MAX_VALUE))).isInfinite();
        assertThat(Float16.toFloat(Float16.fromFloat(-1e6f))).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(Float16.fromFloat(Float.MIN_VALUE)).isZero();
        assertThat(Float16.fromFloat(-0f) & 0xffff).isEqualTo(0x8000);
        assertThat(Float16.toFloat(Float16.fromFloat(Float.NaN))).isNaN();
    }

    @Test
    void manyAtOnceAreConvertedAsOneByOne() {
        ShortBuffer halves = ShortBuffer.allocate(1 << 16);
        for (int bits = 0; bits < 1 << 16; bits++) {
            halves.put((short) bits);
        }
        FloatBuffer floats = FloatBuffer.allocate(1 << 16);
        Float16.toFloats(halves.flip(), floats);
        for (int bits = 0; bits < 1 << 16; bits++) {
            assertThat(Float.compare(floats.get(bits), Float16.toFloat((short) bits)))
                    .isZero();
        }
    }

    @Test
    void bfloat16IsTheUpperHalfOfAFloatRoundedToTheNearest() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = BFloat16.toFloat((short) bits);
            boolean nan = Float.isNaN(value);
            assertThat(BFloat16.fromFloat(value) & 0xffff).isEqualTo(nan ? bits | 0x40 : bits);
            if (!nan && !Float.isInfinite(value)) {
                int middle = bits << 16 | 0x8000;
                int even = (bits & 1) == 0 ? bits : bits + 1;
                assertThat(BFloat16.fromFloat(Float.intBitsToFloat(middle)) & 0xffff)
                        .isEqualTo(even);
                assertThat(BFloat16.fromFloat(Float.intBitsToFloat(middle - 1)) & 0xffff)
                        .isEqualTo(bits);
                assertThat(BFloat16.fromFloat(Float.intBitsToFloat(middle + 1)) & 0xffff)
                        .isEqualTo(bits + 1);
            }
        }
    }
}
