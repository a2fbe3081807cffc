package dev.freebind.evaluation.task;

import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.EmbeddingExpression.Leaf;
import dev.freebind.bonds.product.EmbeddingExpression.Routed;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The items of one modality of a task as the pre-trained spaces embed them, opened when first asked for. */
final class TaskItems {

    private final String label;
    private final Function<String, Optional<Embeddings>> opener;
    private final Map<String, Optional<Embeddings>> bySpace = new LinkedHashMap<>();

    /**
     * Items not yet opened.
     *
     * @param label how messages name them
     * @param opener opens the embeddings of a pre-trained space, if there are any
     */
    TaskItems(String label, Function<String, Optional<Embeddings>> opener) {
        this.label = label;
        this.opener = opener;
    }

    /** Opens the embeddings of a pre-trained space, if there are any. */
    void open(String space) {
        bySpace.computeIfAbsent(space, opener);
    }

    /** The leaves of an expression that have no embeddings of these items, as messages name them. */
    Set<String> missing(EmbeddingExpression expression) {
        Set<String> missing = new LinkedHashSet<>();
        for (Leaf leaf : expression.leaves()) {
            if (bySpace.computeIfAbsent(leaf.space(), opener).isEmpty()) {
                missing.add(leaf.toString());
            }
        }
        return missing;
    }

    /** Notes it as a problem if the spaces disagree about how many items there are. */
    void check(Problems problems) {
        Embeddings first = null;
        for (Optional<Embeddings> opened : bySpace.values()) {
            if (opened.isPresent()) {
                Embeddings embeddings = opened.get();
                first = first == null ? embeddings : first;
                if (embeddings.rows() != first.rows()) {
                    problems.add(label + ": " + embeddings.origin() + " has " + embeddings.rows() + " rows, but "
                            + first.origin() + " has " + first.rows()
                            + "; both must embed the same items in the same order");
                } else if (embeddings.rows() > Integer.MAX_VALUE - 8) {
                    problems.add(label + ": " + embeddings.origin() + " has " + embeddings.rows()
                            + " rows; an evaluation takes up to " + (Integer.MAX_VALUE - 8));
                } else if (embeddings.rows() == 0) {
                    problems.add(label + ": " + embeddings.origin() + " has no rows");
                }
            }
        }
    }

    /** How many items there are; 0 if no space has embeddings of them. */
    int rows() {
        return bySpace.values().stream()
                .flatMap(Optional::stream)
                .findFirst()
                .map(embeddings -> Math.toIntExact(embeddings.rows()))
                .orElse(0);
    }

    /** A file that says how many items there are, for messages. */
    String origin() {
        return bySpace.values().stream()
                .flatMap(Optional::stream)
                .findFirst()
                .map(Embeddings::origin)
                .orElse(label);
    }

    /** The items in the space that the expression describes, computed when read. */
    Embeddings evaluate(EmbeddingExpression expression, Inference inference) {
        return inference.evaluate(expression, leaves(expression));
    }

    /** How a router weighs the items' sources, {@code [items, slots]}, computed when read. */
    Embeddings weights(Routed expression, Inference inference) {
        return inference.weights(expression, leaves(expression));
    }

    private Map<String, Embeddings> leaves(EmbeddingExpression expression) {
        Map<String, Embeddings> leaves = new LinkedHashMap<>();
        for (Leaf leaf : expression.leaves()) {
            leaves.put(leaf.space(), leaf(leaf));
        }
        return leaves;
    }

    /** The items as a pre-trained space embeds them, not necessarily of unit length. */
    Embeddings leaf(Leaf leaf) {
        return bySpace.computeIfAbsent(leaf.space(), opener)
                .orElseThrow(() -> new InvalidRequestException(label + ": no embeddings in " + leaf));
    }
}
