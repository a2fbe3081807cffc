package dev.freebind.training.projector;

import dev.freebind.api.Modality;
import dev.freebind.bonds.graph.Routing;
import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.LinearWeights;
import dev.freebind.bonds.projector.ProjectorArchitecture;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.ProjectorWeights.Adapter;
import dev.freebind.bonds.projector.ProjectorWeights.Stage;
import dev.freebind.bonds.router.RouterWeights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.NavigableSet;
import java.util.SplittableRandom;

/**
 * The weights of projectors and routers before the first step: Xavier-uniform linear weights, zero biases, neutral
 * normalisation, and the identity for an adapter. Made in Java, so that a seed means the same numbers on every device.
 */
final class ProjectorInitialisation {

    private ProjectorInitialisation() {}

    /** The weights of a FreeBind projector {@code input → hidden → output}; decided by the seed alone. */
    static ProjectorWeights xavierUniform(int input, int hidden, int output, long seed) {
        return xavierUniform(
                ProjectorArchitecture.FREEBIND, input, hidden, output, Collections.emptyNavigableSet(), seed);
    }

    /**
     * The weights of a projector of any kind; decided by the seed alone.
     *
     * @param adapted the modalities that go through its adapter, if it has one
     */
    static ProjectorWeights xavierUniform(
            ProjectorArchitecture architecture,
            int input,
            int hidden,
            int output,
            NavigableSet<Modality> adapted,
            long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Integer> widths = architecture.widths(input, hidden, output);
        List<Stage> stages = new ArrayList<>();
        for (int i = 1; i < widths.size(); i++) {
            int in = widths.get(i - 1);
            int out = widths.get(i);
            stages.add(
                    new Stage(new LinearWeights(in, out, uniform(random, in, out), new float[out]), neutralNorm(out)));
        }
        return new ProjectorWeights(
                architecture, architecture.adapter() == null ? null : new Adapter(identity(input), adapted), stages);
    }

    /**
     * The weights of a router {@code input → hidden → sources}; decided by the seed alone. The last layer begins at zero, so that
     * training begins with the same weight for every source: drawn like the others, its scores, sharpened tenfold, would begin as
     * one arbitrary choice for every input (our reading; OmniBind's class draws all three).
     */
    static RouterWeights router(int input, Routing.Hidden hidden, int sources, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return new RouterWeights(
                input,
                hidden.first(),
                hidden.second(),
                sources,
                uniform(random, input, hidden.first()),
                new float[hidden.first()],
                neutralNorm(hidden.first()),
                uniform(random, hidden.first(), hidden.second()),
                new float[hidden.second()],
                neutralNorm(hidden.second()),
                new float[Math.multiplyExact(hidden.second(), sources)],
                new float[sources]);
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

    private static LinearWeights identity(int width) {
        float[] weights = new float[Math.multiplyExact(width, width)];
        for (int i = 0; i < width; i++) {
            weights[i * width + i] = 1;
        }
        return new LinearWeights(width, width, weights, new float[width]);
    }
}
