package dev.freebind.training.run;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.ProjectorTraining;
import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.LinearWeights;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.ProjectorWeights.Stage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Weights that depend on every row and setting of the task and on nothing else; counts calls, can fail at one of them. */
final class MemorisingTraining implements ProjectorTraining {

    int calls;
    int failAt = -1;

    @Override
    public Result train(Task task, Path checkpoint, Progress.Task progress) {
        if (calls++ == failAt) {
            throw new PlainRetrieval.Interrupted();
        }
        long seed = task.seed() * 31 + task.settings().epochs();
        for (Embeddings side : task.sources().values()) {
            seed = seed * 31 + Arrays.deepHashCode(PlainRetrieval.rows(side));
        }
        for (Embeddings side : task.targets().values()) {
            seed = seed * 31 + Arrays.deepHashCode(PlainRetrieval.rows(side));
        }
        SplittableRandom random = new SplittableRandom(seed);
        int in = task.sources().firstEntry().getValue().dimension();
        int out = task.targets().firstEntry().getValue().dimension();
        int hidden = task.settings().hidden();
        List<ProjectorWeights> projectors = new ArrayList<>();
        int output = task.newDimension() > 0 ? task.newDimension() : out;
        projectors.add(projector(random, in, hidden, output));
        if (task.newDimension() > 0) {
            projectors.add(projector(random, out, hidden, output));
        }
        return new Result(projectors, List.of(new Epoch(1.5, Double.NaN)), 1);
    }

    private static ProjectorWeights projector(SplittableRandom random, int in, int hidden, int out) {
        return ProjectorWeights.freeBind(
                new Stage(
                        new LinearWeights(in, hidden, values(random, hidden * in), new float[hidden]),
                        norm(random, hidden)),
                new Stage(
                        new LinearWeights(hidden, out, values(random, out * hidden), new float[out]),
                        norm(random, out)));
    }

    private static BatchNormWeights norm(SplittableRandom random, int features) {
        float[] ones = new float[features];
        Arrays.fill(ones, 1);
        return new BatchNormWeights(ones, values(random, features), values(random, features), ones, 3);
    }

    private static float[] values(SplittableRandom random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }
}
