package dev.freebind.bonds.product;

import dev.freebind.api.Modality;
import dev.freebind.bonds.projector.Subset;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * How an embedding is computed from leaf embeddings. Equal expressions give equal embeddings.
 */
public sealed interface EmbeddingExpression {

    /** The leaf embeddings this needs, in order of appearance; all have the same modality. */
    default Set<Leaf> leaves() {
        Set<Leaf> leaves = new LinkedHashSet<>();
        collectLeaves(this, leaves);
        return Collections.unmodifiableSet(leaves);
    }

    private static void collectLeaves(EmbeddingExpression expression, Set<Leaf> leaves) {
        if (expression instanceof Leaf leaf) {
            leaves.add(leaf);
        } else if (expression instanceof Mix mix) {
            collectLeaves(mix.base(), leaves);
            collectLeaves(mix.other(), leaves);
        } else if (expression instanceof ProjectorMixture mixture) {
            mixture.sources().forEach(source -> collectLeaves(source.input(), leaves));
        }
    }

    /**
     * The embedding of a pre-trained space, L2-normalised.
     *
     * @param space the pre-trained space
     * @param modality the modality
     */
    record Leaf(String space, Modality modality) implements EmbeddingExpression {
        @Override
        public String toString() {
            return space + "." + modality;
        }
    }

    /**
     * {@code normalise(Σₖ wₖ · meanⱼ ψₖⱼ(xₖ))}: the mean over the projectors of one or more sources (FreeBind section 3.4).
     *
     * @param bond the bond whose projectors are meant
     * @param sources at least one
     */
    record ProjectorMixture(String bond, List<Source> sources) implements EmbeddingExpression {
        /** Copies. */
        public ProjectorMixture {
            sources = List.copyOf(sources);
        }

        @Override
        public String toString() {
            return "mixture(" + bond + ": "
                    + String.join(" + ", sources.stream().map(Source::toString).toList()) + ")";
        }
    }

    /**
     * One source of a mixture.
     *
     * @param space the projected space, which names the projectors' folder
     * @param weight its weight among the sources, above 0
     * @param subsets the projectors that take part, at least one
     * @param input what is projected
     */
    record Source(String space, double weight, List<Subset> subsets, EmbeddingExpression input) {
        /** Copies. */
        public Source {
            subsets = List.copyOf(subsets);
        }

        @Override
        public String toString() {
            return (weight == 1 ? "" : weight + "·") + "Ψ[" + space + " "
                    + String.join(",", subsets.stream().map(Subset::code).toList()) + "](" + input + ")";
        }
    }

    /**
     * {@code normalise((1 − f)·base + f·other)} (FreeBind eq. 9 and 10).
     *
     * @param base counts 1 − f
     * @param other counts f
     * @param factor f in [0, 1]
     */
    record Mix(EmbeddingExpression base, EmbeddingExpression other, double factor) implements EmbeddingExpression {
        @Override
        public String toString() {
            return "mix(" + base + ", " + other + "; " + factor + ")";
        }
    }
}
