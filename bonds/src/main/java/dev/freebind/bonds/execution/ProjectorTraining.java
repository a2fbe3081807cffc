package dev.freebind.bonds.execution;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.projector.ProjectorWeights;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;

/** Trains one projector on pseudo pairs (FreeBind eq. 7 and 8). */
public interface ProjectorTraining {

    /**
     * Trains until done, or takes up where the checkpoint says.
     *
     * <p>The same task gives the same weights, interrupted or not.
     *
     * @param checkpoint a file that is written after every epoch and read first if it exists; left behind at the end
     * @param progress advanced by steps
     */
    Result train(Task task, Path checkpoint, Progress.Task progress);

    /**
     * What to train on. All embeddings have the same number of rows; row i of each is about the same tuple.
     *
     * @param sources the projected side by modality, each {@code [rows, dimension of the source]}, unit rows
     * @param targets the frozen side by modality, each {@code [rows, dimension of the target]}, unit rows
     * @param heldOut row ranges kept from training to measure retrieval on; may be empty
     * @param settings epochs, batch, rates
     * @param seed decides initial weights and shuffling
     */
    record Task(
            NavigableMap<Modality, Embeddings> sources,
            NavigableMap<Modality, Embeddings> targets,
            List<RowRange> heldOut,
            TrainingSettings settings,
            long seed) {}

    /**
     * Rows {@code first … first + count - 1}.
     *
     * @param first the first row
     * @param count how many
     */
    record RowRange(long first, long count) {}

    /**
     * A trained projector.
     *
     * @param weights the tensors of the kept epoch
     * @param epochs what each epoch gave, in order
     * @param kept number of the kept epoch, from 1
     */
    record Result(ProjectorWeights weights, List<Epoch> epochs, int kept) {
        /** Copies. */
        public Result {
            epochs = List.copyOf(epochs);
        }
    }

    /**
     * One epoch.
     *
     * @param meanLoss mean over the epoch's steps of the summed InfoNCE terms
     * @param heldOutRecall recall@1 between projected and target rows of the held-out tuples, mean over all modality pairs and
     *     both directions; NaN without held-out rows
     */
    record Epoch(double meanLoss, double heldOutRecall) {}
}
