package dev.freebind.bonds.product;

import dev.freebind.api.Modality;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.bonds.router.RouterKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How an embedding is computed from leaf embeddings. Equal expressions give equal embeddings; all rows are unit vectors, but for
 * those of a {@link ProjectorMean}.
 */
public sealed interface EmbeddingExpression {

    /** The expressions this one is computed from, in order of appearance; one may appear twice. */
    List<EmbeddingExpression> inputs();

    /** The leaf embeddings this needs, in order of appearance; all have the same modality. */
    default Set<Leaf> leaves() {
        Set<Leaf> leaves = new LinkedHashSet<>();
        walk(this, part -> {
            if (part instanceof Leaf leaf) {
                leaves.add(leaf);
            }
        });
        return Collections.unmodifiableSet(leaves);
    }

    /** The projectors this needs, in order of appearance. */
    default Set<ProjectorKey> projectors() {
        Set<ProjectorKey> projectors = new LinkedHashSet<>();
        walk(this, part -> {
            if (part instanceof ProjectorMixture mixture) {
                mixture.sources().forEach(source -> projectors.addAll(source.projectors(mixture.bond())));
            } else if (part instanceof ProjectorMean mean) {
                projectors.addAll(mean.source().projectors(mean.bond()));
            }
        });
        return Collections.unmodifiableSet(projectors);
    }

    /** The routers this needs, in order of appearance. */
    default Set<RouterKey> routers() {
        Set<RouterKey> routers = new LinkedHashSet<>();
        for (Routed routed : routed()) {
            if (routed.router() != null) {
                routers.add(routed.router().key());
            }
        }
        return Collections.unmodifiableSet(routers);
    }

    /** The routed expressions that are part of this, or this itself, in order of appearance. */
    default Set<Routed> routed() {
        Set<Routed> all = new LinkedHashSet<>();
        walk(this, part -> {
            if (part instanceof Routed routed) {
                all.add(routed);
            }
        });
        return Collections.unmodifiableSet(all);
    }

    private static void walk(EmbeddingExpression expression, Consumer<EmbeddingExpression> visitor) {
        visitor.accept(expression);
        expression.inputs().forEach(input -> walk(input, visitor));
    }

    /**
     * The embedding of a pre-trained space, L2-normalised.
     *
     * @param space the pre-trained space
     * @param modality the modality
     */
    record Leaf(String space, Modality modality) implements EmbeddingExpression {
        @Override
        public List<EmbeddingExpression> inputs() {
            return List.of();
        }

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
        public List<EmbeddingExpression> inputs() {
            return sources.stream().map(Source::input).toList();
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

        /**
         * The projectors that take part.
         *
         * @param bond the bond whose projectors are meant
         */
        public List<ProjectorKey> projectors(String bond) {
            return subsets.stream()
                    .map(subset -> new ProjectorKey(bond, space, subset))
                    .toList();
        }

        @Override
        public String toString() {
            return (weight == 1 ? "" : weight + "·") + "Ψ[" + space + " "
                    + String.join(",", subsets.stream().map(Subset::code).toList()) + "](" + input + ")";
        }
    }

    /**
     * {@code meanⱼ ψⱼ(x)}, <em>not</em> normalised: a source as a router weighs it (OmniBind's {@code seg_mean}). Its rows are
     * the shorter the more the projectors disagree. It stands in a {@link Routed} expression only, or alone where its rows are
     * stored for training routers.
     *
     * @param bond the bond whose projectors are meant
     * @param source the source; its weight does not count
     */
    record ProjectorMean(String bond, Source source) implements EmbeddingExpression {
        @Override
        public List<EmbeddingExpression> inputs() {
            return List.of(source.input());
        }

        @Override
        public String toString() {
            return "mean(" + bond + ": " + source + ")";
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
        public List<EmbeddingExpression> inputs() {
            return List.of(base, other);
        }

        @Override
        public String toString() {
            return "mix(" + base + ", " + other + "; " + factor + ")";
        }
    }

    /**
     * {@code normalise(Σₖ wₖ · mₖ)} with {@code wₖ ∝ pₖ · exp(α · sigmoid(Θ(x))ₖ)}: sources weighed by a router for every input
     * (OmniBind). Without a router {@code wₖ ∝ pₖ}. The weights of the slots that are there sum to 1, so leaving one out spreads
     * its weight over the rest.
     *
     * @param slots the sources mₖ, at least one
     * @param router Θ; null for fixed weights
     */
    record Routed(List<Slot> slots, @Nullable Router router) implements EmbeddingExpression {
        /** Copies. */
        public Routed {
            slots = List.copyOf(slots);
        }

        @Override
        public List<EmbeddingExpression> inputs() {
            List<EmbeddingExpression> inputs = new ArrayList<>();
            if (router != null) {
                inputs.addAll(router.inputs());
            }
            slots.forEach(slot -> inputs.add(slot.value()));
            return inputs;
        }

        @Override
        public String toString() {
            return "routed(" + (router == null ? "equal weights" : router)
                    + slots.stream().map(slot -> "; " + slot).collect(Collectors.joining()) + ")";
        }
    }

    /**
     * One source of a routed embedding.
     *
     * @param score which of the router's scores is this source's, from 0
     * @param weight p, above 0: counts beside the router's weight, 1 where the user says nothing
     * @param value m
     */
    record Slot(int score, double weight, EmbeddingExpression value) {
        @Override
        public String toString() {
            return (weight == 1 ? "" : weight + "·") + score + " " + value;
        }
    }

    /**
     * What a router reads and how its scores become weights.
     *
     * @param key the router
     * @param scores how many it gives
     * @param sharpening α: what scores are multiplied by before the softmax
     * @param inputs what it reads, one after the other in a row
     */
    record Router(RouterKey key, int scores, double sharpening, List<EmbeddingExpression> inputs) {
        /** Copies. */
        public Router {
            inputs = List.copyOf(inputs);
        }

        @Override
        public String toString() {
            return "router(" + key + ": "
                    + inputs.stream().map(EmbeddingExpression::toString).collect(Collectors.joining(", "))
                    + "; ×" + sharpening + ")";
        }
    }
}
