package dev.freebind.bonds.internal;

import dev.freebind.api.DataException;
import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.LinearWeights;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.TensorSource;
import dev.freebind.formats.safetensors.NamedTensor;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The layers of a small network in a checkpoint, by PyTorch's names: checks of shape and value that name file and tensor.
 */
public final class OfficialTensors {

    private final TensorSource file;
    private final String prefix;

    /**
     * The tensors whose names begin with a prefix.
     *
     * @param prefix stands before every name; may be empty
     */
    public OfficialTensors(TensorSource file, String prefix) {
        this.file = file;
        this.prefix = prefix;
    }

    /**
     * Checks that a file holds these tensors and no others; which are missing is said when they are read.
     *
     * @param network what the tensors make, for the message
     * @throws DataException if there is another
     */
    public void checkOnly(String network, Collection<String> names) {
        Set<String> unknown = new TreeSet<>(file.tensors().keySet());
        names.forEach(name -> unknown.remove(prefix + name));
        if (!unknown.isEmpty()) {
            throw new DataException(file.origin() + ": tensors " + unknown + " do not belong to a " + network
                    + ", which has just " + prefix + names);
        }
    }

    /** The shape of a matrix that is not empty. */
    public Shape matrix(String name) {
        Shape shape = file.tensor(prefix + name).shape();
        if (shape.dimensions() != 2 || shape.elements() == 0 || shape.elements() > Integer.MAX_VALUE) {
            throw new DataException(file.origin() + ": tensor '" + prefix + name + "' has shape " + shape
                    + ", expected a matrix [out, in]");
        }
        return shape;
    }

    /** The finite values of a tensor of this shape. */
    public float[] floats(String name, Shape shape) {
        check(name, shape);
        float[] values = file.floats(prefix + name);
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new DataException(file.origin() + ": tensor '" + prefix + name + "' has the value " + values[i]
                        + " at " + i + "; weights must be finite");
            }
        }
        return values;
    }

    /**
     * A linear layer.
     *
     * @param input length of the rows it takes; 0 if the tensor tells
     */
    public LinearWeights linear(String name, long input) {
        Shape found = matrix(name + ".weight");
        Shape expected = Shape.of(found.length(0), input == 0 ? found.length(1) : input);
        return new LinearWeights(
                Math.toIntExact(expected.length(1)),
                Math.toIntExact(expected.length(0)),
                floats(name + ".weight", expected),
                floats(name + ".bias", Shape.of(expected.length(0))));
    }

    /** A batch normalisation, {@code name.weight} and so on. */
    public BatchNormWeights norm(String name, long features) {
        Shape shape = Shape.of(features);
        float[] variance = floats(name + ".running_var", shape);
        for (int i = 0; i < variance.length; i++) {
            if (variance[i] < 0) {
                throw new DataException(file.origin() + ": tensor '" + prefix + name
                        + ".running_var' has the negative variance " + variance[i] + " at " + i);
            }
        }
        String tracked = name + ".num_batches_tracked";
        check(tracked, Shape.of());
        return new BatchNormWeights(
                floats(name + ".weight", shape),
                floats(name + ".bias", shape),
                floats(name + ".running_mean", shape),
                variance,
                file.longs(prefix + tracked)[0]);
    }

    private void check(String name, Shape expected) {
        Shape found = file.tensor(prefix + name).shape();
        if (!found.equals(expected)) {
            throw new DataException(
                    file.origin() + ": tensor '" + prefix + name + "' has shape " + found + ", expected " + expected);
        }
    }

    /** The names of a linear layer. */
    public static List<String> linearNames(String name) {
        return List.of(name + ".weight", name + ".bias");
    }

    /** The names of a batch normalisation. */
    public static List<String> normNames(String name) {
        return List.of(
                name + ".weight",
                name + ".bias",
                name + ".running_mean",
                name + ".running_var",
                name + ".num_batches_tracked");
    }

    /** The tensors of a linear layer; the values are not copied. */
    public static List<NamedTensor> linear(String name, float[] weight, float[] bias) {
        return List.of(
                NamedTensor.of(name + ".weight", weight, bias.length, weight.length / bias.length),
                NamedTensor.of(name + ".bias", bias, bias.length));
    }

    /** The tensors of a batch normalisation; the values are not copied. */
    public static List<NamedTensor> norm(String name, BatchNormWeights norm) {
        int features = norm.weight().length;
        return List.of(
                NamedTensor.of(name + ".weight", norm.weight(), features),
                NamedTensor.of(name + ".bias", norm.bias(), features),
                NamedTensor.of(name + ".running_mean", norm.runningMean(), features),
                NamedTensor.of(name + ".running_var", norm.runningVariance(), features),
                NamedTensor.of(name + ".num_batches_tracked", new long[] {norm.batchesTracked()}));
    }
}
