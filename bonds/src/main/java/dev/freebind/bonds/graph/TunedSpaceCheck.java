package dev.freebind.bonds.graph;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Finds everything that keeps a space from being tuned.
 *
 * @param graph the nodes that are sound
 * @param tuned one of them
 * @param problem gets a key and what is wrong there
 */
record TunedSpaceCheck(BondGraph graph, TunedSpace tuned, BiConsumer<String, String> problem) {

    void check() {
        String key = "bonds." + tuned.name();
        Displacement displacement;
        try {
            displacement = graph.displacement(tuned);
        } catch (InvalidRequestException e) {
            problem.accept(key + ".tune", String.valueOf(e.getMessage()));
            return;
        }
        List<Modality> known = graph.modalities(tuned.tuned());
        Modality modality = tuned.modality();
        List<Modality> projected = graph.modalities(displacement.unified());
        if (!projected.contains(modality)) {
            problem.accept(
                    key + ".modality",
                    "'" + displacement.unified() + "' knows no " + modality + ", so no projector of '" + tuned.tuned()
                            + "' embeds it; it knows " + projected);
        } else if (displacement.factor(modality) == 1
                && graph.modalities(displacement.into()).contains(modality)) {
            problem.accept(
                    key + ".modality",
                    "the factor of " + modality + " in '" + tuned.tuned()
                            + "' is 1, so its projectors do not count and there is nothing to tune");
        }
        if (!known.contains(tuned.against())) {
            problem.accept(
                    key + ".against", "'" + tuned.tuned() + "' knows no " + tuned.against() + "; it knows " + known);
        } else if (modality.equals(tuned.against())) {
            problem.accept(key + ".against", "is the tuned modality itself; pairs are of two modalities");
        }
        if (tuned.settings().encoder()) {
            encoder(key, displacement);
        }
        // The pairs of a bound space may be far away, or left out.
        if (!tuned.pairs().isEmpty()) {
            pairs(key + ".pairs.", modality);
            pairs(key + ".pairs.", tuned.against());
        }
    }

    private void encoder(String key, Displacement displacement) {
        SpaceDeclaration leaf = graph.configuration().spaces().get(displacement.unified());
        if (leaf == null || leaf.encoder() == null) {
            problem.accept(
                    key + ".train.encoder",
                    "'" + displacement.unified() + "' has no encoder that could be tuned"
                            + (leaf == null ? ": it is a bond" : "; give it encoder: and options:")
                            + ", or set encoder: false to tune the projectors alone");
        }
        ItemData items = tuned.pairs().get(tuned.modality());
        if (items != null && items.items() == null) {
            problem.accept(
                    key + ".pairs." + tuned.modality(),
                    "an encoder is tuned on the items themselves; give items:, or set encoder: false");
        }
    }

    private void pairs(String key, Modality modality) {
        ItemData data = tuned.pairs().get(modality);
        if (data == null || !graph.modalities(tuned.tuned()).contains(modality)) {
            return;
        }
        boolean fromItems = tuned.hasEncoder(modality);
        Set<String> needed = fromItems ? graph.leaves(tuned.name(), modality) : graph.leaves(tuned.tuned(), modality);
        List<String> missing = needed.stream()
                .filter(leaf -> !leaf.equals(tuned.name()))
                .filter(leaf -> !data.embeddings().containsKey(leaf))
                .toList();
        if (!missing.isEmpty()) {
            problem.accept(
                    key + modality,
                    "there are no embeddings of " + String.join(", ", missing) + ", from which '" + tuned.tuned()
                            + "' computes those of " + modality);
        }
    }
}
