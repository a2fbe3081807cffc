package dev.freebind.bonds.product;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CorpusSelection;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.Displacement;
import dev.freebind.bonds.product.EmbeddingExpression.Leaf;
import dev.freebind.bonds.product.EmbeddingExpression.Mix;
import dev.freebind.bonds.product.EmbeddingExpression.ProjectorMixture;
import dev.freebind.bonds.product.EmbeddingExpression.Source;
import dev.freebind.bonds.projector.Subset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How a space of the graph embeds a modality (FreeBind eq. 9 and 10), as an expression over leaf embeddings and projectors.
 *
 * <ul>
 *   <li>displacement of U into E: {@code mix(Ψ(xᵘ), xᵉ; λ)}, or the one side that knows the modality;
 *   <li>combination of experts into U: {@code mix(xᵘ, c; σ)} with c the mixture of the chosen experts that know the modality;
 *       {@code c} alone where U lacks it, {@code xᵘ} alone where no chosen expert knows it.
 * </ul>
 *
 * A side whose factor is 0 does not appear, so its leaves are not asked for, and neither is the other at a factor of 1.
 */
public final class Composition {

    private final BondGraph graph;
    private final Customisation customisation;
    private final CorpusSelection corpora;

    private Composition(BondGraph graph, Customisation customisation) {
        this.graph = graph;
        this.customisation = customisation;
        this.corpora = CorpusSelection.of(graph);
    }

    /**
     * The expression of a modality's embedding in a space.
     *
     * @param space a leaf or bond
     * @throws InvalidRequestException if the space does not know the modality, or not with these choices; if a choice names
     *     something that does not exist
     */
    public static EmbeddingExpression compose(
            BondGraph graph, String space, Modality modality, Customisation customisation) {
        customisation.check(graph);
        return new Composition(graph, customisation)
                .expression(space, modality)
                .orElseThrow(() -> unreachable(graph, space, modality, customisation));
    }

    private static InvalidRequestException unreachable(
            BondGraph graph, String space, Modality modality, Customisation customisation) {
        List<Modality> known = graph.modalities(space);
        return new InvalidRequestException(
                known.contains(modality)
                        ? "'" + space + "' cannot embed " + modality + " without "
                                + customisation.without().stream()
                                        .map(Exclusion::toString)
                                        .collect(Collectors.joining(", "))
                                + ": nothing else in it knows " + modality
                        : "'" + space + "' cannot embed " + modality + "; it knows "
                                + known.stream().map(Modality::name).collect(Collectors.joining(", ")));
    }

    /**
     * The factors in force in a space: for every bond it is made of, for every modality in which that bond weighs two sides.
     *
     * @param space a leaf (which has none) or bond
     */
    public static Map<String, Map<Modality, Double>> factors(BondGraph graph, String space, FactorSettings settings) {
        Map<String, Map<Modality, Double>> factors = new TreeMap<>();
        collectFactors(graph, space, settings, factors);
        return Collections.unmodifiableMap(factors);
    }

    private static void collectFactors(
            BondGraph graph, String space, FactorSettings settings, Map<String, Map<Modality, Double>> factors) {
        if (graph.isLeaf(space) || factors.containsKey(space)) {
            return;
        }
        Bond bond = graph.bond(space);
        Map<Modality, Double> ofBond = new TreeMap<>();
        graph.weighed(bond).forEach(modality -> ofBond.put(modality, settings.factor(bond, modality)));
        factors.put(space, Collections.unmodifiableMap(ofBond));
        collectFactors(graph, bond.into(), settings, factors);
        bond.sources().forEach(source -> collectFactors(graph, source, settings, factors));
    }

    private Optional<EmbeddingExpression> expression(String space, Modality modality) {
        if (!graph.modalities(space).contains(modality)) {
            return Optional.empty();
        }
        if (graph.isLeaf(space)) {
            return Optional.of(new Leaf(space, modality));
        }
        Bond bond = graph.bond(space);
        Optional<EmbeddingExpression> frozen = expression(bond.into(), modality);
        Optional<EmbeddingExpression> projected = projected(bond, modality);
        double factor = customisation.factors().factor(bond, modality);
        return bond instanceof Displacement ? mix(projected, frozen, factor) : mix(frozen, projected, factor);
    }

    private static Optional<EmbeddingExpression> mix(
            Optional<EmbeddingExpression> base, Optional<EmbeddingExpression> other, double factor) {
        if (base.isEmpty() || (other.isPresent() && factor == 1)) {
            return other;
        }
        if (other.isEmpty() || factor == 0) {
            return base;
        }
        return Optional.of(new Mix(base.get(), other.get(), factor));
    }

    private Optional<EmbeddingExpression> projected(Bond bond, Modality modality) {
        List<Source> sources = new ArrayList<>();
        for (String name : bond.sources()) {
            if (!(bond instanceof Combination combination) || customisation.takesPart(combination, name)) {
                expression(name, modality).ifPresent(input -> {
                    List<Subset> subsets =
                            customisation.projectors().among(bond.name() + "/" + name, corpora.subsets(bond, name));
                    double weight = bond instanceof Combination combined ? customisation.weight(combined, name) : 1;
                    sources.add(new Source(name, weight, subsets, input));
                });
            }
        }
        return sources.isEmpty()
                ? Optional.empty()
                : Optional.of(new ProjectorMixture(bond.name(), byProjectors(sources)));
    }

    /**
     * The method's mean runs over projectors, not over experts: an expert with fewer projectors than the others, because fewer
     * of its modalities have a corpus, counts proportionally less.
     */
    private static List<Source> byProjectors(List<Source> sources) {
        if (sources.size() == 1) {
            Source only = sources.get(0);
            return List.of(new Source(only.space(), 1, only.subsets(), only.input()));
        }
        int most = sources.stream()
                .mapToInt(source -> source.subsets().size())
                .max()
                .orElse(1);
        return sources.stream()
                .map(source -> new Source(
                        source.space(),
                        source.weight() * source.subsets().size() / most,
                        source.subsets(),
                        source.input()))
                .toList();
    }
}
