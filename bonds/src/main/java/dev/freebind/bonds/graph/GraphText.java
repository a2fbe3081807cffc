package dev.freebind.bonds.graph;

import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.product.FactorSettings;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes a graph as an indented tree. */
final class GraphText {

    private final BondGraph graph;
    private final StringBuilder text = new StringBuilder();
    private final Set<String> spelt = new HashSet<>();

    GraphText(BondGraph graph) {
        this.graph = graph;
    }

    String text() {
        graph.roots().forEach(name -> node("", name, 0));
        return text.toString();
    }

    private void node(String role, String name, int depth) {
        text.append("  ".repeat(depth)).append(role).append(name).append(": ");
        if (graph.isLeaf(name)) {
            leaf(name);
            return;
        }
        Bond bond = graph.bond(name);
        text.append(bond.kind());
        dimension(name);
        if (!spelt.add(name)) {
            text.append(", as above\n");
            return;
        }
        modalities(name);
        String factors = FactorSettings.CONFIGURED.factors(graph, bond).entrySet().stream()
                .map(factor -> factor.getKey() + " " + factor.getValue())
                .collect(Collectors.joining(", "));
        text.append(factors.isEmpty() ? "" : "; factors " + factors).append('\n');
        bond.parts().forEach(part -> node(part.role() + ": ", part.space(), depth + 1));
    }

    private void leaf(String name) {
        SpaceDeclaration space = graph.configuration().spaces().get(name);
        text.append(
                space == null || space.encoder() == null ? "pre-trained" : "pre-trained, encoder " + space.encoder());
        dimension(name);
        modalities(name);
        graph.hub(name).ifPresent(hub -> text.append("; hub ").append(hub));
        text.append('\n');
    }

    private void dimension(String name) {
        text.append(", ").append(graph.space(name).dimension()).append("-d");
    }

    private void modalities(String name) {
        text.append(", ")
                .append(graph.modalities(name).stream().map(Modality::name).collect(Collectors.joining(" ")));
    }
}
