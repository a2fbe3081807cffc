package dev.freebind.bonds.product;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.NearestName;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.PseudoPairBond;
import dev.freebind.bonds.graph.TunedSpace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Factors by bond and modality that take the place of the configured ones: a preset, or what {@code --factors} says.
 *
 * @param byBond values in [0, 1]; bonds and modalities that are not named keep their configured factors
 */
public record FactorSettings(Map<String, Map<Modality, Double>> byBond) {

    /** Changes nothing. */
    public static final FactorSettings CONFIGURED = new FactorSettings(Map.of());

    /**
     * Copies.
     *
     * @throws InvalidRequestException if a factor is not in [0, 1]
     */
    public FactorSettings {
        Map<String, Map<Modality, Double>> copy = new TreeMap<>();
        byBond.forEach((bond, factors) -> {
            factors.forEach((modality, factor) -> {
                if (!(factor >= 0 && factor <= 1)) {
                    throw new InvalidRequestException(
                            "factor " + factor + " of " + bond + "." + modality + " is not between 0 and 1");
                }
            });
            copy.put(bond, Collections.unmodifiableMap(new TreeMap<>(factors)));
        });
        byBond = Collections.unmodifiableMap(copy);
    }

    /**
     * Reads {@code BOND.MODALITY=F,…}.
     *
     * @throws InvalidRequestException if the text is not of that form, a bond or modality has no factor, a factor is not in
     *     [0, 1] or is given twice
     */
    public static FactorSettings parse(BondGraph graph, String text) {
        Map<String, Map<Modality, Double>> byBond = new TreeMap<>();
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            int dot = part.lastIndexOf('.', equals < 0 ? part.length() : equals);
            if (dot < 1 || equals < dot) {
                throw new InvalidRequestException(
                        "'" + part.strip() + "' is not a factor: write BOND.MODALITY=F, for example " + example(graph));
            }
            String bond = part.substring(0, dot).strip();
            Modality modality = new Modality(part.substring(dot + 1, equals).strip());
            double factor = number(part.substring(equals + 1).strip(), part.strip());
            Double earlier =
                    byBond.computeIfAbsent(bond, name -> new TreeMap<>()).put(modality, factor);
            if (earlier != null) {
                throw new InvalidRequestException("the factor of " + bond + "." + modality + " is given twice");
            }
        }
        FactorSettings settings = new FactorSettings(byBond);
        settings.check(graph);
        return settings;
    }

    /**
     * The factors of a named preset.
     *
     * @throws InvalidRequestException if the configuration has no such preset, listing those it has
     */
    public static FactorSettings preset(Configuration configuration, String name) {
        FactorSettings preset = configuration.presets().get(name);
        if (preset == null) {
            throw new InvalidRequestException("there is no preset '" + name + "'"
                    + NearestName.hint(name, configuration.presets().keySet()));
        }
        return preset;
    }

    /** These factors, and in their place the others where both name one. */
    public FactorSettings with(FactorSettings others) {
        Map<String, Map<Modality, Double>> merged = new TreeMap<>(byBond);
        others.byBond()
                .forEach((bond, factors) -> merged.merge(bond, factors, (ours, theirs) -> {
                    Map<Modality, Double> both = new TreeMap<>(ours);
                    both.putAll(theirs);
                    return both;
                }));
        return new FactorSettings(merged);
    }

    /** The factors of a bond in all modalities in which it weighs two sides; none of a tuned space, where its displacement's hold. */
    public NavigableMap<Modality, Double> factors(BondGraph graph, Bond bond) {
        NavigableMap<Modality, Double> factors = new TreeMap<>();
        if (bond instanceof PseudoPairBond learned) {
            graph.weighed(bond).forEach(modality -> factors.put(modality, factor(learned, modality)));
        }
        return factors;
    }

    /** The factor of a bond in one modality: from here, or else the bond's own. */
    public double factor(PseudoPairBond bond, Modality modality) {
        return byBond.getOrDefault(bond.name(), Map.of()).getOrDefault(modality, bond.factor(modality));
    }

    /**
     * Checks that every factor has two embeddings to weigh.
     *
     * @throws InvalidRequestException if not, listing what can be weighed
     */
    void check(BondGraph graph) {
        byBond.forEach((name, factors) -> {
            Bond bond = graph.bond(name);
            if (bond instanceof TunedSpace tuned) {
                throw new InvalidRequestException(
                        "'" + name + "' has no factors of its own; those of '" + tuned.tuned() + "' hold there too");
            }
            for (Modality modality : factors.keySet()) {
                if (!graph.weighed(bond).contains(modality)) {
                    throw new InvalidRequestException("'" + name + "' has no factor for " + modality
                            + "; it weighs two embeddings of: " + graph.weighed(bond));
                }
            }
        });
    }

    static double number(String text, String where) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new InvalidRequestException("'" + text + "' in '" + where + "' is not a number", e);
        }
    }

    private static String example(BondGraph graph) {
        return graph.order().stream()
                .filter(bond -> !graph.weighed(bond).isEmpty())
                .map(bond -> bond.name() + "." + graph.weighed(bond).first() + "=0.5")
                .findFirst()
                .orElse("vt-u.text=0.5");
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        byBond.forEach((bond, factors) ->
                factors.forEach((modality, factor) -> parts.add(bond + "." + modality + "=" + factor)));
        return String.join(",", parts);
    }
}
