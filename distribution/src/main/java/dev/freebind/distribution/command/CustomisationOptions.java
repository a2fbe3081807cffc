package dev.freebind.distribution.command;

import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.Exclusion;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.bonds.product.ProjectorSelection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Option;

/** What can be chosen after training besides factors: experts and projectors. */
final class CustomisationOptions {

    @Option(
            names = "--without",
            paramLabel = "[BOND.]SPACE",
            description = "Leave an expert out wherever it is combined, or only in BOND; may be repeated.")
    private List<String> without = List.of();

    @Option(
            names = "--projectors",
            paramLabel = "SUBSET",
            defaultValue = "all",
            description = "Use only these projectors of each mixture, for example VAT or A,T (default: all).")
    private String projectors = "all";

    /** Whether anything was chosen. */
    boolean isGiven() {
        return !without.isEmpty() || !projectors.equals("all");
    }

    /** The choices, with these factors. */
    Customisation customisation(BondGraph graph, FactorSettings factors) {
        Set<Exclusion> exclusions = new LinkedHashSet<>();
        without.forEach(text -> exclusions.add(Exclusion.parse(graph, text)));
        return new Customisation(factors, exclusions, ProjectorSelection.parse(projectors), Map.of());
    }
}
