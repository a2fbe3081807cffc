package dev.freebind.training.projector;

import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.ProjectorWeights;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The weights before the first step: Xavier-uniform linear weights, zero biases, neutral normalisation. Made in Java, so that a
 * seed means the same numbers on every device.
 */
final class ProjectorInitialisation {

    private ProjectorInitialisation() {}

    /** The weights of a projector {@code input → hidden → output}; decided by the seed alone. */
    static ProjectorWeights xavierUniform(int input, int hidden, int output, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return new ProjectorWeights(
                input,
                hidden,
                output,
                uniform(random, input, hidden),
                new float[hidden],
                neutralNorm(hidden),
                uniform(random, hidden, output),
                new float[output],
                neutralNorm(output));
    }

    private static float[] uniform(SplittableRandom random, int fanIn, int fanOut) {
        double bound = Math.sqrt(6.0 / ((double) fanIn + fanOut));
        float[] weights = new float[Math.multiplyExact(fanIn, fanOut)];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) ((2 * random.nextDouble() - 1) * bound);
        }
        return weights;
    }

    private static BatchNormWeights neutralNorm(int features) {
        float[] ones = new float[features];
        Arrays.fill(ones, 1);
        return new BatchNormWeights(ones, new float[features], new float[features], ones.clone(), 0);
    }
}
