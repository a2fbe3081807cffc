package dev.freebind.training.projector;

import dev.freebind.api.Embeddings;
import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.LinearWeights;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.ProjectorWeights.Stage;
import dev.freebind.bonds.router.RouterWeights;
import dev.freebind.formats.npy.NpyArray;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Arrays made by OmniBind's official classes, beside the repository; a test that needs them is skipped where they are not. */
final class OmniBindGoldens {

    private static final Path FOLDER =
            Path.of(System.getProperty("freebind.root"), "..", "shared", "goldens", "omnibind");

    private OmniBindGoldens() {}

    static void assume() {
        Assumptions.assumeTrue(Files.isDirectory(FOLDER), "needs ../shared/goldens");
    }

    static NpyArray array(String name) {
        return NpyArray.read(FOLDER.resolve(name + ".npy"));
    }

    static float[] floats(String name) {
        return array(name).floats();
    }

    static Embeddings embeddings(String name) {
        NpyArray array = array(name);
        return Embeddings.of(array.floats(), (int) array.shape().length(1), name);
    }

    static ProjectorWeights projector(String folder) {
        NpyArray first = array(folder + "/Head2.mlps.0.weight");
        NpyArray second = array(folder + "/Head2.mlps.3.weight");
        return ProjectorWeights.freeBind(
                new Stage(linear(first, folder + "/Head2.mlps.0.bias"), norm(folder + "/Head2.mlps.1.")),
                new Stage(linear(second, folder + "/Head2.mlps.3.bias"), norm(folder + "/Head2.mlps.4.")));
    }

    static RouterWeights router(String folder) {
        NpyArray first = array(folder + "/router.0.weight");
        NpyArray second = array(folder + "/router.3.weight");
        NpyArray third = array(folder + "/router.6.weight");
        return new RouterWeights(
                (int) first.shape().length(1),
                (int) first.shape().length(0),
                (int) second.shape().length(0),
                (int) third.shape().length(0),
                first.floats(),
                floats(folder + "/router.0.bias"),
                norm(folder + "/router.1."),
                second.floats(),
                floats(folder + "/router.3.bias"),
                norm(folder + "/router.4."),
                third.floats(),
                floats(folder + "/router.6.bias"));
    }

    private static LinearWeights linear(NpyArray weight, String bias) {
        return new LinearWeights(
                (int) weight.shape().length(1), (int) weight.shape().length(0), weight.floats(), floats(bias));
    }

    private static BatchNormWeights norm(String name) {
        return new BatchNormWeights(
                floats(name + "weight"),
                floats(name + "bias"),
                floats(name + "running_mean"),
                floats(name + "running_var"),
                array(name + "num_batches_tracked").longs()[0]);
    }
}
