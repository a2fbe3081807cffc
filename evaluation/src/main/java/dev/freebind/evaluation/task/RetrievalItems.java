package dev.freebind.evaluation.task;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.EvaluationTask.Pair;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.configuration.ResourcePath;
import dev.freebind.bonds.execution.Relevance;
import dev.freebind.evaluation.task.Participants.Side;
import dev.freebind.evaluation.task.TaskFiles.RelevancePairs;
import java.util.LinkedHashMap;
import java.util.Map;

/** The items of a retrieval task, and which of them belong together. */
final class RetrievalItems {

    private final Retrieval task;
    private final Map<Modality, TaskItems> items = new LinkedHashMap<>();

    /** Opens nothing yet. */
    RetrievalItems(Retrieval task, EmbeddingSource source) {
        this.task = task;
        task.items()
                .forEach((modality, data) -> items.put(
                        modality,
                        new TaskItems(task.name() + ", " + modality, space -> source.open(space, modality, data))));
    }

    /**
     * What belongs together in both directions of a pair.
     *
     * @param forward the right rows of the second modality for every row of the first
     * @param backward the other way round
     * @param aligned whether row i of both is the same item
     */
    record Relevant(Relevance forward, Relevance backward, boolean aligned) {}

    /** The items of one modality of a pair. */
    Side side(Modality modality) {
        TaskItems ofModality = items.get(modality);
        if (ofModality == null) {
            throw new InvalidRequestException("evaluation '" + task.name() + "': a pair names " + modality
                    + ", but 'items' has only " + items.keySet());
        }
        return new Side(modality, ofModality);
    }

    /**
     * Checks everything opened so far.
     *
     * @throws DataException with every number of rows that does not fit
     */
    void check() {
        Problems problems = new Problems();
        items.values().forEach(ofModality -> ofModality.check(problems));
        problems.throwIfAny();
        if (task.relevance() == null) {
            task.pairs()
                    .forEach(pair -> checkAligned(
                            side(pair.first()).items(), side(pair.second()).items(), problems));
        }
        problems.throwIfAny();
    }

    private static void checkAligned(TaskItems first, TaskItems second, Problems problems) {
        if (first.rows() != second.rows() && first.rows() > 0 && second.rows() > 0) {
            problems.add(first.origin() + " has " + first.rows() + " rows, but " + second.origin() + " has "
                    + second.rows()
                    + "; row i of both must belong together, or 'relevance' must name a CSV that says"
                    + " which rows do");
        }
    }

    /**
     * Which rows belong together; the items must be open.
     *
     * @throws DataException if the relevance file is damaged or names no pair of rows
     */
    Relevant relevant(Pair pair) {
        int first = side(pair.first()).items().rows();
        int second = side(pair.second()).items().rows();
        ResourcePath file = task.relevance();
        if (file == null) {
            Relevance same = Relevance.rowAligned(first);
            return new Relevant(same, same, true);
        }
        RelevancePairs pairs = TaskFiles.relevance(file, pair, first, second);
        if (TaskFiles.isEmpty(pairs.byFirst())) {
            throw new DataException(file.absolute() + ": names no pair of rows");
        }
        return new Relevant(Relevance.of(pairs.byFirst(), second), Relevance.of(pairs.bySecond(), first), false);
    }
}
