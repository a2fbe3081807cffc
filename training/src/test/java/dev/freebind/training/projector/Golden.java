package dev.freebind.training.projector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.api.Embeddings;
import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.LinearWeights;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.formats.npy.NpyArray;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** Reference values from PyTorch (see the manifest of the goldens), kept small enough to live beside the tests. */
final class Golden {

    private Golden() {}

    static NpyArray array(String name) {
        String path = "/goldens/" + name + ".npy";
        try (InputStream input = Golden.class.getResourceAsStream(path)) {
            byte[] bytes = input.readAllBytes();
            return NpyArray.read(new java.io.ByteArrayInputStream(bytes), bytes.length, path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static float[] floats(String name) {
        return array(name).floats();
    }

    static Embeddings embeddings(String name) {
        NpyArray array = array(name);
        return Embeddings.of(array.floats(), (int) array.shape().length(1), name);
    }

    static Path resource(String name) {
        try {
            return Path.of(Golden.class.getResource("/goldens/" + name).toURI());
        } catch (java.net.URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The tensors of a folder of npy files. */
    static ProjectorWeights weights(String folder) {
        NpyArray first = array(folder + "/Head2.mlps.0.weight");
        NpyArray second = array(folder + "/Head2.mlps.3.weight");
        return ProjectorWeights.freeBind(
                new ProjectorWeights.Stage(
                        new LinearWeights(
                                (int) first.shape().length(1),
                                (int) first.shape().length(0),
                                first.floats(),
                                floats(folder + "/Head2.mlps.0.bias")),
                        norm(folder + "/Head2.mlps.1.")),
                new ProjectorWeights.Stage(
                        new LinearWeights(
                                (int) second.shape().length(1),
                                (int) second.shape().length(0),
                                second.floats(),
                                floats(folder + "/Head2.mlps.3.bias")),
                        norm(folder + "/Head2.mlps.4.")));
    }

    private static BatchNormWeights norm(String name) {
        return new BatchNormWeights(
                floats(name + "weight"),
                floats(name + "bias"),
                floats(name + "running_mean"),
                floats(name + "running_var"),
                array(name + "num_batches_tracked").longs()[0]);
    }

    static void assertClose(String what, float[] found, float[] expected, double tolerance) {
        assertThat(found).as(what).hasSameSizeAs(expected);
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs((double) found[i] - expected[i]));
        }
        assertThat(worst).as(what + ": largest difference").isLessThanOrEqualTo(tolerance);
    }

    static double largest(float[] values) {
        double largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }
}
