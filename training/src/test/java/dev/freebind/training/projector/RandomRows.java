package dev.freebind.training.projector;

import dev.freebind.api.Embeddings;
import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.ProjectorWeights;
import java.util.SplittableRandom;

/** Seeded numbers for tests. */
final class RandomRows {

    private RandomRows() {}

    /** Unit rows. */
    static double[][] unit(long seed, int rows, int dimension) {
        SplittableRandom random = new SplittableRandom(seed);
        double[][] values = new double[rows][dimension];
        for (double[] row : values) {
            for (int i = 0; i < dimension; i++) {
                row[i] = (float) (random.nextDouble() + random.nextDouble() + random.nextDouble() - 1.5);
            }
        }
        ReferenceProjector.unit(values);
        for (double[] row : values) {
            for (int i = 0; i < dimension; i++) {
                row[i] = (float) row[i];
            }
        }
        return values;
    }

    static float[] flat(double[][]... blocks) {
        int length = 0;
        for (double[][] block : blocks) {
            length += block.length * block[0].length;
        }
        float[] values = new float[length];
        int at = 0;
        for (double[][] block : blocks) {
            for (double[] row : block) {
                for (double value : row) {
                    values[at++] = (float) value;
                }
            }
        }
        return values;
    }

    static Embeddings embeddings(double[][] rows, String origin) {
        return Embeddings.of(flat(rows), rows[0].length, origin);
    }

    /** A projector whose every tensor is random, as after long training. */
    static ProjectorWeights projector(long seed, int input, int hidden, int output) {
        ProjectorWeights weights = ProjectorInitialisation.xavierUniform(input, hidden, output, seed);
        SplittableRandom random = new SplittableRandom(seed + 1);
        return new ProjectorWeights(
                input,
                hidden,
                output,
                weights.firstWeight(),
                values(random, hidden, -0.2, 0.2),
                norm(random, hidden),
                weights.secondWeight(),
                values(random, output, -0.2, 0.2),
                norm(random, output));
    }

    private static BatchNormWeights norm(SplittableRandom random, int features) {
        return new BatchNormWeights(
                values(random, features, 0.5, 1.5),
                values(random, features, -0.3, 0.3),
                values(random, features, -0.3, 0.3),
                values(random, features, 0.3, 2),
                17);
    }

    private static float[] values(SplittableRandom random, int count, double low, double high) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(low, high);
        }
        return values;
    }
}
