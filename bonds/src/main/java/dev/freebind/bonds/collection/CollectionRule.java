package dev.freebind.bonds.collection;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionPlan.SpaceModality;
import dev.freebind.bonds.collection.CollectionPlan.Step;
import dev.freebind.bonds.collection.CollectionPlan.TupleSet;
import dev.freebind.bonds.collection.CollectionSettings.ExplicitStep;
import dev.freebind.bonds.collection.CollectionSettings.Weights;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.PseudoPairBond;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The one rule behind the paper's two collection tables (FreeBind eq. 4–6 for an image-text expert, eq. 11–13 for an
 * audio-text expert), for any set of modalities.
 *
 * <p>From a start modality s the others are reached in the order hub, modalities that expert and unified space share, rest
 * (declaration order, the unified space's first). Modality m is reached
 *
 * <ol>
 *   <li>through the expert, if it knows s and m: its similarities weigh the values of every space that knows m; with {@link
 *       Weights#OWN} a unified space that knows s and m weighs its own values itself;
 *   <li>else through the unified space, if it knows s and m: the query is s if s or m is the hub or there is none, else the
 *       hub's pseudo embedding; values in every space that knows m;
 *   <li>else through the first reached modality that shares a space with m, unified before expert; values in every space that
 *       knows m.
 * </ol>
 *
 * A modality that cannot be reached yet waits until another one is. A hub without a corpus has no pseudo embedding and counts
 * as none. By default the weights are the unified space's own for an image-text expert whose unified space knows both, and
 * the expert's otherwise.
 */
public final class CollectionRule {

    private final String expert;
    private final String unified;
    private final List<Modality> expertModalities;
    private final List<Modality> unifiedModalities;
    private final List<Modality> available;
    private final @Nullable Modality hub;
    private final boolean own;

    private CollectionRule(BondGraph graph, PseudoPairBond bond, String source, Set<Modality> modalitiesWithCorpus) {
        expert = bond.expert(source);
        unified = bond.unified(source);
        expertModalities = graph.modalities(expert);
        unifiedModalities = graph.modalities(unified);
        available = modalities(graph, bond, source).stream()
                .filter(modalitiesWithCorpus::contains)
                .toList();
        hub = graph.hub(unified).filter(available::contains).orElse(null);
        Weights weights = bond.collection().weights();
        own = weights == null ? ownByDefault() : weights == Weights.OWN;
    }

    /**
     * The plan for one source of a bond: the steps the user wrote down, or else the rule's.
     *
     * @param source one of the bond's sources
     * @param modalitiesWithCorpus modalities that have items; the others are no starts and give no terms
     * @throws InvalidRequestException if a modality with a corpus cannot be reached, if nothing is left to pair, or if a written
     *     step does not fit, naming it
     */
    public static CollectionPlan plan(
            BondGraph graph, PseudoPairBond bond, String source, Set<Modality> modalitiesWithCorpus) {
        CollectionRule rule = new CollectionRule(graph, bond, source, modalitiesWithCorpus);
        List<ExplicitStep> written = bond.collection().plan();
        CollectionPlan plan = written == null ? rule.byRule() : rule.asWritten(written, bond);
        rule.checkTerms(plan);
        return plan;
    }

    /** The modalities of a bond's two sides: the unified side's in declaration order, then what only the expert knows. */
    public static List<Modality> modalities(BondGraph graph, PseudoPairBond bond, String source) {
        Set<Modality> union = new LinkedHashSet<>(graph.modalities(bond.unified(source)));
        union.addAll(graph.modalities(bond.expert(source)));
        return List.copyOf(union);
    }

    /** The modalities that both sides of a bond know, in the unified side's order. */
    public static List<Modality> shared(BondGraph graph, PseudoPairBond bond, String source) {
        return graph.modalities(bond.unified(source)).stream()
                .filter(graph.modalities(bond.expert(source))::contains)
                .toList();
    }

    private boolean ownByDefault() {
        Set<Modality> imageText = Set.of(Modality.IMAGE, Modality.TEXT);
        return Set.copyOf(expertModalities).equals(imageText) && unifiedModalities.containsAll(imageText);
    }

    private CollectionPlan byRule() {
        List<TupleSet> starts = new ArrayList<>();
        for (Modality start : available) {
            starts.add(new TupleSet(start, knowing(start), reach(start)));
        }
        return new CollectionPlan(expert, unified, starts);
    }

    private List<Step> reach(Modality start) {
        List<Modality> waiting = new ArrayList<>(order());
        waiting.remove(start);
        Set<Modality> reached = new LinkedHashSet<>();
        List<Step> steps = new ArrayList<>();
        while (!waiting.isEmpty()) {
            Modality next = null;
            List<Step> found = List.of();
            for (int i = 0; i < waiting.size() && found.isEmpty(); i++) {
                next = waiting.get(i);
                found = steps(start, next, reached);
            }
            if (next == null || found.isEmpty()) {
                throw new InvalidRequestException("from " + start + " nothing leads to " + waiting + ": '" + expert
                        + "' knows " + expertModalities + ", '" + unified + "' knows " + unifiedModalities
                        + ", and there are corpora of " + available
                        + "; add a corpus of a modality that both know, embedded by both");
            }
            waiting.remove(next);
            reached.add(next);
            steps.addAll(found);
        }
        return steps;
    }

    /** The modalities that have a corpus: the hub, those both spaces know, the rest. */
    private List<Modality> order() {
        Set<Modality> order = new LinkedHashSet<>();
        if (hub != null) {
            order.add(hub);
        }
        available.stream().filter(modality -> knowing(modality).size() == 2).forEach(order::add);
        order.addAll(available);
        return List.copyOf(order);
    }

    /** The steps that lead to a modality; none if it cannot be reached yet. */
    private List<Step> steps(Modality start, Modality target, Set<Modality> reached) {
        boolean throughUnified = unifiedModalities.contains(start) && unifiedModalities.contains(target);
        if (expertModalities.contains(start) && expertModalities.contains(target)) {
            return own && throughUnified
                    ? List.of(
                            step(expert, start, target, List.of(expert)),
                            step(unified, start, target, List.of(unified)))
                    : List.of(step(expert, start, target, knowing(target)));
        }
        if (throughUnified) {
            Modality query = hub == null || start.equals(hub) || target.equals(hub) ? start : hub;
            return List.of(step(unified, query, target, knowing(target)));
        }
        for (Modality between : order()) {
            if (reached.contains(between)) {
                if (unifiedModalities.contains(between) && unifiedModalities.contains(target)) {
                    return List.of(step(unified, between, target, knowing(target)));
                }
                if (expertModalities.contains(between) && expertModalities.contains(target)) {
                    return List.of(step(expert, between, target, knowing(target)));
                }
            }
        }
        return List.of();
    }

    private List<String> knowing(Modality modality) {
        List<String> spaces = new ArrayList<>();
        if (expertModalities.contains(modality)) {
            spaces.add(expert);
        }
        if (unifiedModalities.contains(modality)) {
            spaces.add(unified);
        }
        return spaces;
    }

    private static Step step(String space, Modality query, Modality keys, List<String> values) {
        return new Step(new SpaceModality(space, query), new SpaceModality(space, keys), values);
    }

    /**
     * The written steps that concern this source: in a combination of several experts a step of another expert is passed over,
     * and so are values in other experts.
     */
    private CollectionPlan asWritten(List<ExplicitStep> written, PseudoPairBond bond) {
        Set<String> allSpaces = new LinkedHashSet<>(bond.sources());
        allSpaces.add(bond.into());
        List<String> spaces = List.of(expert, unified);
        List<TupleSet> starts = new ArrayList<>();
        Set<Modality> writtenStarts = new LinkedHashSet<>();
        written.forEach(step -> writtenStarts.add(step.start()));
        for (Modality start : writtenStarts) {
            TupleSet tuples = new TupleSet(start, knowing(start), List.of());
            for (int i = 0; i < written.size(); i++) {
                ExplicitStep step = written.get(i);
                if (step.start().equals(start)) {
                    String name = "plan step " + (i + 1) + " (" + step.querySpace() + "." + step.queryModality()
                            + " to " + step.keySpace() + "." + step.keyModality() + ")";
                    check(name, step, allSpaces);
                    List<String> values =
                            step.values().stream().filter(spaces::contains).toList();
                    if (spaces.contains(step.querySpace()) && !values.isEmpty()) {
                        tuples = withStep(name, tuples, step, values);
                    }
                }
            }
            if (!tuples.steps().isEmpty()) {
                starts.add(tuples);
            }
        }
        return new CollectionPlan(expert, unified, starts);
    }

    private void check(String name, ExplicitStep step, Set<String> allSpaces) {
        if (!step.querySpace().equals(step.keySpace())) {
            throw new InvalidRequestException(name + ": query and keys must be in one space");
        }
        List<String> named = new ArrayList<>(step.values());
        named.add(step.querySpace());
        for (String space : named) {
            if (!allSpaces.contains(space)) {
                throw new InvalidRequestException(name + ": '" + space + "' is not a side of this bond; there are "
                        + String.join(", ", allSpaces));
            }
        }
        for (Modality modality : List.of(step.start(), step.keyModality())) {
            if (!knowing(modality).isEmpty() && !available.contains(modality)) {
                throw new InvalidRequestException(name + ": no corpus of " + modality + " has embeddings of "
                        + String.join(" and ", knowing(modality)));
            }
        }
    }

    private TupleSet withStep(String name, TupleSet tuples, ExplicitStep written, List<String> values) {
        Modality target = written.keyModality();
        if (!tuples.modalities(written.querySpace()).contains(written.queryModality())) {
            throw new InvalidRequestException(name + ": the query is not known here; from start " + tuples.start()
                    + " the steps before give " + expert + " " + tuples.modalities(expert) + " and " + unified + " "
                    + tuples.modalities(unified));
        }
        List<String> needed = new ArrayList<>(values);
        needed.add(written.keySpace());
        for (String space : needed) {
            if (!(space.equals(expert) ? expertModalities : unifiedModalities).contains(target)) {
                throw new InvalidRequestException(name + ": '" + space + "' does not know " + target);
            }
        }
        for (String space : values) {
            if (tuples.modalities(space).contains(target)) {
                throw new InvalidRequestException(
                        name + ": " + space + "." + target + " is known already from start " + tuples.start());
            }
        }
        Step step = new Step(
                new SpaceModality(written.querySpace(), written.queryModality()),
                new SpaceModality(written.keySpace(), target),
                values);
        return new TupleSet(tuples.start(), tuples.nativeSpaces(), sharing(tuples.steps(), step));
    }

    /** The steps with one more; a pass over the same queries and keys gives all values at once. */
    private static List<Step> sharing(List<Step> steps, Step added) {
        List<Step> all = new ArrayList<>(steps);
        for (int i = 0; i < all.size(); i++) {
            Step step = all.get(i);
            if (step.query().equals(added.query()) && step.keys().equals(added.keys())) {
                List<String> values = new ArrayList<>(step.values());
                values.addAll(added.values());
                all.set(i, new Step(step.query(), step.keys(), values));
                return all;
            }
        }
        all.add(added);
        return all;
    }

    /** Every tuple set has the same modalities on either side, at least one on each: mixtures train on their union. */
    private void checkTerms(CollectionPlan plan) {
        if (plan.starts().isEmpty()) {
            throw new InvalidRequestException("there is nothing to collect for '" + expert + "' and '" + unified
                    + "': no modality of theirs has a corpus with embeddings of both");
        }
        TupleSet first = plan.starts().get(0);
        for (TupleSet tuples : plan.starts()) {
            for (String space : List.of(expert, unified)) {
                if (tuples.modalities(space).isEmpty()) {
                    throw new InvalidRequestException("from start " + tuples.start() + " nothing is known in '" + space
                            + "', so there is nothing to pair; there are corpora of " + available);
                }
                if (!tuples.modalities(space).equals(first.modalities(space))) {
                    throw new InvalidRequestException("plan: start " + tuples.start() + " gives " + space + " "
                            + tuples.modalities(space) + " but start " + first.start() + " gives "
                            + first.modalities(space) + "; every start must give the same");
                }
            }
        }
    }
}
