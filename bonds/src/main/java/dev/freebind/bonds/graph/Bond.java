package dev.freebind.bonds.graph;

import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionSettings;
import java.util.List;
import java.util.Map;

/**
 * A trained link between spaces, and at the same time the space that results from it: its name can be used wherever a space's
 * name can.
 */
public sealed interface Bond permits Displacement, Combination {

    /** The name of the bond and of the space it makes. */
    String name();

    /** The spaces that are projected, in configuration order: the displaced space, or the experts. */
    List<String> sources();

    /** The space that is projected into, and that stays as it is. */
    String into();

    /** How much the expert counts in the mixed embedding, in [0, 1], for the modalities that were given. */
    Map<Modality, Double> factors();

    /** The paper's factor, used where none is configured: displacement 0.9; combination 0.5 for audio and 0.1 for the rest. */
    double defaultFactor(Modality modality);

    /** The factor of one modality: the configured one, or else the paper's. */
    default double factor(Modality modality) {
        return factors().getOrDefault(modality, defaultFactor(modality));
    }

    /** How pseudo pairs are collected. */
    CollectionSettings collection();

    /** How the projectors are trained. */
    TrainingSettings training();
}
