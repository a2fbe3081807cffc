package dev.freebind.evaluation.leak;

import dev.freebind.api.Modality;
import java.util.List;

/**
 * The items of one modality of a task against one corpus.
 *
 * @param task the task's name
 * @param modality of the items
 * @param corpus the corpus
 * @param compared the leaf space in which they were compared, or {@value #CONTENT}
 * @param items evaluation items
 * @param rows corpus items
 * @param exact evaluation items that have an exact duplicate in the corpus
 * @param near further evaluation items that have a near duplicate
 * @param highest the largest cosine; NaN where contents were compared
 * @param examples some of the duplicates, the surest first
 */
public record Leak(
        String task,
        Modality modality,
        String corpus,
        String compared,
        long items,
        long rows,
        int exact,
        int near,
        double highest,
        List<Example> examples) {

    /** What {@link #compared} says where texts or the bytes of files were compared instead of embeddings. */
    public static final String CONTENT = "content";

    /** Copies. */
    public Leak {
        examples = List.copyOf(examples);
    }

    /**
     * A duplicate.
     *
     * @param item row of the evaluation item
     * @param row row of the corpus item that is nearest to it
     * @param cosine of the two, 1 where contents are the same
     */
    public record Example(long item, long row, double cosine) {}
}
