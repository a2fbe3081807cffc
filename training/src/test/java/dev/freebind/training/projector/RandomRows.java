package dev.freebind.training.projector;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.LinearWeights;
import dev.freebind.bonds.projector.ProjectorArchitecture;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.ProjectorWeights.Adapter;
import dev.freebind.bonds.projector.ProjectorWeights.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

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

    /** A FreeBind projector whose every tensor is random, as after long training. */
    static ProjectorWeights projector(long seed, int input, int hidden, int output) {
        return projector(ProjectorArchitecture.FREEBIND, seed, input, hidden, output);
    }

    /** The same of any kind; audio goes through its adapter, if it has one. */
    static ProjectorWeights projector(
            ProjectorArchitecture architecture, long seed, int input, int hidden, int output) {
        ProjectorWeights weights = ProjectorInitialisation.xavierUniform(
                architecture, input, hidden, output, new TreeSet<>(Set.of(Modality.AUDIO)), seed);
        SplittableRandom random = new SplittableRandom(seed + 1);
        List<Stage> stages = new ArrayList<>();
        for (Stage stage : weights.stages()) {
            stages.add(new Stage(
                    withBias(stage.linear(), random),
                    norm(random, stage.linear().output())));
        }
        Adapter adapter = weights.adapter();
        if (adapter != null) {
            LinearWeights linear = withBias(adapter.linear(), random);
            for (int i = 0; i < linear.weight().length; i++) {
                linear.weight()[i] += (float) random.nextDouble(-0.1, 0.1);
            }
            adapter = new Adapter(linear, adapter.modalities());
        }
        return new ProjectorWeights(architecture, adapter, stages);
    }

    private static LinearWeights withBias(LinearWeights linear, SplittableRandom random) {
        return new LinearWeights(
                linear.input(), linear.output(), linear.weight(), values(random, linear.output(), -0.2, 0.2));
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
