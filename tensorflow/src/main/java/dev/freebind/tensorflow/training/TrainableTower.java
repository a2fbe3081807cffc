package dev.freebind.tensorflow.training;

import dev.freebind.api.Item;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.TrainedVariable;
import dev.freebind.tensorflow.layers.DropPath;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * The network of one modality as a graph from prepared items to embeddings, differentiable by its weights.
 *
 * @param input where {@link Preparation prepared} items are fed
 * @param embeddings {@code [items, dimension]}, unit rows
 * @param dimension length of the rows
 * @param inputsPerItem rows of the input that make one item, for example clips of a sound: what {@code dropPath} counts
 * @param dropPath chooses the branches that are left out; always to be fed
 * @param variables what can be trained, named and laid out as in the official checkpoint
 * @param preparation makes the input
 */
public record TrainableTower(
        Placeholder<TFloat32> input,
        Operand<TFloat32> embeddings,
        int dimension,
        int inputsPerItem,
        DropPath dropPath,
        List<TrainedVariable> variables,
        Preparation preparation) {

    /** Copies. */
    public TrainableTower {
        variables = List.copyOf(variables);
    }

    /** Makes the input of items: decodes and scales, without randomness. Safe for use from several threads. */
    @FunctionalInterface
    public interface Preparation {
        /**
         * Prepares.
         *
         * @param items at least one
         * @return what to feed, closed by the caller
         * @throws dev.freebind.api.DataException if an item cannot be read, naming it
         */
        FloatTensor prepare(List<? extends Item> items);
    }
}
