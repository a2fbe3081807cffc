package dev.freebind.evaluation.result;

import java.util.List;

/**
 * A space that could not take part in a pair.
 *
 * @param space the space
 * @param dataset the task's name
 * @param pair the two modalities
 * @param missing what it lacks, at least one, for example {@code at1.audio} (no embeddings of the audio items in the leaf
 *     space at1) or {@code audio} (the space does not know audio)
 */
public record LeftOut(String space, String dataset, String pair, List<String> missing) {
    /** Copies. */
    public LeftOut {
        missing = List.copyOf(missing);
    }
}
