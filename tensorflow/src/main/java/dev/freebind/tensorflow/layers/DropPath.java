package dev.freebind.tensorflow.layers;

import dev.freebind.tensorflow.FloatTensor;
import java.nio.FloatBuffer;
import java.util.SplittableRandom;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * Stochastic depth (Huang et al., 2016): in training, a residual branch of a block is left out for some inputs of the batch and
 * counts more for the others, so that its mean stays. The rate grows evenly from 0 in the first block to the largest in the
 * last, as in ImageBind's transformer.
 *
 * <p>Which are left out is decided outside the graph and fed, so that a seed means the same on every device, and a batch can go
 * through the network twice with the same choice.
 */
public final class DropPath {

    private final Ops tf;
    private final double largestRate;
    private final int blocks;
    private final int branches;
    private final Placeholder<TFloat32> factors;

    /**
     * Adds the placeholder for the choice.
     *
     * @param largestRate share of the inputs for which the last block's branches are left out, in [0, 1)
     * @param branches residual branches of a block
     */
    public DropPath(Ops tf, double largestRate, int blocks, int branches) {
        if (!(largestRate >= 0 && largestRate < 1)) {
            throw new IllegalArgumentException("drop path " + largestRate + " is not in [0, 1)");
        }
        this.tf = tf;
        this.largestRate = largestRate;
        this.blocks = blocks;
        this.branches = branches;
        this.factors = tf.placeholder(
                TFloat32.class, Placeholder.shape(Shape.of((long) blocks * branches, Shape.UNKNOWN_SIZE)));
    }

    /**
     * What a branch adds to the residual stream, with the choice applied.
     *
     * @param rows {@code [batch · tokens, width]}
     * @param block from 0
     * @param branch of the block, from 0
     */
    public Operand<TFloat32> apply(Operand<TFloat32> rows, int block, int branch, int tokens, int width) {
        Operand<TFloat32> ofBranch = tf.reshape(
                tf.gather(factors, tf.constant(block * branches + branch), tf.constant(0)),
                tf.constant(new int[] {-1, 1}));
        Operand<TFloat32> byInput = tf.reshape(rows, tf.constant(new int[] {-1, tokens * width}));
        return tf.reshape(tf.math.mul(byInput, ofBranch), tf.constant(new int[] {-1, width}));
    }

    /** Where {@link #nothing} or {@link #random} is fed. */
    public Placeholder<TFloat32> placeholder() {
        return factors;
    }

    /** Leaves nothing out, as at inference; the caller closes it. */
    public FloatTensor nothing(int batch) {
        FloatTensor tensor = FloatTensor.allocate((long) blocks * branches, batch);
        FloatBuffer memory = tensor.buffer();
        while (memory.hasRemaining()) {
            memory.put(1);
        }
        return tensor;
    }

    /** Chooses by the seed alone; the caller closes it. */
    public FloatTensor random(int batch, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        FloatTensor tensor = FloatTensor.allocate((long) blocks * branches, batch);
        FloatBuffer memory = tensor.buffer();
        for (int block = 0; block < blocks; block++) {
            double rate = blocks == 1 ? 0 : largestRate * block / (blocks - 1);
            float kept = (float) (1 / (1 - rate));
            for (int i = 0; i < branches * batch; i++) {
                memory.put(random.nextDouble() < rate ? 0 : kept);
            }
        }
        return tensor;
    }
}
