package dev.freebind.bonds.graph;

import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * A displaced space one of whose modalities was tuned on paired data (FreeBind's †, section 4.1): what embeds that modality – the
 * displacement's projectors, and the encoder's network where it can be trained – is trained further against another modality of
 * the same space, which stays as it is. Every other modality is embedded as in the displaced space, and the displacement's factors
 * hold here too.
 *
 * @param name of the space it makes; the displaced space stays beside it
 * @param tuned the displacement
 * @param modality the modality that is tuned
 * @param against the modality it is tuned against
 * @param pairs row-aligned data of the two, by modality
 * @param settings how it is tuned
 */
public record TunedSpace(
        String name,
        String tuned,
        Modality modality,
        Modality against,
        Map<Modality, ItemData> pairs,
        TuningSettings settings)
        implements Bond {

    /** Copies the pairs. */
    public TunedSpace {
        pairs = Collections.unmodifiableMap(new TreeMap<>(pairs));
    }

    @Override
    public String kind() {
        return "tuned space";
    }

    @Override
    public List<Part> parts() {
        return List.of(new Part(
                "tune",
                tuned,
                modality + (settings.encoder() ? " projectors and encoder" : " projectors") + " tuned against "
                        + against));
    }

    /** The same as published: with an encoder of its own, which was tuned on pairs that are not here. */
    public TunedSpace tunedElsewhere() {
        return new TunedSpace(name, tuned, modality, against, Map.of(), settings.withEncoder());
    }

    @Override
    public int dimension(ToIntFunction<String> known) {
        return known.applyAsInt(tuned);
    }

    @Override
    public List<Modality> modalities(Function<String, List<Modality>> known) {
        return known.apply(tuned);
    }

    /** Says whether embeddings of a modality come from an encoder of this space's own. */
    public boolean hasEncoder(Modality asked) {
        return settings.encoder() && modality.equals(asked);
    }

    /** The file of the tuned encoder's weights below the bound space's folder; only of a space with an encoder of its own. */
    public String encoderFile() {
        return "encoders/" + name + "/" + modality + ".safetensors";
    }

    /** The name of one side of the pairs among {@link dev.freebind.bonds.configuration.Configuration#pairs()}. */
    public String pairs(Modality side) {
        return name + "/" + side;
    }

    /**
     * What stands in the place of the source in the name of a tuned projector, so that its folder says which modality it is for.
     *
     * @param source the space that the displacement projects
     */
    public String projected(String source) {
        return source + "." + modality;
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
        return visitor.tuned(this);
    }
}
