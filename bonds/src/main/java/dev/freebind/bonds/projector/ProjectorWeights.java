package dev.freebind.bonds.projector;

import dev.freebind.api.DataException;
import dev.freebind.api.Modality;
import java.util.Collections;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of one projector ψ: an adapter for some modalities if its kind has one, then blocks, then L2-normalise. FreeBind's
 * (section 4.1) is Linear – BatchNorm – ReLU – Linear – BatchNorm.
 *
 * <p>The arrays are not copied and not to be changed.
 *
 * @param architecture the kind of projector, with the official names
 * @param adapter the linear layer in front; null exactly where the architecture has none
 * @param stages one for every block of the architecture, each taking what the one before gives
 */
public record ProjectorWeights(
        ProjectorArchitecture architecture, @Nullable Adapter adapter, List<Stage> stages) {

    /**
     * The tensors of one block.
     *
     * @param linear the linear layer
     * @param norm the batch normalisation of what it gives
     */
    public record Stage(LinearWeights linear, BatchNormWeights norm) {
        /**
         * Checks that the two fit together.
         *
         * @throws DataException if not
         */
        public Stage {
            if (norm.weight().length != linear.output()) {
                throw new DataException("a batch normalisation of " + norm.weight().length
                        + " features follows a linear layer of " + linear.output());
            }
        }
    }

    /**
     * A linear layer that embeddings of some modalities go through before the blocks.
     *
     * @param linear takes and gives rows of the projector's input dimension
     * @param modalities whose embeddings go through it; may be empty
     */
    public record Adapter(LinearWeights linear, NavigableSet<Modality> modalities) {
        /** Copies the set. */
        public Adapter {
            modalities = Collections.unmodifiableNavigableSet(new TreeSet<>(modalities));
        }
    }

    /**
     * Checks that all parts fit together.
     *
     * @throws DataException if not, naming the layer
     */
    public ProjectorWeights {
        stages = List.copyOf(stages);
        if (stages.size() != architecture.blocks().size() || (adapter == null) != (architecture.adapter() == null)) {
            throw new DataException("a projector of kind " + architecture + " has "
                    + architecture.blocks().size()
                    + " blocks and " + (architecture.adapter() == null ? "no" : "an") + " adapter, found "
                    + stages.size() + " and " + (adapter == null ? "none" : "one"));
        }
        int width = stages.get(0).linear.input();
        if (adapter != null && (adapter.linear.input() != width || adapter.linear.output() != width)) {
            throw new DataException(architecture.adapter() + " maps " + adapter.linear.input() + " to "
                    + adapter.linear.output() + ", expected " + width + " to " + width);
        }
        for (int i = 0; i < stages.size(); i++) {
            if (stages.get(i).linear.input() != width) {
                throw new DataException(architecture.blocks().get(i).linear() + " takes rows of "
                        + stages.get(i).linear.input() + ", expected " + width);
            }
            width = stages.get(i).linear.output();
        }
    }

    /** A projector of FreeBind's kind. */
    public static ProjectorWeights freeBind(Stage first, Stage second) {
        return new ProjectorWeights(ProjectorArchitecture.FREEBIND, null, List.of(first, second));
    }

    /** The tensors of one block, counted from 0. */
    public Stage stage(int block) {
        return stages.get(block);
    }

    /** Length of the embeddings it takes. */
    public int inputDimension() {
        return stages.get(0).linear.input();
    }

    /** Length of the embeddings it gives. */
    public int outputDimension() {
        return stages.get(stages.size() - 1).linear.output();
    }

    /** Says whether embeddings of a modality go through the adapter. */
    public boolean adapts(Modality modality) {
        return adapter != null && adapter.modalities.contains(modality);
    }
}
