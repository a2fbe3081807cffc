package dev.freebind.encoders.internvl;

import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.layers.WeightPrecision;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** The network of a checkpoint on the CPU, with whatever it computes on the way. */
final class OpenNetwork implements AutoCloseable {

    private final Checkpoint checkpoint;
    private final InternVlNetwork network;

    OpenNetwork(Path file, Path config, WeightPrecision precision, OptionalInt imageSide) {
        checkpoint = Checkpoint.open(file);
        TensorClaims claims = new TensorClaims(checkpoint);
        network = InternVlNetwork.build(
                TensorFlowRuntime.start(Device.CPU, 0),
                claims,
                InternVlSizes.read(config, claims),
                precision,
                imageSide,
                Goldens.CONTEXT_LENGTH);
    }

    /** A file of a folder of the goldens that has a config.json. */
    static OpenNetwork of(String folder, String file, WeightPrecision precision) {
        return new OpenNetwork(
                Goldens.path(folder + "/" + file),
                Goldens.path(folder + "/config.json"),
                precision,
                OptionalInt.empty());
    }

    Checkpoint checkpoint() {
        return checkpoint;
    }

    ImageTower image() {
        return network.image();
    }

    TextTower text() {
        return network.text();
    }

    float[] imageValues(float[] pixels, Operand<TFloat32> output) {
        return network.image().compute(FloatBuffer.wrap(pixels), output);
    }

    float[] textValues(List<int[]> ids, Operand<TFloat32> output) {
        return network.text().compute(ids, Goldens.CONTEXT_LENGTH, output);
    }

    @Override
    public void close() {
        network.close();
        checkpoint.close();
    }
}
