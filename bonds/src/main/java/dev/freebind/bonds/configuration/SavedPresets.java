package dev.freebind.bonds.configuration;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.FactorSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The presets that the {@code space.yaml} of a bound space has beyond its configuration, because they were saved or written
 * there: what writing that file again must not lose.
 *
 * @param kept those that still mean the same, by name
 * @param dropped why each of the others cannot be kept, by name
 */
public record SavedPresets(Map<String, FactorSettings> kept, Map<String, String> dropped) {

    /** There are none. */
    public static final SavedPresets NONE = new SavedPresets(Map.of(), Map.of());

    /** Copies, keeping order. */
    public SavedPresets {
        kept = Collections.unmodifiableMap(new LinkedHashMap<>(kept));
        dropped = Collections.unmodifiableMap(new LinkedHashMap<>(dropped));
    }

    /**
     * Looks for presets that a folder has beyond those of the configuration that it is to be bound by.
     *
     * @param folder of a bound space, or of what may become one
     * @param graph of the configuration
     * @throws InvalidRequestException if there is a {@code space.yaml} that cannot be read
     */
    public static SavedPresets of(Path folder, BondGraph graph) {
        Path file = folder.resolve(SpaceFile.NAME);
        if (!Files.isRegularFile(file)) {
            return NONE;
        }
        Map<String, FactorSettings> ours = graph.configuration().presets();
        Map<String, FactorSettings> kept = new LinkedHashMap<>();
        Map<String, String> dropped = new LinkedHashMap<>();
        BondGraph before = read(folder, file);
        before.configuration().presets().forEach((name, factors) -> {
            if (factors.equals(ours.get(name))) {
                return;
            }
            Optional<String> reason = ours.containsKey(name)
                    ? Optional.of("the configuration has another preset of that name")
                    : misfit(factors, before, graph);
            reason.ifPresentOrElse(
                    why -> dropped.put(name, "{" + factors + "}: " + why), () -> kept.put(name, factors));
        });
        return new SavedPresets(kept, dropped);
    }

    private static BondGraph read(Path folder, Path file) {
        try {
            return BondGraph.of(new ConfigurationReader().readBoundSpace(folder));
        } catch (InvalidRequestException e) {
            throw new InvalidRequestException(
                    e.getMessage() + "\nPresets may have been saved in " + file
                            + ", which binding would write again; repair it, or move it away",
                    e);
        }
    }

    /** Factors mean the same where a bond is made of the same spaces in the same roles and weighs the same modalities. */
    private static Optional<String> misfit(FactorSettings factors, BondGraph before, BondGraph after) {
        for (Map.Entry<String, Map<Modality, Double>> entry : factors.byBond().entrySet()) {
            Bond then = before.bond(entry.getKey());
            Bond now = after.configuration().bonds().get(then.name());
            if (now == null) {
                return Optional.of("there is no bond '" + then.name() + "' any more");
            }
            if (!isMadeOfTheSame(now, then)) {
                return Optional.of(
                        "'" + then.name() + "' is made of " + parts(now) + " and was made of " + parts(then));
            }
            if (!after.weighed(now).containsAll(entry.getValue().keySet())) {
                return Optional.of("'" + then.name() + "' weighs two embeddings of " + after.weighed(now)
                        + " and did of " + before.weighed(then));
            }
        }
        return Optional.empty();
    }

    private static boolean isMadeOfTheSame(Bond now, Bond then) {
        return now.getClass().equals(then.getClass())
                && now.parts().get(0).space().equals(then.parts().get(0).space())
                && spaces(now).equals(spaces(then));
    }

    private static Set<String> spaces(Bond bond) {
        return bond.parts().stream().map(Bond.Part::space).collect(Collectors.toSet());
    }

    private static String parts(Bond bond) {
        return bond.parts().stream()
                .map(part -> part.space() + " (" + part.role() + ")")
                .collect(Collectors.joining(", "));
    }
}
