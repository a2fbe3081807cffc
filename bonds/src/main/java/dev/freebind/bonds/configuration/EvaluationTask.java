package dev.freebind.bonds.configuration;

import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.EmbeddingFiles;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A task of the {@code evaluation} section. */
public sealed interface EvaluationTask {

    /** The data set's name in the results. */
    String name();

    /** The items by modality, in file order. */
    Map<Modality, ItemData> items();

    /** The same task with other items. */
    EvaluationTask with(Map<Modality, ItemData> other);

    /**
     * Two modalities of one pair, in alphabetical order.
     *
     * @param first the alphabetically first
     * @param second the other
     */
    record Pair(Modality first, Modality second) {
        @Override
        public String toString() {
            return first + "-" + second;
        }
    }

    /**
     * Retrieval both ways between two modalities.
     *
     * @param name the data set
     * @param items the items; row-aligned unless there is a relevance file
     * @param pairs which pairs are measured
     * @param recall the k of recall@k, ascending
     * @param relevance a CSV of row numbers with the two modalities as header; null for row-aligned items
     */
    record Retrieval(
            String name,
            Map<Modality, ItemData> items,
            List<Pair> pairs,
            List<Integer> recall,
            @Nullable ResourcePath relevance)
            implements EvaluationTask {
        /** Copies, keeping file order. */
        public Retrieval {
            items = inOrder(items);
            pairs = List.copyOf(pairs);
            recall = List.copyOf(recall);
        }

        @Override
        public Retrieval with(Map<Modality, ItemData> other) {
            return new Retrieval(name, other, pairs, recall, relevance);
        }
    }

    /**
     * Zero-shot classification: accuracy.
     *
     * @param name the data set
     * @param items the items, of one modality
     * @param labels one class number or class name a line, a line for every item
     * @param classes the classes
     */
    record Classification(String name, Map<Modality, ItemData> items, ResourcePath labels, Classes classes)
            implements EvaluationTask {
        /** Copies. */
        public Classification {
            items = inOrder(items);
        }

        @Override
        public Classification with(Map<Modality, ItemData> other) {
            return new Classification(name, other, labels, classes);
        }
    }

    /**
     * Zero-shot tagging: mean average precision.
     *
     * @param name the data set
     * @param items the items, of one modality
     * @param tags a CSV with the header {@code item,class} and a row for every positive
     * @param classes the classes
     */
    record Tagging(String name, Map<Modality, ItemData> items, ResourcePath tags, Classes classes)
            implements EvaluationTask {
        /** Copies. */
        public Tagging {
            items = inOrder(items);
        }

        @Override
        public Tagging with(Map<Modality, ItemData> other) {
            return new Tagging(name, other, tags, classes);
        }
    }

    /** Where the classes come from; a class is the normalised mean of its normalised templates in the evaluated space. */
    sealed interface Classes {

        /**
         * Text embeddings: {@code perClass} consecutive rows for each class.
         *
         * @param data the embeddings by space
         * @param perClass templates of each class, at least 1
         * @param names a file of class names, one a line; null to number them
         */
        record Embedded(
                ItemData data, int perClass, @Nullable ResourcePath names) implements Classes {}

        /**
         * Names put into templates and encoded as texts.
         *
         * @param names one a line
         * @param templates one a line, with {@code {}} for the name; null for just the name
         * @param encoded where encoding puts the texts' embeddings, by space with an encoder for texts: the templates of a class
         *     one after the other
         */
        record Named(ResourcePath names, @Nullable ResourcePath templates, Map<String, EmbeddingFiles> encoded)
                implements Classes {
            /** Copies, keeping file order. */
            public Named {
                encoded = inOrder(encoded);
            }
        }
    }

    private static <K, V> Map<K, V> inOrder(Map<K, V> items) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(items));
    }
}
