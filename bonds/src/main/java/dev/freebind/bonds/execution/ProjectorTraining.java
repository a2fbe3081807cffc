package dev.freebind.bonds.execution;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.projector.ProjectorWeights;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;

/** Trains one projector on pseudo pairs (FreeBind eq. 7 and 8), or two that meet in a new space (C-MCR). */
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
     * @param targets the other side by modality, each {@code [rows, dimension of the target]}, unit rows
     * @param newDimension 0 if the targets stay as they are; else both sides are projected into a new space of this dimension
     * @param heldOut row ranges kept from training to measure retrieval on; may be empty
     * @param settings epochs, batch, rates, recipe
     * @param seed decides initial weights, shuffling and noise
     */
    record Task(
            NavigableMap<Modality, Embeddings> sources,
            NavigableMap<Modality, Embeddings> targets,
            int newDimension,
            List<RowRange> heldOut,
            TrainingSettings settings,
            long seed) {

        /** The targets stay as they are. */
        public Task(
                NavigableMap<Modality, Embeddings> sources,
                NavigableMap<Modality, Embeddings> targets,
                List<RowRange> heldOut,
                TrainingSettings settings,
                long seed) {
            this(sources, targets, 0, heldOut, settings, seed);
        }
    }

    /**
     * Rows {@code first … first + count - 1}.
     *
     * @param first the first row
     * @param count how many
     */
    record RowRange(long first, long count) {}

    /**
     * What was trained.
     *
     * @param projectors the tensors of the kept epoch: the source's projector, then the target's if both sides are projected
     * @param epochs what each epoch gave, in order
     * @param kept number of the kept epoch, from 1
     */
    record Result(List<ProjectorWeights> projectors, List<Epoch> epochs, int kept) {
        /** Copies. */
        public Result {
            projectors = List.copyOf(projectors);
            epochs = List.copyOf(epochs);
        }

        /** The source's projector. */
        public ProjectorWeights weights() {
            return projectors.get(0);
        }
    }

    /**
     * One epoch.
     *
     * @param meanLoss mean over the epoch's steps of the objective: FreeBind's is the sum of its InfoNCE terms
     * @param heldOutRecall recall@1 between projected source and (projected or frozen) target rows of the held-out tuples, mean
     *     over all modality pairs and both directions; NaN without held-out rows
     */
    record Epoch(double meanLoss, double heldOutRecall) {}
}
