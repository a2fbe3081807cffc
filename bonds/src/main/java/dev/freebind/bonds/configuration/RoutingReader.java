package dev.freebind.bonds.configuration;

import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.YamlValue.Mapping;
import dev.freebind.bonds.configuration.YamlValue.Scalar;
import dev.freebind.bonds.graph.Routing;
import dev.freebind.bonds.graph.Routing.Hidden;
import dev.freebind.bonds.graph.Routing.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads {@code route}, with OmniBind's values, or FreeBind's where OmniBind names none, where nothing is given. */
final class RoutingReader {

    private static final Map<String, Weights> WEIGHTS = weights();

    private final ProblemList problems;

    RoutingReader(ProblemList problems) {
        this.problems = problems;
    }

    private static Map<String, Weights> weights() {
        Map<String, Weights> weights = new LinkedHashMap<>();
        weights.put("learned", Weights.LEARNED);
        weights.put("mean", Weights.MEAN);
        return weights;
    }

    /** The routing; empty if none is given, or it is no mapping. */
    Optional<Routing> read(@Nullable YamlValue value) {
        if (value == null) {
            return Optional.empty();
        }
        List<String> keys = List.of(
                "weights",
                "input",
                "decoupling",
                "epochs",
                "batch",
                "learning-rate",
                "temperature",
                "hidden",
                "sharpening");
        return Section.of(value, problems, keys)
                .map(section -> new Routing(
                        section.choice("weights", WEIGHTS).orElse(Weights.LEARNED),
                        inputs(section.value("input")),
                        section.number("decoupling", 0, 1e6).orElse(Routing.DECOUPLING),
                        section.integer("epochs", 1, 1_000_000).orElse(20),
                        section.integer("batch", 2, 1 << 20).orElse(4096),
                        section.positive("learning-rate").orElse(1e-3),
                        section.positive("temperature").orElse(0.02),
                        hidden(section).orElse(Hidden.OMNIBIND),
                        sharpening(section.value("sharpening"))));
    }

    /** The spaces that the router of each modality reads; a modality that is not named reads all of its sources. */
    private Map<Modality, List<String>> inputs(@Nullable YamlValue value) {
        Map<Modality, List<String>> inputs = new TreeMap<>();
        if (value == null || (value instanceof Scalar scalar && scalar.text().equals("concat"))) {
            return inputs;
        }
        if (!(value instanceof Mapping mapping)) {
            Section.expected(
                    value,
                    "concat, or the spaces to read by modality, such as {audio: [at1], text: [at1, vt]}",
                    problems);
            return inputs;
        }
        mapping.values().forEach((name, spaces) -> {
            Optional<Modality> modality = Section.modality(spaces, name, problems);
            Optional<List<String>> read = Section.texts(spaces, "a list of spaces such as [at1, vt]", problems);
            if (read.isPresent() && read.get().isEmpty()) {
                problems.add(spaces.line(), spaces.key(), "is an empty list; name at least one space");
            } else if (modality.isPresent() && read.isPresent()) {
                inputs.put(modality.get(), read.get());
            }
        });
        return inputs;
    }

    private Optional<Hidden> hidden(Section section) {
        String what = "the widths of two layers, each a whole number between 1 and 65536, such as [512, 100]";
        return section.list("hidden", what, value -> Section.integer(value, 1, 1 << 16, problems))
                .flatMap(widths -> {
                    if (widths.size() != 2) {
                        section.problem("hidden", "is a list of " + widths.size() + ", but must be " + what);
                        return Optional.empty();
                    }
                    return Optional.of(new Hidden(widths.get(0), widths.get(1)));
                });
    }

    private Map<Modality, Double> sharpening(@Nullable YamlValue value) {
        Map<Modality, Double> sharpening = new TreeMap<>();
        if (value != null) {
            Section.entries(value, problems)
                    .flatMap(mapping -> Section.of(
                            value, problems, List.copyOf(mapping.values().keySet())))
                    .ifPresent(section -> ((Mapping) value)
                            .values()
                            .forEach((name, factor) -> Section.modality(factor, name, problems)
                                    .ifPresent(modality ->
                                            section.positive(name).ifPresent(f -> sharpening.put(modality, f)))));
        }
        return sharpening;
    }
}
