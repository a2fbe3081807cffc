package dev.freebind.tensorflow.layers;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A function applied to each element. */
public enum Activation {
    /** {@code x · Φ(x)} with the exact normal distribution, not its tanh approximation (Hendrycks and Gimpel, 2016). */
    GELU {
        @Override
        public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
            // In the order of operations that TensorFlow fuses into the product before, where it can.
            Operand<TFloat32> erf = tf.math.erf(tf.math.mul(x, tf.constant((float) Math.sqrt(0.5))));
            return tf.math.mul(tf.math.mul(tf.math.add(erf, tf.constant(1f)), tf.constant(0.5f)), x);
        }
    },
    /** {@code x · sigmoid(1.702 x)}, as in the first CLIP. */
    QUICK_GELU {
        @Override
        public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
            return tf.math.mul(x, tf.math.sigmoid(tf.math.mul(x, tf.constant(1.702f))));
        }
    },
    /** {@code x · sigmoid(x)}. */
    SILU {
        @Override
        public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
            return tf.math.mul(x, tf.math.sigmoid(x));
        }
    },
    /** {@code max(x, 0)}. */
    RELU {
        @Override
        public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
            return tf.nn.relu(x);
        }
    },
    /** The hyperbolic tangent. */
    TANH {
        @Override
        public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
            return tf.math.tanh(x);
        }
    };

    /** Adds the function to the graph; any shape. */
    public abstract Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x);
}
