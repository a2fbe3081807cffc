package dev.freebind.bonds.graph;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.NearestName;
import dev.freebind.bonds.collection.CollectionRule;
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
            boolean displacement = bond instanceof Displacement;
            List<String> seen = new ArrayList<>();
            for (int i = 0; i < bond.sources().size(); i++) {
                String source = bond.sources().get(i);
                String sourceKey = key + (displacement ? ".displace" : ".combine[" + i + "]");
                reference(sourceKey, source, known);
                if (source.equals(bond.into())) {
                    problem(sourceKey, "'" + source + "' cannot be bound into itself");
                }
                if (seen.contains(source)) {
                    problem(sourceKey, "'" + source + "' is combined twice");
                }
                seen.add(source);
            }
            reference(key + ".into", bond.into(), known);
            if (bond instanceof Combination combination) {
                for (String expert : combination.weights().keySet()) {
                    if (!combination.experts().contains(expert)) {
                        problem(
                                key + ".weights." + expert,
                                "'" + expert + "' is not combined here"
                                        + NearestName.hint(expert, combination.experts()));
                    }
                }
            }
            if (problems.size() == before) {
                sound.put(bond.name(), bond);
            }
        }
        return sound;
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
        needs(bond).forEach(needed -> visit(needed, sound, path, done));
        path.remove(path.size() - 1);
    }

    private static List<String> needs(Bond bond) {
        List<String> needs = new ArrayList<>(bond.sources());
        needs.add(bond.into());
        return needs;
    }

    /** Adds bonds to the order, the first in file order whose parts are there, until none is left that can be added. */
    private void sort(Map<String, Bond> sound) {
        List<Bond> waiting = new ArrayList<>(sound.values());
        boolean found = true;
        while (found) {
            found = false;
            for (int i = 0; i < waiting.size() && !found; i++) {
                Bond bond = waiting.get(i);
                if (modalities.keySet().containsAll(needs(bond))) {
                    waiting.remove(i);
                    add(bond);
                    found = true;
                }
            }
        }
    }

    private void add(Bond bond) {
        Set<Modality> union = new LinkedHashSet<>();
        boolean shares = true;
        List<Modality> into = modalities(bond.into());
        for (int i = 0; i < bond.sources().size(); i++) {
            String source = bond.sources().get(i);
            if (modalities(source).stream().noneMatch(into::contains)) {
                shares = false;
                boolean displacement = bond instanceof Displacement;
                problem(
                        "bonds." + bond.name() + (displacement ? ".displace" : ".combine[" + i + "]"),
                        "'" + source + "' knows " + modalities(source) + " and '" + bond.into() + "' knows " + into
                                + ": they share no modality, so nothing ties them together");
            }
        }
        if (!shares) {
            return;
        }
        if (bond instanceof Displacement displacement) {
            union.addAll(modalities(displacement.unified()));
            union.addAll(into);
        } else {
            union.addAll(into);
            bond.sources().forEach(source -> union.addAll(modalities(source)));
        }
        modalities.put(bond.name(), List.copyOf(union));
        order.add(bond);
    }

    private List<Modality> modalities(String name) {
        return modalities.getOrDefault(name, List.of());
    }

    private void bond(Bond bond) {
        String key = "bonds." + bond.name();
        for (Modality modality : bond.factors().keySet()) {
            factor(key + ".factors." + modality, bond, modality);
        }
        if (configuration.corpora().isEmpty() || unreadable.corpora()) {
            return;
        }
        CorpusSelection corpora = CorpusSelection.of(soundGraph);
        for (String source : bond.sources()) {
            NavigableSet<Modality> available = corpora.modalities(bond, source);
            List<Modality> starts;
            try {
                starts =
                        CollectionRule.plan(soundGraph, bond, source, available).startModalities();
            } catch (InvalidRequestException e) {
                problem(bond.collection().plan() == null ? key : key + ".collect.plan", String.valueOf(e.getMessage()));
                continue;
            }
            try {
                bond.training().mixture().subsets(starts);
            } catch (InvalidRequestException e) {
                problem(key + ".train.mixture", String.valueOf(e.getMessage()));
            }
        }
    }

    private void factor(String key, Bond bond, Modality modality) {
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
