package dev.freebind.evaluation.tuning;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.FactorSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One factor that is tuned.
 *
 * @param bond the bond
 * @param modality the modality whose two sides the factor weighs
 */
public record FactorAxis(String bond, Modality modality) {

    /**
     * The factors that a space is made with.
     *
     * @param space a product
     * @param bonds only factors of these bonds; empty for all
     * @return in a fixed order: by bond, then by modality
     * @throws InvalidRequestException if the space is not made with one of the bonds
     */
    public static List<FactorAxis> of(BondGraph graph, String space, List<String> bonds) {
        List<FactorAxis> axes = new ArrayList<>();
        Map<String, Map<Modality, Double>> ofSpace = Composition.factors(graph, space, FactorSettings.CONFIGURED);
        for (String bond : bonds) {
            if (!ofSpace.containsKey(bond)) {
                throw new InvalidRequestException("'" + space + "' is not made with the bond '" + bond
                        + "'; it is made with " + String.join(", ", ofSpace.keySet()));
            }
        }
        ofSpace.forEach((bond, factors) -> {
            if (bonds.isEmpty() || bonds.contains(bond)) {
                factors.keySet().forEach(modality -> axes.add(new FactorAxis(bond, modality)));
            }
        });
        return List.copyOf(axes);
    }

    /** A setting of axes, one value for each. */
    static FactorSettings settings(List<FactorAxis> axes, double[] values) {
        Map<String, Map<Modality, Double>> byBond = new TreeMap<>();
        for (int i = 0; i < values.length; i++) {
            FactorAxis axis = axes.get(i);
            byBond.computeIfAbsent(axis.bond(), bond -> new TreeMap<>()).put(axis.modality(), values[i]);
        }
        return new FactorSettings(byBond);
    }

    /** As {@code --factors} names it. */
    @Override
    public String toString() {
        return bond + "." + modality;
    }
}
