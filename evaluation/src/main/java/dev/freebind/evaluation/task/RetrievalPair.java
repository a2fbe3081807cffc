package dev.freebind.evaluation.task;

/**
 * A pair of modalities of one retrieval task.
 *
 * @param dataset the task's name
 * @param pair the two modalities in alphabetical order: {@code audio-text}
 */
public record RetrievalPair(String dataset, String pair) {

    @Override
    public String toString() {
        return dataset + ":" + pair;
    }
}
