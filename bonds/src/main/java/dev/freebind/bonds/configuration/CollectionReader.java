package dev.freebind.bonds.configuration;

import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionSettings;
import dev.freebind.bonds.collection.CollectionSettings.ExplicitStep;
import dev.freebind.bonds.collection.CollectionSettings.Tuples;
import dev.freebind.bonds.collection.CollectionSettings.Weights;
import dev.freebind.bonds.configuration.EvaluationTask.Pair;
import dev.freebind.bonds.configuration.YamlValue.Scalar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads {@code collect}, with the paper's values where nothing is given. */
final class CollectionReader {

    private static final Map<String, Weights> WEIGHTS = weights();
    private static final Map<String, Tuples> TUPLES = tuples();

    private final ProblemList problems;

    CollectionReader(ProblemList problems) {
        this.problems = problems;
    }

    private static Map<String, Tuples> tuples() {
        Map<String, Tuples> tuples = new LinkedHashMap<>();
        tuples.put("soft", Tuples.SOFT);
        tuples.put("items", Tuples.ITEMS);
        return tuples;
    }

    private static Map<String, Weights> weights() {
        Map<String, Weights> weights = new LinkedHashMap<>();
        weights.put("own", Weights.OWN);
        weights.put("expert", Weights.EXPERT);
        return weights;
    }

    CollectionSettings read(@Nullable YamlValue value) {
        CollectionSettings paper = new CollectionSettings(0.01, null, null);
        if (value == null) {
            return paper;
        }
        return Section.of(value, problems, List.of("tuples", "temperature", "weights", "plan", "retrievers"))
                .map(section -> {
                    Tuples tuples = section.choice("tuples", TUPLES).orElse(Tuples.SOFT);
                    for (String soft : List.of("temperature", "weights", "plan")) {
                        if (tuples == Tuples.ITEMS && section.has(soft)) {
                            section.problem(
                                    soft, "is for soft pairs; item tuples take the most similar item, so leave it out");
                        }
                    }
                    List<ExplicitStep> plan = section.list(
                                    "plan",
                                    "a list of steps such as {start: text, query: unified.text, keys: unified.image,"
                                            + " values: [unified, vt]}",
                                    this::step)
                            .orElse(null);
                    if (plan != null && plan.isEmpty()) {
                        section.problem("plan", "is an empty list; leave it out to collect by the rule");
                        plan = null;
                    }
                    if (section.has("plan") && section.has("weights")) {
                        section.problem(
                                "weights", "a written plan says itself whose similarities weigh; leave weights out");
                    }
                    return new CollectionSettings(
                            tuples,
                            section.positive("temperature").orElse(paper.temperature()),
                            section.choice("weights", WEIGHTS).orElse(null),
                            plan,
                            retrievers(section.value("retrievers")));
                })
                .orElse(paper);
    }

    private Map<Pair, String> retrievers(@Nullable YamlValue value) {
        Map<Pair, String> retrievers = new LinkedHashMap<>();
        if (value != null) {
            Section.entries(value, problems)
                    .ifPresent(mapping -> mapping.values().forEach((name, space) -> {
                        Optional<Pair> pair = pair(space, name);
                        Optional<Scalar> named = Section.scalar(space, "the name of a space or bond", problems);
                        if (pair.isPresent() && named.isPresent()) {
                            retrievers.put(pair.get(), named.get().text());
                        }
                    }));
        }
        return retrievers;
    }

    /** A pair in alphabetical order, such as {@code audio-text}. */
    private Optional<Pair> pair(YamlValue at, String name) {
        String[] parts = name.split("-", -1);
        if (parts.length == 2
                && Modality.isName(parts[0])
                && Modality.isName(parts[1])
                && parts[0].compareTo(parts[1]) < 0) {
            return Optional.of(new Pair(new Modality(parts[0]), new Modality(parts[1])));
        }
        problems.add(
                problems.line(at.key()),
                at.key(),
                "'" + name + "' is no pair: write two modalities in alphabetical order joined by a dash, for example"
                        + " audio-text");
        return Optional.empty();
    }

    private Optional<ExplicitStep> step(YamlValue value) {
        List<String> keys = List.of("start", "query", "keys", "values");
        return Section.of(value, problems, keys).flatMap(section -> {
            keys.stream().filter(key -> !section.has(key)).forEach(key -> section.missing(key, "every step has it"));
            Optional<Modality> start = section.modality("start");
            Optional<String[]> query = spaceAndModality(section, "query");
            Optional<String[]> searched = spaceAndModality(section, "keys");
            Optional<List<String>> values = section.texts("values", "a list of spaces");
            if (values.isPresent() && values.get().isEmpty()) {
                section.problem("values", "is an empty list; name at least one space");
                return Optional.empty();
            }
            return start.isEmpty() || query.isEmpty() || searched.isEmpty() || values.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new ExplicitStep(
                            start.get(),
                            query.get()[0],
                            new Modality(query.get()[1]),
                            searched.get()[0],
                            new Modality(searched.get()[1]),
                            values.get()));
        });
    }

    private Optional<String[]> spaceAndModality(Section section, String name) {
        String what = "SPACE.MODALITY, for example unified.text";
        return section.scalar(name, what).flatMap(scalar -> {
            int dot = scalar.text().lastIndexOf('.');
            if (dot < 1 || !Modality.isName(scalar.text().substring(dot + 1))) {
                Section.expected(scalar, what, problems);
                return Optional.empty();
            }
            return Optional.of(
                    new String[] {scalar.text().substring(0, dot), scalar.text().substring(dot + 1)});
        });
    }
}
