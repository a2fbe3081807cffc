package dev.freebind.training.projector;

import dev.freebind.api.Modality;
import dev.freebind.bonds.product.WeightStore;
import dev.freebind.bonds.projector.LinearWeights;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.ProjectorWeights.Adapter;
import dev.freebind.bonds.router.RouterKey;
import dev.freebind.bonds.router.RouterWeights;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TrainedVariable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * The weights of projectors and routers in variables of a graph, folded for inference and fed once, however many networks use
 * them. Not safe for use from several threads.
 */
final class InferenceWeights {

    private final GraphSession session;
    private final WeightStore store;
    private final Map<ProjectorKey, FoldedProjector> projectors = new HashMap<>();
    private final Map<RouterKey, FoldedRouter> routers = new HashMap<>();
    private final Map<TrainedVariable, float[]> unassigned = new LinkedHashMap<>();
    private int variables;

    /**
     * Nothing is read yet.
     *
     * @param session the caller's to close, and with it all variables
     * @param store where weights are read
     */
    InferenceWeights(GraphSession session, WeightStore store) {
        this.session = session;
        this.store = store;
    }

    /**
     * A projector's folded weights in variables.
     *
     * @param adapter what embeddings of the adapted modalities go through first; null if the projector has none
     */
    record FoldedProjector(
            int input,
            int output,
            Set<Modality> adapted,
            @Nullable Layer adapter,
            List<Layer> layers) {}

    /** A linear layer in variables, and whether a ReLU follows. */
    record Layer(Operand<TFloat32> weight, Operand<TFloat32> bias, boolean relu) {}

    /** A router's folded weights in variables. */
    record FoldedRouter(
            int input,
            int sources,
            Operand<TFloat32> firstWeight,
            Operand<TFloat32> firstBias,
            Operand<TFloat32> secondWeight,
            Operand<TFloat32> secondBias,
            Operand<TFloat32> thirdWeight,
            Operand<TFloat32> thirdBias) {}

    /** The weights of a projector, read when first asked for. */
    FoldedProjector projector(ProjectorKey key) {
        FoldedProjector known = projectors.get(key);
        if (known != null) {
            return known;
        }
        ProjectorWeights weights = store.projector(key);
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < weights.stages().size(); i++) {
            LinearWeights linear = weights.stage(i).linear();
            FoldedLinear folded = FoldedLinear.of(
                    linear.weight(), linear.bias(), weights.stage(i).norm());
            layers.add(new Layer(
                    weight(folded.weight(), folded.bias()),
                    variable(folded.bias(), folded.bias().length),
                    weights.architecture().blocks().get(i).relu()));
        }
        Adapter adapter = weights.adapter();
        FoldedProjector loaded = new FoldedProjector(
                weights.inputDimension(),
                weights.outputDimension(),
                adapter == null ? Set.of() : adapter.modalities(),
                adapter == null ? null : adapter(adapter.linear()),
                layers);
        assign();
        projectors.put(key, loaded);
        return loaded;
    }

    private Layer adapter(LinearWeights linear) {
        return new Layer(weight(linear.weight(), linear.bias()), variable(linear.bias(), linear.output()), false);
    }

    /** The weights of a router, read when first asked for. */
    FoldedRouter router(RouterKey key) {
        FoldedRouter known = routers.get(key);
        if (known != null) {
            return known;
        }
        RouterWeights weights = store.router(key);
        FoldedLinear first = FoldedLinear.of(weights.firstWeight(), weights.firstBias(), weights.firstNorm());
        FoldedLinear second = FoldedLinear.of(weights.secondWeight(), weights.secondBias(), weights.secondNorm());
        FoldedRouter loaded = new FoldedRouter(
                weights.inputDimension(),
                weights.sources(),
                weight(first.weight(), first.bias()),
                variable(first.bias(), first.bias().length),
                weight(second.weight(), second.bias()),
                variable(second.bias(), second.bias().length),
                weight(weights.thirdWeight(), weights.thirdBias()),
                variable(weights.thirdBias(), weights.sources()));
        assign();
        routers.put(key, loaded);
        return loaded;
    }

    /** The matrix of a linear layer, {@code [output, input]}. */
    private Operand<TFloat32> weight(float[] weight, float[] bias) {
        return variable(weight, bias.length, weight.length / bias.length);
    }

    /** A variable for these values, which {@link #assign} sets: constants would count towards the 2 GB limit of a graph. */
    private Operand<TFloat32> variable(float[] values, long... shape) {
        TrainedVariable variable = TrainedVariable.create(session, "weights" + variables++, shape);
        unassigned.put(variable, values);
        return variable.value();
    }

    /** Sets the variables of what was just added, in one run. */
    private void assign() {
        TrainedVariable.assignAll(List.copyOf(unassigned.keySet()), List.copyOf(unassigned.values()));
        unassigned.clear();
    }
}
