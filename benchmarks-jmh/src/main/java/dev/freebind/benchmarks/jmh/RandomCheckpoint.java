package dev.freebind.benchmarks.jmh;

import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** A checkpoint of random weights: speed does not depend on what was learned, as long as numbers stay ordinary. */
final class RandomCheckpoint {

    private final SplittableRandom random = new SplittableRandom(3);
    private final List<NamedTensor> tensors = new ArrayList<>();

    /** Adds numbers around 0, small enough for a sum over the last dimension to stay around 1. */
    RandomCheckpoint tensor(String name, long... shape) {
        long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        float reach = (float) Math.sqrt(3.0 / (shape.length == 0 ? 1 : shape[shape.length - 1]));
        float[] values = new float[Math.toIntExact(elements)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-reach, reach);
        }
        tensors.add(NamedTensor.of(name, values, shape));
        return this;
    }

    /** Adds a tensor full of one number. */
    RandomCheckpoint constant(String name, float value, long... shape) {
        float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact))];
        Arrays.fill(values, value);
        tensors.add(NamedTensor.of(name, values, shape));
        return this;
    }

    /** Adds a linear layer with a bias. */
    RandomCheckpoint linear(String name, long in, long out) {
        return tensor(name + ".weight", out, in).tensor(name + ".bias", out);
    }

    /** Adds a layer norm. */
    RandomCheckpoint norm(String name, long width) {
        return constant(name + ".weight", 1, width).constant(name + ".bias", 0, width);
    }

    /** Adds a batch norm. */
    RandomCheckpoint batchNorm(String name, long width) {
        return norm(name, width).constant(name + ".running_mean", 0, width).constant(name + ".running_var", 1, width);
    }

    /** Writes all of it as safetensors. */
    void write(Path file) {
        SafetensorsWriter.write(file, tensors, Map.of());
    }
}
