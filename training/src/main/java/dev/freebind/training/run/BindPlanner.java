package dev.freebind.training.run;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionPlan;
import dev.freebind.bonds.collection.CollectionPlan.TupleSet;
import dev.freebind.bonds.collection.CollectionSettings;
import dev.freebind.bonds.collection.CorpusSelection;
import dev.freebind.bonds.collection.TuplePlan;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.Connection;
import dev.freebind.bonds.graph.Displacement;
import dev.freebind.bonds.graph.PseudoPairBond;
import dev.freebind.bonds.graph.Routing;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.bonds.graph.TuningSettings;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.EmbeddingExpression.ProjectorMean;
import dev.freebind.bonds.product.EmbeddingExpression.Routed;
import dev.freebind.bonds.product.EmbeddingExpression.Slot;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.bonds.router.RouterLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/** Collects the steps of a {@link BindPlan} bond by bond. */
final class BindPlanner {
    private final BondGraph graph;
    private final CorpusSelection selection;
    private final ToLongFunction<Corpus> rows;
    private final List<BindStep> steps = new ArrayList<>();
    private final Set<String> embedded = new LinkedHashSet<>();
    private final Map<String, BindStep.Retrieve> searches = new LinkedHashMap<>();
    private final Set<String> warnings = new LinkedHashSet<>();
    private final List<String> problems = new ArrayList<>();

    BindPlanner(BondGraph graph, ToLongFunction<Corpus> rows) {
        this.graph = graph;
        this.selection = CorpusSelection.of(graph);
        this.rows = rows;
    }

    /**
     * Plans all bonds.
     *
     * @throws InvalidRequestException if a bond has nothing to learn from, with all such problems
     */
    BindPlan plan() {
        for (Bond bond : graph.order()) {
            if (bond instanceof PseudoPairBond learned) {
                plan(learned);
            } else if (bond instanceof TunedSpace tuned) {
                tune(tuned);
            }
        }
        if (!problems.isEmpty()) {
            throw new InvalidRequestException(String.join("\n", problems));
        }
        return new BindPlan(graph, steps, List.copyOf(warnings));
    }

    private void plan(PseudoPairBond bond) {
        boolean items = bond.collection().tuples() == CollectionSettings.Tuples.ITEMS;
        Routing routing = bond instanceof Combination combination ? combination.routing() : null;
        if (routing != null && routing.weights() == Routing.Weights.MEAN) {
            routing = null; // nothing to train
        }
        List<BindStep.ItemTuples> itemTuples = items || routing != null ? itemTuples(bond) : List.of();
        for (String source : bond.sources()) {
            warnings.addAll(selection.warnings(bond, source));
            List<Subset> subsets = selection.subsets(bond, source);
            List<BindStep.Tuples> tuples = new ArrayList<>(itemTuples);
            if (!items) {
                tuples.clear();
                for (TupleSet set : selection.plan(bond, source).starts()) {
                    if (subsets.stream().anyMatch(subset -> subset.modalities().contains(set.start()))) {
                        tuples.add(collect(bond, source, set));
                    }
                }
                steps.addAll(tuples);
            }
            for (Subset subset : subsets) {
                train(bond, source, subset, tuples);
            }
        }
        if (routing != null && bond instanceof Combination combination) {
            route(combination, routing, itemTuples);
        }
    }

    private void tune(TunedSpace tuned) {
        Displacement displacement = graph.displacement(tuned);
        Corpus modality = pairs(tuned, tuned.modality());
        Corpus against = pairs(tuned, tuned.against());
        embed(tuned, List.of(against), List.of(tuned.tuned()));
        if (!tuned.settings().encoder()) {
            embed(tuned, List.of(modality), List.of(displacement.unified()));
        }
        if (graph.modalities(displacement.into()).contains(tuned.modality())) {
            embed(tuned, List.of(modality), List.of(displacement.into()));
        }
        List<Subset> subsets = selection.subsets(displacement, displacement.unified());
        long count = rows.applyAsLong(against);
        TuningSettings settings = tuned.settings();
        long trained = count - Math.round(count * settings.holdOut());
        long batch = Math.min((long) settings.batch() * settings.accumulate(), trained);
        double width = graph.space(displacement.unified()).dimension()
                + graph.space(tuned.name()).dimension();
        double passes = settings.accumulate() > 1 ? 4 : 3; // forward, backward for two factors, forward once more
        double perRow = passes * 2 * subsets.size() * displacement.training().hidden() * width
                + 4.0 * batch * graph.space(tuned.name()).dimension();
        steps.add(
                new BindStep.Tune(tuned, displacement, subsets, count, settings.epochs() * (double) trained * perRow));
    }

    private Corpus pairs(TunedSpace tuned, Modality modality) {
        return Objects.requireNonNull(graph.configuration().pairs().get(tuned.pairs(modality)));
    }

    private List<BindStep.ItemTuples> itemTuples(PseudoPairBond bond) {
        TuplePlan plan = selection.tuplePlan(bond);
        warnings.addAll(selection.tupleWarnings(bond));
        Map<Modality, List<Corpus>> pools = new TreeMap<>();
        for (Modality modality : plan.modalities()) {
            CorpusSelection.Selection pool = selection.pool(bond, plan, modality);
            if (pool.used().isEmpty()) {
                problems.add("bond " + bond.name() + ": no corpus of " + modality
                        + " has embeddings of all spaces that its item tuples need: " + pool.leftOut());
                return List.of();
            }
            pools.put(modality, pool.used());
            List<String> parts = bond.parts().stream()
                    .map(Bond.Part::space)
                    .filter(space -> graph.modalities(space).contains(modality))
                    .toList();
            embed(bond, pool.used(), parts);
        }
        Map<Modality, List<String>> corpora = new TreeMap<>();
        pools.forEach((modality, pool) -> corpora.put(modality, names(pool)));
        List<BindStep.ItemTuples> tuples = new ArrayList<>();
        for (TuplePlan.Start start : plan.starts()) {
            Map<Modality, BindStep.Retrieve> reached = new TreeMap<>();
            for (TuplePlan.Hop hop : start.hops()) {
                reached.put(hop.to(), search(bond, hop, pools));
            }
            tuples.add(new BindStep.ItemTuples(
                    bond.name(), start.start(), corpora, reached, rows(pool(pools, start.start()))));
        }
        steps.addAll(tuples);
        return tuples;
    }

    /** A search is planned once, however many tuples and bonds use it. */
    private BindStep.Retrieve search(Bond bond, TuplePlan.Hop hop, Map<Modality, List<Corpus>> pools) {
        List<Corpus> from = pool(pools, hop.from());
        List<Corpus> to = pool(pools, hop.to());
        BindStep.Retrieve search = searches.get(hop + "\n" + names(from) + "\n" + names(to));
        if (search == null) {
            embed(bond, from, List.of(hop.retriever()));
            embed(bond, to, List.of(hop.retriever()));
            search = new BindStep.Retrieve(
                    bond.name(),
                    hop,
                    names(from),
                    names(to),
                    rows(from),
                    rows(to),
                    2.0 * rows(from) * rows(to) * graph.space(hop.retriever()).dimension());
            searches.put(hop + "\n" + names(from) + "\n" + names(to), search);
            steps.add(search);
        }
        return search;
    }

    private static List<Corpus> pool(Map<Modality, List<Corpus>> pools, Modality modality) {
        return pools.getOrDefault(modality, List.of());
    }

    private void route(Combination bond, Routing routing, List<BindStep.ItemTuples> tuples) {
        if (tuples.isEmpty()) {
            return;
        }
        Map<Modality, BindStep.RoutedModality> modalities = new TreeMap<>();
        for (Modality modality : tuples.get(0).corpora().keySet()) {
            List<Corpus> pool = tuples.get(0).corpora().getOrDefault(modality, List.of()).stream()
                    .map(this::corpus)
                    .toList();
            RouterLayout layout = RouterLayout.of(graph, bond, routing, modality);
            Routed routed = (Routed) Composition.compose(graph, bond.name(), modality, Customisation.CONFIGURED);
            List<String> weighed = new ArrayList<>();
            for (Slot slot : routed.slots()) {
                weighed.add(weighed(bond, pool, layout.sources().get(slot.score()), slot));
            }
            List<String> read = routed.router() == null ? List.of() : layout.inputs();
            embed(bond, pool, read);
            modalities.put(modality, new BindStep.RoutedModality(layout.sources(), read, weighed));
        }
        long rows = tuples.stream().mapToLong(BindStep.ItemTuples::rows).sum();
        double batch = Math.min(rows, routing.batch());
        double pairs = modalities.size() * (modalities.size() - 1) / 2.0;
        double flops = routing.epochs()
                * Math.floor(rows / Math.max(1, batch))
                * pairs
                * 6
                * batch
                * batch
                * graph.space(bond.name()).dimension();
        steps.add(new BindStep.Route(bond.name(), tuples, modalities, rows, flops));
    }

    /** Where the rows of a source are: its space, or its means of projections, which are computed once and kept. */
    private String weighed(Combination bond, List<Corpus> pool, String space, Slot slot) {
        if (slot.value() instanceof ProjectorMean mean) {
            String means = mean.bond() + "/" + mean.source().space();
            pool.forEach(corpus -> embed(bond, means, corpus, mean));
            return means;
        }
        embed(bond, pool, List.of(space));
        return space;
    }

    private Corpus corpus(String name) {
        Corpus corpus = graph.configuration().corpora().get(name);
        if (corpus == null) {
            throw new IllegalStateException("no corpus " + name);
        }
        return corpus;
    }

    private BindStep.Collect collect(PseudoPairBond bond, String source, TupleSet tuples) {
        List<Corpus> starts = selection.forStart(tuples).used();
        check(bond, tuples.start(), tuples.nativeSpaces(), starts);
        embed(bond, starts, tuples.nativeSpaces());
        long startRows = rows(starts);
        List<List<String>> keyCorpora = new ArrayList<>();
        double flops = 0;
        for (CollectionPlan.Step pass : tuples.steps()) {
            Set<String> spaces = new LinkedHashSet<>();
            spaces.add(pass.keys().space());
            spaces.addAll(pass.values());
            List<Corpus> keys = selection.forStep(pass).used();
            check(bond, pass.keys().modality(), spaces, keys);
            embed(bond, keys, spaces);
            keyCorpora.add(names(keys));
            int width = graph.space(pass.keys().space()).dimension()
                    + pass.values().stream()
                            .mapToInt(space -> graph.space(space).dimension())
                            .sum();
            flops += 2.0 * startRows * rows(keys) * width;
        }
        return new BindStep.Collect(bond.name(), source, tuples, names(starts), keyCorpora, startRows, flops);
    }

    private void check(Bond bond, Modality modality, Collection<String> spaces, List<Corpus> usable) {
        if (usable.isEmpty()) {
            problems.add("bond " + bond.name() + ": no corpus of " + modality + " has embeddings of "
                    + String.join(" and ", spaces) + ", which its collection needs; add them to one corpus");
        }
    }

    private long rows(List<Corpus> corpora) {
        return corpora.stream().mapToLong(rows).sum();
    }

    private static List<String> names(List<Corpus> corpora) {
        return corpora.stream().map(Corpus::name).toList();
    }

    private void embed(Bond bond, List<Corpus> corpora, Collection<String> spaces) {
        for (String space : spaces) {
            if (graph.isLeaf(space)) {
                continue;
            }
            for (Corpus corpus : corpora) {
                embed(
                        bond,
                        space,
                        corpus,
                        Composition.compose(graph, space, corpus.modality(), Customisation.CONFIGURED));
            }
        }
    }

    private void embed(Bond bond, String space, Corpus corpus, EmbeddingExpression expression) {
        if (embedded.add(space + "\n" + corpus.name())) {
            long count = rows.applyAsLong(corpus);
            steps.add(new BindStep.Embed(
                    bond.name(),
                    space,
                    corpus.modality(),
                    corpus.name(),
                    expression,
                    dimension(expression),
                    count,
                    count * flopsPerRow(expression)));
        }
    }

    /** All rows of an expression are in the space of the projections it is made of. */
    private int dimension(EmbeddingExpression expression) {
        return expression.projectors().stream()
                .findFirst()
                .map(key -> graph.space(key.bond()).dimension())
                .orElseGet(
                        () -> graph.space(expression.leaves().iterator().next().space())
                                .dimension());
    }

    /** Of the projectors; routers are small beside them. */
    private double flopsPerRow(EmbeddingExpression expression) {
        double flops = 0;
        for (ProjectorKey key : expression.projectors()) {
            Bond bond = graph.bond(key.bond());
            String source =
                    bond instanceof TunedSpace tuned ? graph.displacement(tuned).unified() : key.source();
            double width =
                    graph.space(source).dimension() + graph.space(key.bond()).dimension();
            flops += 2.0 * graph.projectors(bond).hidden() * width;
        }
        return flops;
    }

    private void train(PseudoPairBond bond, String source, Subset subset, List<BindStep.Tuples> collected) {
        List<BindStep.Tuples> pairs = collected.stream()
                .filter(step -> subset.modalities().contains(step.start()))
                .toList();
        List<Modality> sources = common(pairs, source);
        List<Modality> targets = common(pairs, bond.into());
        ProjectorKey key = new ProjectorKey(bond.name(), source, subset);
        if (sources.isEmpty() || targets.isEmpty()) {
            problems.add("projector " + key + ": its tuple sets share no modality of "
                    + (sources.isEmpty() ? source : bond.into()));
            return;
        }
        long tuples = pairs.stream().mapToLong(BindStep::rows).sum();
        String counterpart = bond instanceof Connection ? bond.into() : null;
        steps.add(new BindStep.Train(
                key, counterpart, pairs, sources, targets, tuples, trainingFlops(bond, key, sources, targets, tuples)));
    }

    private double trainingFlops(
            PseudoPairBond bond, ProjectorKey key, List<Modality> sources, List<Modality> targets, long tuples) {
        TrainingSettings settings = bond.training();
        long trained = tuples - Math.round(tuples * settings.holdOut());
        long batch = Math.min(settings.batch(), trained);
        if (batch < settings.batch()) {
            warnings.add(key + ": there are only " + trained + " tuples to train on, so the batch is " + batch
                    + " instead of " + settings.batch());
        }
        if (batch < 1) {
            return 0;
        }
        double in = graph.space(key.source()).dimension();
        double out = graph.space(bond.name()).dimension();
        double hidden = settings.hidden();
        double projector = sources.size() * 2.0 * batch * (2 * in * hidden + 3 * hidden * out);
        double terms = (double) sources.size() * targets.size() * 4.0 * batch * batch * out;
        long stepsPerEpoch = trained / batch;
        return settings.epochs() * stepsPerEpoch * (projector + terms);
    }

    private List<Modality> common(List<BindStep.Tuples> pairs, String space) {
        Set<Modality> shared = new LinkedHashSet<>(pairs.get(0).modalities(graph, space));
        pairs.forEach(step -> shared.retainAll(step.modalities(graph, space)));
        return shared.stream().sorted().toList();
    }
}
