package dev.freebind.tensorflow.layers;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Rotary positions (Su et al., 2021) in LLaMA's layout: element i of a head's first half forms a pair with element i of its
 * second half, and is turned by {@code position · base^(−2i / size)}.
 */
public final class Rotary {

    private final Ops tf;
    private final int half;
    private final Operand<TFloat32> cosines;
    private final Operand<TFloat32> sines;

    /**
     * Computes the angles once.
     *
     * @param maximumTokens the longest sequence
     * @param size of a head, even
     * @param base 10000 for LLaMA
     */
    public Rotary(Ops tf, int maximumTokens, int size, double base) {
        if (size % 2 != 0) {
            throw new IllegalArgumentException("rotary positions need heads of even size, not " + size);
        }
        this.tf = tf;
        this.half = size / 2;
        float[][] cosine = new float[maximumTokens][half];
        float[][] sine = new float[maximumTokens][half];
        for (int i = 0; i < half; i++) {
            // In float32 like the models' own code, so that long sequences turn by the very same angles.
            float frequency = (float) (1.0 / (float) Math.pow(base, (float) (2 * i) / size));
            for (int position = 0; position < maximumTokens; position++) {
                float angle = position * frequency;
                cosine[position][i] = (float) Math.cos(angle);
                sine[position][i] = (float) Math.sin(angle);
            }
        }
        this.cosines = tf.constant(cosine);
        this.sines = tf.constant(sine);
    }

    /**
     * Turns queries or keys.
     *
     * @param heads {@code [batch, heads, tokens, size]}; token t is at position t
     * @param tokens scalar, at most the maximum
     */
    public Operand<TFloat32> apply(Operand<TFloat32> heads, Operand<TInt32> tokens) {
        Operand<TInt32> positions = tf.range(tf.constant(0), tokens, tf.constant(1));
        Operand<TFloat32> cosine = tf.gather(cosines, positions, tf.constant(0));
        Operand<TFloat32> sine = tf.gather(sines, positions, tf.constant(0));
        List<Operand<TFloat32>> halves = tf.split(tf.constant(3), heads, 2L).output().stream()
                .<Operand<TFloat32>>map(part -> part)
                .toList();
        Operand<TFloat32> first = halves.get(0);
        Operand<TFloat32> second = halves.get(1);
        return tf.concat(
                List.of(
                        tf.math.sub(tf.math.mul(first, cosine), tf.math.mul(second, sine)),
                        tf.math.add(tf.math.mul(second, cosine), tf.math.mul(first, sine))),
                tf.constant(3));
    }
}
