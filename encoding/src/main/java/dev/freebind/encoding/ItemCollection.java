package dev.freebind.encoding;

import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.configuration.Configuration.EmbeddingFiles;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.Configuration.RawItems;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.configuration.EvaluationTask.Classes;
import dev.freebind.encoding.items.ItemSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Raw items of one modality that several spaces embed in the same row order: a corpus, the items of a task, or class names.
 *
 * @param name the corpus, {@code task/modality} or {@code task/classes}
 * @param modality of all items
 * @param use what the rows are for
 * @param items finds the items when first needed
 * @param embeddings where the rows of each space are, or go
 */
public record ItemCollection(
        String name, Modality modality, Use use, Supplier<ItemSource> items, Map<String, EmbeddingFiles> embeddings) {

    /** Copies, keeping order. */
    public ItemCollection {
        embeddings = Collections.unmodifiableMap(new LinkedHashMap<>(embeddings));
    }

    /** What the rows of items are for, and so what may be done with them. */
    public enum Use {
        /** Every row stands for itself: an item may be left out in every space, and the first rows are a smaller corpus. */
        CORPUS,
        /** Rows belong to those of another modality: none may be left out, but the first rows are fewer pairs. */
        PAIRS,
        /** Labels, relevance or other modalities count on row numbers: all rows are needed. */
        TASK;

        /** Says whether an item may be left out, in every space. */
        public boolean mayLeaveOut() {
            return this == CORPUS;
        }

        /** Says whether the first items alone are of use. */
        public boolean mayBeLimited() {
            return this != TASK;
        }
    }

    /** What binding reads and has raw items, in file order: the corpora, and the pairs that spaces are tuned on. */
    public static List<ItemCollection> corpora(Configuration configuration) {
        List<ItemCollection> collections = new ArrayList<>();
        for (Corpus corpus : configuration.corpora().values()) {
            add(corpus.name(), corpus.modality(), Use.CORPUS, corpus.data(), collections);
        }
        for (Corpus pairs : configuration.pairs().values()) {
            add(pairs.name(), pairs.modality(), Use.PAIRS, pairs.data(), collections);
        }
        return collections;
    }

    /**
     * The items and classes of tasks that are raw, in order.
     *
     * @param classTexts the texts that stand for named classes
     */
    public static List<ItemCollection> tasks(
            List<? extends EvaluationTask> tasks, Function<Classes.Named, List<String>> classTexts) {
        List<ItemCollection> collections = new ArrayList<>();
        for (EvaluationTask task : tasks) {
            task.items()
                    .forEach((modality, data) ->
                            add(task.name() + "/" + modality, modality, Use.TASK, data, collections));
            Classes classes = task instanceof EvaluationTask.Classification classification
                    ? classification.classes()
                    : task instanceof EvaluationTask.Tagging tagging ? tagging.classes() : null;
            String name = task.name() + "/classes";
            if (classes instanceof Classes.Named named) {
                collections.add(new ItemCollection(
                        name,
                        Modality.TEXT,
                        Use.TASK,
                        () -> ItemSource.ofTexts(
                                classTexts.apply(named), named.names().absolute()),
                        named.encoded()));
            } else if (classes instanceof Classes.Embedded embedded) {
                add(name, Modality.TEXT, Use.TASK, embedded.data(), collections);
            }
        }
        return collections;
    }

    private static void add(String name, Modality modality, Use use, ItemData data, List<ItemCollection> collections) {
        RawItems items = data.items();
        if (items != null) {
            collections.add(new ItemCollection(
                    name,
                    modality,
                    use,
                    () -> ItemSource.of(items.path().absolute(), items.column(), modality),
                    data.embeddings()));
        }
    }
}
