package dev.freebind.bonds.collection;

import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionPlan.Step;
import dev.freebind.bonds.collection.CollectionPlan.TupleSet;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.PseudoPairBond;
import dev.freebind.bonds.graph.Routing;
import dev.freebind.bonds.projector.Subset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which corpora take part in what: all of a modality that carry embeddings of every space a step needs, in configuration
 * order. A bond is a space too: it needs every leaf its embedding of that modality is computed from.
 */
public final class CorpusSelection {

    private final BondGraph graph;

    private CorpusSelection(BondGraph graph) {
        this.graph = graph;
    }

    /** The selection among the corpora of the graph's configuration. */
    public static CorpusSelection of(BondGraph graph) {
        return new CorpusSelection(graph);
    }

    /**
     * The corpora of one modality, sorted by whether they can be used.
     *
     * @param used in configuration order; their rows follow each other
     * @param leftOut the others, with the reason
     */
    public record Selection(List<Corpus> used, List<LeftOut> leftOut) {
        /** Copies. */
        public Selection {
            used = List.copyOf(used);
            leftOut = List.copyOf(leftOut);
        }
    }

    /**
     * A corpus that cannot be used.
     *
     * @param corpus the corpus
     * @param missing the leaf spaces it has no embeddings of, or no items for, at least one
     */
    public record LeftOut(Corpus corpus, List<String> missing) {
        /** Copies. */
        public LeftOut {
            missing = List.copyOf(missing);
        }

        @Override
        public String toString() {
            return "corpus '" + corpus.name() + "' has no embeddings of " + String.join(", ", missing);
        }
    }

    /** The corpora of a modality that carry what these spaces need; leaf or bond names, each knowing the modality. */
    public Selection corpora(Modality modality, Collection<String> spaces) {
        Set<String> needed = new LinkedHashSet<>();
        spaces.forEach(space -> needed.addAll(graph.leaves(space, modality)));
        List<Corpus> used = new ArrayList<>();
        List<LeftOut> leftOut = new ArrayList<>();
        for (Corpus corpus : graph.configuration().corpora().values()) {
            if (corpus.modality().equals(modality)) {
                List<String> missing =
                        needed.stream().filter(leaf -> !has(corpus, leaf)).toList();
                if (missing.isEmpty()) {
                    used.add(corpus);
                } else {
                    leftOut.add(new LeftOut(corpus, missing));
                }
            }
        }
        return new Selection(used, leftOut);
    }

    /** A tuned encoder embeds the items themselves, since no file can be there before it is tuned. */
    private boolean has(Corpus corpus, String leaf) {
        return graph.hasTunedEncoder(leaf, corpus.modality())
                ? corpus.data().items() != null
                : corpus.data().embeddings().containsKey(leaf);
    }

    /** The corpora whose items the tuples of a tuple set begin with, in row order. */
    public Selection forStart(TupleSet tuples) {
        return corpora(tuples.start(), tuples.nativeSpaces());
    }

    /** The corpora that a step searches, in row order: they carry the keys' space and all of the values'. */
    public Selection forStep(Step step) {
        Set<String> spaces = new LinkedHashSet<>();
        spaces.add(step.keys().space());
        spaces.addAll(step.values());
        return corpora(step.keys().modality(), spaces);
    }

    /**
     * The modalities of a bond's two sides of which there is a corpus with embeddings of each side that knows the modality.
     *
     * @param source one of the bond's sources
     */
    public NavigableSet<Modality> modalities(PseudoPairBond bond, String source) {
        List<String> sides = List.of(bond.expert(source), bond.unified(source));
        NavigableSet<Modality> available = new TreeSet<>();
        for (Modality modality : CollectionRule.modalities(graph, bond, source)) {
            List<String> knowing = sides.stream()
                    .filter(side -> graph.modalities(side).contains(modality))
                    .toList();
            if (!corpora(modality, knowing).used().isEmpty()) {
                available.add(modality);
            }
        }
        return available;
    }

    /**
     * How one source of a bond collects its pseudo pairs from these corpora.
     *
     * @throws dev.freebind.api.InvalidRequestException as {@link CollectionRule#plan}
     */
    public CollectionPlan plan(PseudoPairBond bond, String source) {
        return CollectionRule.plan(graph, bond, source, modalities(bond, source));
    }

    /**
     * How a bond makes its item tuples from these corpora.
     *
     * @throws dev.freebind.api.InvalidRequestException as {@link TuplePlan#of}
     */
    public TuplePlan tuplePlan(PseudoPairBond bond) {
        Set<Modality> inOrder = new LinkedHashSet<>();
        graph.hub(bond.name()).ifPresent(inOrder::add);
        inOrder.addAll(graph.modalities(bond.name()));
        return TuplePlan.of(
                graph,
                bond,
                inOrder.stream()
                        .filter(modality -> !parts(bond, modality).used().isEmpty())
                        .toList());
    }

    /**
     * The corpora whose items take part in a bond's tuples, in row order: they carry embeddings of every part of the bond that
     * knows the modality and of every space in which it is searched.
     */
    public Selection pool(PseudoPairBond bond, TuplePlan plan, Modality modality) {
        Set<String> spaces = new LinkedHashSet<>(knowing(bond, modality));
        for (TuplePlan.Hop hop : plan.hops()) {
            if (hop.from().equals(modality) || hop.to().equals(modality)) {
                spaces.add(hop.retriever());
            }
        }
        return corpora(modality, spaces);
    }

    private Selection parts(PseudoPairBond bond, Modality modality) {
        return corpora(modality, knowing(bond, modality));
    }

    private List<String> knowing(PseudoPairBond bond, Modality modality) {
        return bond.parts().stream()
                .map(Bond.Part::space)
                .filter(space -> graph.modalities(space).contains(modality))
                .toList();
    }

    /**
     * The projectors that one source of a bond has: a subset of the start modalities each. A configuration without any corpus
     * describes projectors that were trained elsewhere; they are taken to come from all modalities.
     */
    public List<Subset> subsets(PseudoPairBond bond, String source) {
        return bond.training().mixture().subsets(starts(bond, source), CollectionRule.shared(graph, bond, source));
    }

    /** The modalities from which tuples are made for one source of a bond; all where there is no corpus at all. */
    public List<Modality> starts(PseudoPairBond bond, String source) {
        boolean none = graph.configuration().corpora().isEmpty();
        if (bond.collection().tuples() == CollectionSettings.Tuples.ITEMS) {
            return none ? graph.modalities(bond.name()) : tuplePlan(bond).modalities();
        }
        return none
                ? CollectionRule.modalities(graph, bond, source)
                : plan(bond, source).startModalities();
    }

    /**
     * The modalities for which a routed combination has a router: at least two sources to weigh, and, as routers are trained on
     * tuples of items, a corpus with embeddings of each of the combination's parts that knows the modality. A configuration
     * without any corpus describes routers that were trained elsewhere. The sources of other modalities are weighed equally.
     */
    public NavigableSet<Modality> routers(Combination combination) {
        NavigableSet<Modality> routers = new TreeSet<>();
        Routing routing = combination.routing();
        if (routing == null || routing.weights() == Routing.Weights.MEAN) {
            return routers;
        }
        boolean trainedHere = !graph.configuration().corpora().isEmpty();
        for (Modality modality : graph.modalities(combination.name())) {
            List<String> knowing = combination.parts().stream()
                    .map(Bond.Part::space)
                    .filter(space -> graph.modalities(space).contains(modality))
                    .toList();
            if (knowing.size() > 1
                    && !(trainedHere && corpora(modality, knowing).used().isEmpty())) {
                routers.add(modality);
            }
        }
        return routers;
    }

    /** What people should know before a source of a bond is trained: modalities without a corpus, corpora left out. */
    public List<String> warnings(PseudoPairBond bond, String source) {
        if (bond.collection().tuples() == CollectionSettings.Tuples.ITEMS) {
            return tupleWarnings(bond);
        }
        List<String> warnings = new ArrayList<>();
        NavigableSet<Modality> available = modalities(bond, source);
        for (Modality modality : CollectionRule.modalities(graph, bond, source)) {
            List<String> knowing = new ArrayList<>();
            for (String side : List.of(bond.expert(source), bond.unified(source))) {
                if (graph.modalities(side).contains(modality)) {
                    knowing.add(side);
                }
            }
            Selection selection = corpora(modality, knowing);
            if (!available.contains(modality)) {
                warnings.add("no corpus of " + modality + " has embeddings of " + String.join(" and ", knowing)
                        + ": it is no start and gives no pairs for " + bond.name() + "/" + source);
            }
            selection
                    .leftOut()
                    .forEach(leftOut -> warnings.add(leftOut + ": not used where " + bond.name() + "/" + source
                            + " needs " + String.join(" and ", knowing)));
        }
        return warnings;
    }

    /** What people should know before a bond's item tuples are made. */
    public List<String> tupleWarnings(PseudoPairBond bond) {
        List<String> warnings = new ArrayList<>();
        TuplePlan plan = tuplePlan(bond);
        for (Modality modality : graph.modalities(bond.name())) {
            if (!plan.modalities().contains(modality)) {
                warnings.add("no corpus of " + modality + " has embeddings of "
                        + String.join(" and ", knowing(bond, modality)) + ": it has no part in the item tuples of "
                        + bond.name());
            } else {
                pool(bond, plan, modality)
                        .leftOut()
                        .forEach(leftOut ->
                                warnings.add(leftOut + ": its items have no part in the tuples of " + bond.name()));
            }
        }
        return warnings;
    }
}
