package dev.freebind.bonds.product;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CorpusSelection;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.Connection;
import dev.freebind.bonds.graph.Displacement;
import dev.freebind.bonds.graph.PseudoPairBond;
import dev.freebind.bonds.graph.Routing;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.bonds.product.EmbeddingExpression.Leaf;
import dev.freebind.bonds.product.EmbeddingExpression.Mix;
import dev.freebind.bonds.product.EmbeddingExpression.ProjectorMean;
import dev.freebind.bonds.product.EmbeddingExpression.ProjectorMixture;
import dev.freebind.bonds.product.EmbeddingExpression.Routed;
import dev.freebind.bonds.product.EmbeddingExpression.Router;
import dev.freebind.bonds.product.EmbeddingExpression.Slot;
import dev.freebind.bonds.product.EmbeddingExpression.Source;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.bonds.router.RouterKey;
import dev.freebind.bonds.router.RouterLayout;
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
 *       {@code c} alone where U lacks it, {@code xᵘ} alone where no chosen expert knows it;
 *   <li>tuned space: its displacement with the tuned projectors, and the tuned encoder if there is one, in the tuned modality; in
 *       any other as the displacement;
 *   <li>connection of two spaces (C-MCR): {@code mix(Ψ₁(x₁), Ψ₂(x₂); f)}, or the one side that knows the modality;
 *   <li>routed combination (OmniBind): {@code normalise(Σₖ wₖ mₖ)} over the chosen experts' projector means and the unified
 *       space, with weights from the modality's router; a router reads what it was trained to read, also of an expert that is
 *       left out.
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

    /**
     * As {@link #compose}, where it is no mistake that these choices leave a space without the modality, or select a projector
     * that it does not have.
     *
     * @throws InvalidRequestException if a choice names something that does not exist
     */
    public static Optional<EmbeddingExpression> find(
            BondGraph graph, String space, Modality modality, Customisation customisation) {
        customisation.check(graph);
        try {
            return new Composition(graph, customisation).expression(space, modality);
        } catch (InvalidRequestException e) {
            return Optional.empty(); // a selected projector that was not trained
        }
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
        factors.put(space, Collections.unmodifiableMap(settings.factors(graph, bond)));
        bond.parts().forEach(part -> collectFactors(graph, part.space(), settings, factors));
    }

    private Optional<EmbeddingExpression> expression(String space, Modality modality) {
        if (!graph.modalities(space).contains(modality)) {
            return Optional.empty();
        }
        if (graph.isLeaf(space)) {
            return Optional.of(new Leaf(space, modality));
        }
        return graph.bond(space).accept(new Bond.Visitor<>() {
            @Override
            public Optional<EmbeddingExpression> displacement(Displacement bond) {
                return mix(
                        mixture(bond, List.of(bond.unified()), modality),
                        expression(bond.into(), modality),
                        customisation.factors().factor(bond, modality));
            }

            @Override
            public Optional<EmbeddingExpression> connection(Connection bond) {
                return mix(
                        mixture(bond, List.of(bond.first()), modality),
                        mixture(bond, List.of(bond.second()), modality),
                        customisation.factors().factor(bond, modality));
            }

            @Override
            public Optional<EmbeddingExpression> combination(Combination bond) {
                Routing routing = bond.routing();
                if (routing != null) {
                    return routed(bond, routing, modality);
                }
                List<String> experts = bond.experts().stream()
                        .filter(expert -> customisation.takesPart(bond, expert))
                        .toList();
                return mix(
                        expression(bond.into(), modality),
                        mixture(bond, experts, modality),
                        customisation.factors().factor(bond, modality));
            }

            @Override
            public Optional<EmbeddingExpression> tuned(TunedSpace bond) {
                if (!bond.modality().equals(modality)) {
                    return expression(bond.tuned(), modality);
                }
                Displacement displacement = graph.displacement(bond);
                return mix(
                        tunedMixture(bond, displacement),
                        expression(displacement.into(), modality),
                        customisation.factors().factor(displacement, modality));
            }
        });
    }

    /** The mixture of the displacement's projectors as they were tuned, of what the source or a tuned encoder gives. */
    private Optional<EmbeddingExpression> tunedMixture(TunedSpace bond, Displacement displacement) {
        String source = displacement.unified();
        Optional<EmbeddingExpression> input = bond.hasEncoder(bond.modality())
                ? Optional.of(new Leaf(bond.name(), bond.modality()))
                : expression(source, bond.modality());
        List<Subset> subsets = customisation
                .projectors()
                .among(bond.name() + "/" + bond.projected(source), corpora.subsets(displacement, source));
        return input.map(rows ->
                new ProjectorMixture(bond.name(), List.of(new Source(bond.projected(source), 1, subsets, rows))));
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

    /** The mixture of the projectors of those sources that know the modality. */
    private Optional<EmbeddingExpression> mixture(PseudoPairBond bond, List<String> names, Modality modality) {
        List<Source> sources = new ArrayList<>();
        for (String name : names) {
            double weight = bond instanceof Combination combination ? customisation.weight(combination, name) : 1;
            source(bond, name, weight, modality).ifPresent(sources::add);
        }
        return sources.isEmpty()
                ? Optional.empty()
                : Optional.of(new ProjectorMixture(bond.name(), byProjectors(sources)));
    }

    private Optional<Source> source(PseudoPairBond bond, String name, double weight, Modality modality) {
        return expression(name, modality).map(input -> {
            List<Subset> subsets =
                    customisation.projectors().among(bond.name() + "/" + name, corpora.subsets(bond, name));
            return new Source(name, weight, subsets, input);
        });
    }

    /** The sources that take part, weighed by the router; with a single one there is nothing to weigh. */
    private Optional<EmbeddingExpression> routed(Combination bond, Routing routing, Modality modality) {
        RouterLayout layout = RouterLayout.of(graph, bond, routing, modality);
        List<Slot> slots = new ArrayList<>();
        for (int score = 0; score < layout.sources().size(); score++) {
            String name = layout.sources().get(score);
            int at = score;
            if (name.equals(bond.into())) {
                routedBase(name, modality).ifPresent(base -> slots.add(new Slot(at, 1, base)));
            } else if (customisation.takesPart(bond, name)) {
                double weight = customisation.weight(bond, name);
                source(bond, name, 1, modality)
                        .ifPresent(source -> slots.add(new Slot(at, weight, new ProjectorMean(bond.name(), source))));
            }
        }
        if (slots.isEmpty()) {
            return Optional.empty();
        }
        Router router = null;
        if (slots.size() > 1 && corpora.routers(bond).contains(modality)) {
            List<EmbeddingExpression> inputs = new ArrayList<>();
            layout.inputs().forEach(space -> expression(space, modality).ifPresent(inputs::add));
            if (inputs.size() < layout.inputs().size()) {
                return Optional.empty();
            }
            router = new Router(
                    new RouterKey(bond.name(), modality),
                    layout.sources().size(),
                    routing.sharpening(modality),
                    inputs);
        }
        return Optional.of(new Routed(slots, router));
    }

    /**
     * The unified space as a router weighs it: a unit vector, as OmniBind's code has it. Only where a displaced space stands
     * alone for a modality, because the space it was displaced into lacks it (ImageBind's audio beside EVA-CLIP), it enters like
     * an expert, as the mean of its projections that is not normalised.
     */
    private Optional<EmbeddingExpression> routedBase(String space, Modality modality) {
        if (!graph.isLeaf(space)
                && graph.bond(space) instanceof Displacement bond
                && !graph.modalities(bond.into()).contains(modality)) {
            return source(bond, bond.unified(), 1, modality).map(source -> new ProjectorMean(bond.name(), source));
        }
        return expression(space, modality);
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
