package dev.freebind.bonds.graph;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.NearestName;
import dev.freebind.bonds.collection.CollectionRule;
import dev.freebind.bonds.collection.CollectionSettings;
import dev.freebind.bonds.collection.CorpusSelection;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.configuration.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;

/** Finds everything that keeps spaces and bonds from being a graph; what follows from a reported mistake is not reported. */
final class GraphCheck {

    private final Configuration configuration;
    private final BondGraph.Unreadable unreadable;
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, List<Modality>> modalities = new HashMap<>();
    private final List<Bond> order = new ArrayList<>();
    private final BondGraph soundGraph;

    GraphCheck(Configuration configuration, BondGraph.Unreadable unreadable) {
        this.configuration = configuration;
        this.unreadable = unreadable;
        spaces();
        Map<String, Bond> sound = references();
        cycles(sound);
        sort(sound);
        soundGraph = new BondGraph(configuration, modalities, order);
        for (Bond bond : order) {
            bond(bond);
        }
        presets();
    }

    List<Problem> problems() {
        return problems;
    }

    /** The graph of those nodes that are not concerned by a problem of structure. */
    BondGraph soundGraph() {
        return soundGraph;
    }

    private void problem(String key, String message) {
        problems.add(configuration.problem(key, message));
    }

    private void spaces() {
        for (SpaceDeclaration space : configuration.spaces().values()) {
            String key = "spaces." + space.name();
            if (space.hub() != null && !space.modalities().contains(space.hub())) {
                problem(
                        key + ".hub",
                        "hub '" + space.hub() + "' is not one of the space's modalities " + space.modalities());
            }
            modalities.put(space.name(), space.modalities());
        }
    }

    /** The bonds whose name and references are in order, by name in file order. */
    private Map<String, Bond> references() {
        Set<String> known = new LinkedHashSet<>(configuration.spaces().keySet());
        known.addAll(configuration.bonds().keySet());
        known.addAll(unreadable.spaces());
        known.addAll(unreadable.bonds());
        Map<String, Bond> sound = new LinkedHashMap<>();
        for (Bond bond : configuration.bonds().values()) {
            String key = "bonds." + bond.name();
            int before = problems.size();
            if (configuration.spaces().containsKey(bond.name())
                    || unreadable.spaces().contains(bond.name())) {
                problem(key, "a space is named '" + bond.name() + "' already; a bond needs a name of its own");
            }
            Set<String> seen = new HashSet<>();
            for (Bond.Part part : bond.parts()) {
                String partKey = key + "." + part.key();
                reference(partKey, part.space(), known);
                if (part.key().equals("into")) {
                    continue;
                }
                if (bond instanceof PseudoPairBond learned
                        && part.space().equals(learned.into())
                        && learned.sources().contains(part.space())) {
                    problem(partKey, "'" + part.space() + "' cannot be bound into itself");
                }
                if (!seen.add(part.space())) {
                    problem(partKey, "'" + part.space() + "' is named twice");
                }
            }
            if (bond instanceof PseudoPairBond learned) {
                learned.collection()
                        .retrievers()
                        .forEach((pair, space) -> reference(key + ".collect.retrievers." + pair, space, known));
            }
            if (bond instanceof Combination combination) {
                weights(combination);
            }
            if (problems.size() == before) {
                sound.put(bond.name(), bond);
            }
        }
        return sound;
    }

    private void weights(Combination combination) {
        for (String expert : combination.weights().keySet()) {
            if (!combination.experts().contains(expert)) {
                problem(
                        "bonds." + combination.name() + ".weights." + expert,
                        "'" + expert + "' is not combined here" + NearestName.hint(expert, combination.experts()));
            }
        }
    }

    private void reference(String key, String name, Collection<String> known) {
        if (!known.contains(name)) {
            problem(key, "no space or bond is named '" + name + "'" + NearestName.hint(name, known));
        }
    }

    private void cycles(Map<String, Bond> sound) {
        Set<String> done = new HashSet<>();
        for (String name : sound.keySet()) {
            visit(name, sound, new ArrayList<>(), done);
        }
    }

    private void visit(String name, Map<String, Bond> sound, List<String> path, Set<String> done) {
        int start = path.indexOf(name);
        if (start >= 0) {
            List<String> cycle = new ArrayList<>(path.subList(start, path.size()));
            cycle.add(name);
            problem("bonds." + name, "the bonds are made of each other: " + String.join(" needs ", cycle));
            return;
        }
        Bond bond = sound.get(name);
        if (bond == null || !done.add(name)) {
            return;
        }
        path.add(name);
        bond.needs().forEach(needed -> visit(needed, sound, path, done));
        path.remove(path.size() - 1);
    }

    /** Adds bonds to the order, the first in file order whose parts are there, until none is left that can be added. */
    private void sort(Map<String, Bond> sound) {
        List<Bond> waiting = new ArrayList<>(sound.values());
        boolean found = true;
        while (found) {
            found = false;
            for (int i = 0; i < waiting.size() && !found; i++) {
                Bond bond = waiting.get(i);
                if (modalities.keySet().containsAll(bond.needs())) {
                    waiting.remove(i);
                    add(bond);
                    found = true;
                }
            }
        }
    }

    private void add(Bond bond) {
        if (!(bond instanceof PseudoPairBond learned) || shares(learned)) {
            modalities.put(bond.name(), bond.modalities(this::modalities));
            order.add(bond);
        }
    }

    private boolean shares(PseudoPairBond bond) {
        boolean shares = true;
        for (Bond.Part part : bond.parts()) {
            String source = part.space();
            if (bond.sources().contains(source)) {
                String other = bond.unified(source).equals(source) ? bond.expert(source) : bond.unified(source);
                if (modalities(source).stream().noneMatch(modalities(other)::contains)) {
                    shares = false;
                    problem(
                            "bonds." + bond.name() + "." + part.key(),
                            "'" + source + "' knows " + modalities(source) + " and '" + other + "' knows "
                                    + modalities(other) + ": they share no modality, so nothing ties them together");
                }
            }
        }
        return shares;
    }

    private List<Modality> modalities(String name) {
        return modalities.getOrDefault(name, List.of());
    }

    private void bond(Bond bond) {
        if (bond instanceof TunedSpace tuned) {
            new TunedSpaceCheck(soundGraph, tuned, this::problem).check();
        } else if (bond instanceof PseudoPairBond learned) {
            learned(learned);
        }
    }

    private void learned(PseudoPairBond bond) {
        String key = "bonds." + bond.name();
        for (Modality modality : bond.factors().keySet()) {
            factor(key + ".factors." + modality, bond, modality);
        }
        if (bond instanceof Combination combination && combination.routing() != null) {
            routing(combination, combination.routing());
        }
        retrievers(bond);
        if (configuration.corpora().isEmpty() || unreadable.corpora()) {
            return;
        }
        CorpusSelection corpora = CorpusSelection.of(soundGraph);
        if (tuples(bond)) {
            try {
                corpora.tuplePlan(bond);
            } catch (InvalidRequestException e) {
                problem(key + ".collect", String.valueOf(e.getMessage()));
                return;
            }
        }
        for (String source : bond.sources()) {
            List<Modality> starts;
            try {
                starts = corpora.starts(bond, source);
            } catch (InvalidRequestException e) {
                problem(bond.collection().plan() == null ? key : key + ".collect.plan", String.valueOf(e.getMessage()));
                continue;
            }
            try {
                bond.training().mixture().subsets(starts, CollectionRule.shared(soundGraph, bond, source));
            } catch (InvalidRequestException e) {
                problem(key + ".train.mixture", String.valueOf(e.getMessage()));
            }
        }
    }

    /** Whether item tuples are made for a bond: for its projectors, or for its routers. */
    private static boolean tuples(PseudoPairBond bond) {
        return bond.collection().tuples() == CollectionSettings.Tuples.ITEMS
                || (bond instanceof Combination combination
                        && combination.routing() != null
                        && combination.routing().weights() == Routing.Weights.LEARNED);
    }

    private void retrievers(PseudoPairBond bond) {
        String key = "bonds." + bond.name() + ".collect.retrievers";
        bond.collection().retrievers().forEach((pair, space) -> {
            for (Modality modality : List.of(pair.first(), pair.second())) {
                if (!modalities(bond.name()).contains(modality)) {
                    problem(
                            key + "." + pair,
                            "'" + bond.name() + "' knows no " + modality + "; it knows " + modalities(bond.name()));
                } else if (!modalities(space).contains(modality)) {
                    problem(
                            key + "." + pair,
                            "'" + space + "' cannot compare " + pair + ": it knows " + modalities(space));
                }
            }
        });
        if (!tuples(bond) && !bond.collection().retrievers().isEmpty()) {
            problem(key, "retrievers find item tuples, and none are made here; write tuples: items, or remove them");
        }
    }

    private void routing(Combination combination, Routing routing) {
        String key = "bonds." + combination.name() + ".route.";
        List<String> parts = combination.parts().stream().map(Bond.Part::space).toList();
        List<Modality> known = modalities(combination.name());
        routing.inputs().forEach((modality, spaces) -> {
            String inputKey = key + "input." + modality;
            if (!known.contains(modality)) {
                problem(inputKey, "'" + combination.name() + "' knows no " + modality + "; it knows " + known);
                return;
            }
            List<String> knowing = parts.stream()
                    .filter(part -> modalities(part).contains(modality))
                    .toList();
            for (int i = 0; i < spaces.size(); i++) {
                String space = spaces.get(i);
                if (!knowing.contains(space)) {
                    problem(
                            inputKey + "[" + i + "]",
                            "'" + space + "' is no source of " + modality + " here" + NearestName.hint(space, knowing));
                }
            }
        });
        for (Modality modality : routing.sharpening().keySet()) {
            if (!known.contains(modality)) {
                problem(
                        key + "sharpening." + modality,
                        "'" + combination.name() + "' knows no " + modality + "; it knows " + known);
            }
        }
    }

    private void factor(String key, Bond bond, Modality modality) {
        if (bond instanceof Combination combination && combination.routing() != null) {
            problem(key, "'" + bond.name() + "' is routed: routers weigh its sources, so it has no factors");
            return;
        }
        if (bond instanceof TunedSpace tuned) {
            problem(
                    key,
                    "'" + bond.name() + "' has no factors of its own; those of '" + tuned.tuned() + "' hold there too");
            return;
        }
        NavigableSet<Modality> weighed = soundGraph.weighed(bond);
        if (!weighed.contains(modality)) {
            problem(
                    key,
                    "a factor weighs two embeddings of one modality, but '" + bond.name() + "' has "
                            + (modalities(bond.name()).contains(modality) ? "only one" : "none") + " of " + modality
                            + "; factors can be given for " + weighed);
        }
    }

    private void presets() {
        configuration
                .presets()
                .forEach((preset, settings) -> settings.byBond().forEach((name, factors) -> {
                    String key = "presets." + preset + "." + name;
                    Bond bond = configuration.bonds().get(name);
                    if (bond == null) {
                        problem(
                                key,
                                "no bond is named '" + name + "'"
                                        + NearestName.hint(
                                                name, configuration.bonds().keySet()));
                    } else if (order.contains(bond)) {
                        factors.keySet().forEach(modality -> factor(key + "." + modality, bond, modality));
                    }
                }));
    }
}
