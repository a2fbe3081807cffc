package dev.freebind.training.projector;

import dev.freebind.api.Modality;
import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TrainedVariable;
import dev.freebind.tensorflow.layers.Sequences;
import dev.freebind.training.projector.ProjectorTensor.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/**
 * The projectors of a mixture as one function {@code Ψ(x) = normalise(mean ψᵢ(x))} whose weights are variables.
 *
 * <p>Batch normalisation keeps the statistics that the projectors were trained to, as at inference: what is tuned is the function
 * that the space will use, a row's embedding does not depend on the others of its batch, and a batch may go through in parts.
 * (Our reading; the running statistics of a projector are of all modalities together, and those of the tuned one alone would be
 * another function before the first step.) The linear biases are held, since those of the normalisations do the same.
 */
final class TunedMixture {

    private final Ops tf;
    private final List<TrainedVariable> variables = new ArrayList<>();
    private final List<Projector> projectors = new ArrayList<>();

    /** One projector in the graph. */
    private record Projector(ProjectorWeights start, boolean adapted, PerTensor<TrainedVariable> trained) {}

    /** Adds the projectors with the weights they start from; at least one. */
    TunedMixture(GraphSession session, NavigableMap<Subset, ProjectorWeights> start, Modality modality) {
        this.tf = session.ops();
        List<float[]> values = new ArrayList<>();
        start.forEach((subset, weights) -> {
            PerTensor<TrainedVariable> trained = PerTensor.of(tuned(weights, modality), tensor -> {
                values.add(tensor.of(weights));
                return TrainedVariable.create(session, name(subset, tensor), tensor.shape(weights));
            });
            variables.addAll(trained.values());
            projectors.add(new Projector(weights, weights.adapts(modality), trained));
        });
        TrainedVariable.assignAll(variables, values);
    }

    /** What is tuned of a projector: an adapter only if the tuned modality goes through it. */
    private static List<ProjectorTensor> tuned(ProjectorWeights weights, Modality modality) {
        return ProjectorTensor.trained(weights).stream()
                .filter(tensor -> tensor.block() != ProjectorTensor.ADAPTER || weights.adapts(modality))
                .toList();
    }

    private static String name(Subset subset, ProjectorTensor tensor) {
        return "projector." + subset.code() + "." + tensor.officialName();
    }

    /** What is trained. */
    List<TrainedVariable> variables() {
        return variables;
    }

    /**
     * Projects.
     *
     * @param rows {@code [n, input]}
     * @return {@code [n, output]}, unit rows
     */
    Operand<TFloat32> apply(Operand<TFloat32> rows) {
        List<Operand<TFloat32>> projected =
                projectors.stream().map(projector -> apply(projector, rows)).toList();
        // Normalising divides the number of projectors out again.
        return projected.size() == 1 ? projected.get(0) : Sequences.normalised(tf, tf.math.addN(projected));
    }

    private Operand<TFloat32> apply(Projector projector, Operand<TFloat32> rows) {
        Operand<TFloat32> active = projector.adapted ? adapted(projector, rows) : rows;
        for (int i = 0; i < projector.start.stages().size(); i++) {
            Operand<TFloat32> normed = normalised(
                    projector, tf.linalg.matMul(active, value(projector, i, Part.WEIGHT), MatMul.transposeB(true)), i);
            boolean relu = projector.start.architecture().blocks().get(i).relu();
            active = relu ? tf.nn.relu(normed) : normed;
        }
        return Sequences.normalised(tf, active);
    }

    private Operand<TFloat32> adapted(Projector projector, Operand<TFloat32> rows) {
        return tf.nn.biasAdd(
                tf.linalg.matMul(rows, value(projector, ProjectorTensor.ADAPTER, Part.WEIGHT), MatMul.transposeB(true)),
                value(projector, ProjectorTensor.ADAPTER, Part.BIAS));
    }

    /** {@code (product + bias − running mean) / √(running variance + ε) · weight + bias of the norm}. */
    private Operand<TFloat32> normalised(Projector projector, Operand<TFloat32> product, int block) {
        float[] linearBias = projector.start.stage(block).linear().bias();
        BatchNormWeights statistics = projector.start.stage(block).norm();
        int features = linearBias.length;
        float[] shift = new float[features];
        float[] scale = new float[features];
        for (int i = 0; i < features; i++) {
            shift[i] = linearBias[i] - statistics.runningMean()[i];
            scale[i] = (float) (1 / Math.sqrt(statistics.runningVariance()[i] + BatchNormWeights.EPSILON));
        }
        Operand<TFloat32> standard = tf.math.mul(tf.nn.biasAdd(product, tf.constant(shift)), tf.constant(scale));
        return tf.nn.biasAdd(
                tf.math.mul(standard, value(projector, block, Part.NORM_WEIGHT)),
                value(projector, block, Part.NORM_BIAS));
    }

    private static Operand<TFloat32> value(Projector projector, int block, Part part) {
        return projector
                .trained
                .of(ProjectorTensor.of(projector.start.architecture(), block, part))
                .value();
    }

    /**
     * The projectors with other values of what is trained.
     *
     * @param start what they started from
     * @param values by name of the variable
     */
    static NavigableMap<Subset, ProjectorWeights> assemble(
            NavigableMap<Subset, ProjectorWeights> start, Modality modality, Function<String, float[]> values) {
        NavigableMap<Subset, ProjectorWeights> tuned = new TreeMap<>();
        start.forEach((subset, weights) -> {
            List<ProjectorTensor> trained = tuned(weights, modality);
            PerTensor<float[]> tensors = PerTensor.of(
                    ProjectorTensor.all(weights.architecture()),
                    tensor -> trained.contains(tensor) ? values.apply(name(subset, tensor)) : tensor.of(weights));
            tuned.put(
                    subset,
                    ProjectorTensor.assemble(
                            weights, tensors, weights.stage(0).norm().batchesTracked()));
        });
        return tuned;
    }
}
