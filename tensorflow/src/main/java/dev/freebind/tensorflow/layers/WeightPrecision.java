package dev.freebind.tensorflow.layers;

import dev.freebind.formats.ElementType;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * How matrices of weights are kept in memory. Vectors and everything computed are float32 in any case: a matrix in half
 * precision is widened where it is used, so products accumulate in float32 and nothing is lost beyond the rounding of the
 * weights themselves.
 */
public enum WeightPrecision {
    /** Four bytes per weight; exact for every checkpoint but one of float64. */
    FLOAT32(ElementType.F32),
    /** Two bytes per weight, with the range of float32; exact for checkpoints in bfloat16. */
    BFLOAT16(ElementType.BF16),
    /** Two bytes per weight, up to 65504; exact for checkpoints in float16. */
    FLOAT16(ElementType.F16);

    private final ElementType element;

    WeightPrecision(ElementType element) {
        this.element = element;
    }

    /** The type of the stored elements. */
    ElementType element() {
        return element;
    }

    /** The same for TensorFlow; decided when asked for, because providers list these constants without loading TensorFlow. */
    Class<? extends TFloating> type() {
        return switch (this) {
            case FLOAT32 -> TFloat32.class;
            case BFLOAT16 -> TBfloat16.class;
            case FLOAT16 -> TFloat16.class;
        };
    }
}
