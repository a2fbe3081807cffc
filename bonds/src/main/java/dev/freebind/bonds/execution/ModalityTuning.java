package dev.freebind.bonds.execution;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Encoder;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.ProjectorTraining.Epoch;
import dev.freebind.bonds.execution.ProjectorTraining.RowRange;
import dev.freebind.bonds.graph.TuningSettings;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.Subset;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * Tunes what embeds one modality of a displaced space on paired data against another modality of that space, which stays as it
 * is (FreeBind's †): symmetric InfoNCE between the tuned embeddings {@code mix(Ψ(x), e; λ)} and the frozen ones.
 */
public interface ModalityTuning {

    /**
     * Tunes until done, or takes up where the checkpoint says.
     *
     * <p>The same task gives the same weights, interrupted or not.
     *
     * @param checkpoint a file that is written now and then and read first if it exists; left behind at the end
     * @param progress advanced by steps
     */
    Result tune(Task task, Path checkpoint, Progress.Task progress);

    /**
     * What to tune. Row i of everything is about the same pair.
     *
     * @param modality that is tuned; it decides whether rows go through an adapter of the projectors
     * @param input what the projectors are applied to
     * @param frozen embeddings of the other modality, {@code [rows, dimension of the product]}, unit rows
     * @param expert the expert's own embeddings of the tuned modality, {@code [rows, dimension of the product]}, unit rows; null
     *     where the expert does not know it
     * @param factor λ, how much the expert's own embeddings count; 0 without them
     * @param projectors the displacement's, from which tuning starts; Ψ is the mean over them
     * @param heldOut row ranges kept from training to measure retrieval on; may be empty
     * @param settings epochs, batch, rates
     * @param seed decides shuffling and left-out branches
     */
    record Task(
            Modality modality,
            Input input,
            Embeddings frozen,
            @Nullable Embeddings expert,
            double factor,
            NavigableMap<Subset, ProjectorWeights> projectors,
            List<RowRange> heldOut,
            TuningSettings settings,
            long seed) {
        /** Copies the ranges. */
        public Task {
            heldOut = List.copyOf(heldOut);
        }
    }

    /** What the tuned projectors are applied to. */
    sealed interface Input {
        /** How many there are. */
        long rows();

        /** Length of the embeddings that the projectors take. */
        int dimension();
    }

    /**
     * Embeddings: the projectors alone are tuned.
     *
     * @param embeddings {@code [rows, dimension of the source]}, unit rows
     */
    record Embedded(Embeddings embeddings) implements Input {
        @Override
        public long rows() {
            return embeddings.rows();
        }

        @Override
        public int dimension() {
            return embeddings.dimension();
        }
    }

    /**
     * Items that go through an encoder whose network is tuned as well.
     *
     * @param encoder stays the caller's and is not changed
     * @param items one for each row; not copied, and asked for one by one
     * @param result file that gets the tuned weights of the network: safetensors with the official names
     * @param metadata texts to store in that file
     */
    record Encoded(Encoder encoder, List<? extends Item> items, Path result, Map<String, String> metadata)
            implements Input {
        /** Copies the metadata. */
        public Encoded {
            metadata = Map.copyOf(metadata);
        }

        @Override
        public long rows() {
            return items.size();
        }

        @Override
        public int dimension() {
            return encoder.space().dimension();
        }
    }

    /**
     * What tuning gave.
     *
     * @param projectors the tuned projectors of the kept epoch
     * @param epochs what each epoch gave, in order
     * @param kept number of the kept epoch, from 1
     */
    record Result(NavigableMap<Subset, ProjectorWeights> projectors, List<Epoch> epochs, int kept) {
        /** Copies. */
        public Result {
            epochs = List.copyOf(epochs);
        }
    }
}
