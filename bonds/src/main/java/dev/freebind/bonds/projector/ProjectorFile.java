package dev.freebind.bonds.projector;

import dev.freebind.api.DataException;
import dev.freebind.formats.Shape;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsFile;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A projector as a safetensors file with the tensor names and layout of FreeBind's released checkpoints
 * ({@code Head2.mlps.0.weight} and so on), so that its Python users can load it.
 */
public final class ProjectorFile {

    private static final String HEAD = "Head2.mlps.";

    private static final List<String> NAMES = List.of(
            "0.weight",
            "0.bias",
            "1.weight",
            "1.bias",
            "1.running_mean",
            "1.running_var",
            "1.num_batches_tracked",
            "3.weight",
            "3.bias",
            "4.weight",
            "4.bias",
            "4.running_mean",
            "4.running_var",
            "4.num_batches_tracked");

    private ProjectorFile() {}

    /**
     * Reads a file that holds one projector and nothing else.
     *
     * @throws DataException if the file is missing or damaged, or a tensor is missing, superfluous, misshapen or not finite,
     *     naming file and tensor
     */
    public static ProjectorWeights read(Path file) {
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            Set<String> unknown = new TreeSet<>(tensors.tensors().keySet());
            NAMES.forEach(name -> unknown.remove(HEAD + name));
            if (!unknown.isEmpty()) {
                throw new DataException(file + ": tensors " + unknown + " do not belong to a projector, which has just "
                        + HEAD + NAMES);
            }
            return read(tensors, "");
        }
    }

    /**
     * Reads one projector from a file that may hold more.
     *
     * @param prefix stands before every name; may be empty
     * @throws DataException as {@link #read(Path)}, superfluous tensors aside
     */
    public static ProjectorWeights read(SafetensorsFile file, String prefix) {
        Shape first = matrix(file, prefix + HEAD + "0.weight");
        Shape second = matrix(file, prefix + HEAD + "3.weight");
        long hidden = first.length(0);
        long output = second.length(0);
        return new ProjectorWeights(
                Math.toIntExact(first.length(1)),
                Math.toIntExact(hidden),
                Math.toIntExact(output),
                floats(file, prefix + HEAD + "0.weight", first),
                floats(file, prefix + HEAD + "0.bias", Shape.of(hidden)),
                norm(file, prefix + HEAD + "1.", hidden),
                floats(file, prefix + HEAD + "3.weight", Shape.of(output, hidden)),
                floats(file, prefix + HEAD + "3.bias", Shape.of(output)),
                norm(file, prefix + HEAD + "4.", output));
    }

    /**
     * Writes a projector; the file appears whole or not at all.
     *
     * @param metadata texts to store beside the tensors; may be empty
     * @throws DataException if the file cannot be written
     */
    public static void write(Path file, ProjectorWeights weights, Map<String, String> metadata) {
        SafetensorsWriter.write(file, tensors(weights, ""), metadata);
    }

    /**
     * A projector's tensors under their official names, in the released order; the values are not copied.
     *
     * @param prefix stands before every name; may be empty
     */
    public static List<NamedTensor> tensors(ProjectorWeights weights, String prefix) {
        int hidden = weights.hidden();
        int output = weights.outputDimension();
        BatchNormWeights first = weights.firstNorm();
        BatchNormWeights second = weights.secondNorm();
        String head = prefix + HEAD;
        return List.of(
                NamedTensor.of(head + "0.weight", weights.firstWeight(), hidden, weights.inputDimension()),
                NamedTensor.of(head + "0.bias", weights.firstBias(), hidden),
                NamedTensor.of(head + "1.weight", first.weight(), hidden),
                NamedTensor.of(head + "1.bias", first.bias(), hidden),
                NamedTensor.of(head + "1.running_mean", first.runningMean(), hidden),
                NamedTensor.of(head + "1.running_var", first.runningVariance(), hidden),
                NamedTensor.of(head + "1.num_batches_tracked", new long[] {first.batchesTracked()}),
                NamedTensor.of(head + "3.weight", weights.secondWeight(), output, hidden),
                NamedTensor.of(head + "3.bias", weights.secondBias(), output),
                NamedTensor.of(head + "4.weight", second.weight(), output),
                NamedTensor.of(head + "4.bias", second.bias(), output),
                NamedTensor.of(head + "4.running_mean", second.runningMean(), output),
                NamedTensor.of(head + "4.running_var", second.runningVariance(), output),
                NamedTensor.of(head + "4.num_batches_tracked", new long[] {second.batchesTracked()}));
    }

    private static BatchNormWeights norm(SafetensorsFile file, String name, long features) {
        Shape shape = Shape.of(features);
        float[] variance = floats(file, name + "running_var", shape);
        for (int i = 0; i < variance.length; i++) {
            if (variance[i] < 0) {
                throw new DataException(file.path() + ": tensor '" + name + "running_var' has the negative variance "
                        + variance[i] + " at " + i);
            }
        }
        String tracked = name + "num_batches_tracked";
        check(file, tracked, Shape.of());
        return new BatchNormWeights(
                floats(file, name + "weight", shape),
                floats(file, name + "bias", shape),
                floats(file, name + "running_mean", shape),
                variance,
                file.longs(tracked)[0]);
    }

    private static Shape matrix(SafetensorsFile file, String name) {
        Shape shape = file.tensor(name).shape();
        if (shape.dimensions() != 2 || shape.elements() == 0 || shape.elements() > Integer.MAX_VALUE) {
            throw new DataException(
                    file.path() + ": tensor '" + name + "' has shape " + shape + ", expected a matrix [out, in]");
        }
        return shape;
    }

    private static float[] floats(SafetensorsFile file, String name, Shape shape) {
        check(file, name, shape);
        float[] values = file.floats(name);
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new DataException(file.path() + ": tensor '" + name + "' has the value " + values[i] + " at " + i
                        + "; weights must be finite");
            }
        }
        return values;
    }

    private static void check(SafetensorsFile file, String name, Shape expected) {
        Shape found = file.tensor(name).shape();
        if (!found.equals(expected)) {
            throw new DataException(
                    file.path() + ": tensor '" + name + "' has shape " + found + ", expected " + expected);
        }
    }
}
