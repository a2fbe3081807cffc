package dev.freebind.bonds.execution;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.graph.Routing;
import dev.freebind.bonds.router.RouterWeights;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Trains the routers of one combination together on item tuples, with frozen encoders and projectors (OmniBind): cross-modal
 * overall alignment, the sum of the symmetric InfoNCE between the routed embeddings of every pair of modalities, and language
 * representation decoupling, the mean binary cross-entropy of the text router's scores against the sources that belong to the
 * text's origin.
 */
public interface RouterTraining {

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
     * @param modalities two at least
     * @param origins where the texts come from; null for no decoupling
     * @param settings epochs, batch, rates
     * @param seed decides initial weights and shuffling
     */
    record Task(
            NavigableMap<Modality, Sources> modalities,
            @Nullable Origins origins,
            Routing settings,
            long seed) {
        /** Copies. */
        public Task {
            modalities = Collections.unmodifiableNavigableMap(new TreeMap<>(modalities));
        }
    }

    /**
     * What is weighed in one modality.
     *
     * @param read what the router reads, each {@code [rows, its dimension]}; empty where there is no router and every source
     *     counts the same
     * @param weighed the sources, each {@code [rows, dimension of the target]}: means of projections, not normalised, and unit
     *     rows
     */
    record Sources(List<Embeddings> read, List<Embeddings> weighed) {
        /** Copies. */
        public Sources {
            read = List.copyOf(read);
            weighed = List.copyOf(weighed);
        }
    }

    /**
     * Where the text of each tuple comes from, and which sources belong to an origin.
     *
     * @param groups for each origin, for each of the first sources of text, whether the source belongs to it; the same number
     *     for every origin, at least one. The scores of further sources are left to alignment.
     * @param ofRow the origin of a tuple's text
     */
    record Origins(List<List<Boolean>> groups, RowOrigin ofRow) {
        /** Copies. */
        public Origins {
            groups = groups.stream().map(List::copyOf).toList();
        }
    }

    /** Tells the origin of a tuple's text. */
    @FunctionalInterface
    interface RowOrigin {
        /** The number of the origin among the groups, or -1 where it is not known, so that the text is not decoupled. */
        int of(long row);
    }

    /**
     * Trained routers.
     *
     * @param routers by modality, those that have one
     * @param epochs what each epoch gave, in order
     */
    record Result(Map<Modality, RouterWeights> routers, List<Epoch> epochs) {
        /** Copies. */
        public Result {
            routers = Collections.unmodifiableMap(new TreeMap<>(routers));
            epochs = List.copyOf(epochs);
        }
    }

    /**
     * One epoch.
     *
     * @param alignment mean over the epoch's steps of the summed InfoNCE terms
     * @param decoupling mean over its steps of the mean binary cross-entropy; 0 without decoupling
     */
    record Epoch(double alignment, double decoupling) {}
}
