package dev.freebind.bonds.configuration;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.TrainingReader.Given;
import dev.freebind.bonds.configuration.YamlValue.Mapping;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.Connection;
import dev.freebind.bonds.graph.Displacement;
import dev.freebind.bonds.graph.Recipe;
import dev.freebind.bonds.graph.Routing;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.product.FactorSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads {@code bonds} and {@code presets}, with the paper's values where nothing is given. */
final class BondReader {

    /** The keys of which every bond has one: it says what kind of bond it is. */
    private static final Map<String, Kind> KINDS = kinds();

    private static final Map<String, Recipe.Kind> RECIPES = recipes();

    /** That of the published connections of CLAP, CLIP and ULIP. */
    private static final int RELEASED_CONNECTION_DIMENSION = 512;

    private final ProblemList problems;
    private final TrainingReader training;
    private final CollectionReader collection;
    private final RoutingReader routing;
    private final TuningReader tuning;

    /**
     * Data of tuned spaces is read by the other reader.
     *
     * @param trainedHere whether there are corpora
     */
    BondReader(ItemDataReader data, boolean trainedHere, ProblemList problems) {
        this.problems = problems;
        tuning = new TuningReader(data, trainedHere, problems);
        training = new TrainingReader(problems);
        collection = new CollectionReader(problems);
        routing = new RoutingReader(problems);
    }

    /** One kind of bond. */
    private record Kind(String example, List<String> keys, Reading reading) {}

    /** Reads the section of one kind of bond. */
    @FunctionalInterface
    private interface Reading {
        Optional<Bond> read(BondReader reader, String name, Section section, Given common);
    }

    private static Map<String, Recipe.Kind> recipes() {
        Map<String, Recipe.Kind> recipes = new LinkedHashMap<>();
        for (Recipe.Kind kind : Recipe.Kind.values()) {
            recipes.put(kind.toString(), kind);
        }
        return recipes;
    }

    private static Map<String, Kind> kinds() {
        Map<String, Kind> kinds = new LinkedHashMap<>();
        kinds.put(
                "displace",
                new Kind(
                        "displace: SPACE",
                        List.of("into", "factors", "recipe", "collect", "train"),
                        BondReader::displacement));
        kinds.put(
                "combine",
                new Kind(
                        "combine: [SPACE, …]",
                        List.of("into", "factors", "weights", "route", "recipe", "collect", "train"),
                        BondReader::combination));
        kinds.put(
                "tune",
                new Kind("tune: DISPLACEMENT", List.of("modality", "against", "pairs", "train"), BondReader::tuned));
        kinds.put(
                "connect",
                new Kind(
                        "connect: [SPACE, SPACE]",
                        List.of("dimension", "factors", "collect", "train"),
                        BondReader::connection));
        return kinds;
    }

    /**
     * The bonds in file order; one that cannot be understood is left out.
     *
     * @param defaults the value of {@code defaults}; null if there is none
     * @param unreadable gets the names of bonds that are left out
     */
    Map<String, Bond> read(@Nullable YamlValue bonds, @Nullable YamlValue defaults, Set<String> unreadable) {
        Given common = training.defaults(defaults);
        Map<String, Bond> read = new LinkedHashMap<>();
        if (bonds != null) {
            Section.entries(bonds, problems)
                    .ifPresent(mapping -> mapping.values().forEach((name, value) -> {
                        Optional<Bond> bond = bond(name, value, common);
                        bond.ifPresentOrElse(b -> read.put(name, b), () -> unreadable.add(name));
                    }));
        }
        return read;
    }

    private Optional<Bond> bond(String name, YamlValue value, Given common) {
        if (!EmbeddingSpace.isName(name)) {
            problems.add(problems.line(value.key()), value.key(), ConfigurationReader.notAName("bond", name));
        }
        List<String> keys = new ArrayList<>(KINDS.keySet());
        KINDS.values().forEach(kind -> keys.addAll(kind.keys()));
        return Section.of(value, problems, keys.stream().distinct().toList())
                .flatMap(section -> bond(name, section, common));
    }

    private Optional<Bond> bond(String name, Section section, Given common) {
        List<String> given = KINDS.keySet().stream().filter(section::has).toList();
        if (given.size() != 1) {
            section.problem(
                    "",
                    given.isEmpty()
                            ? "nothing says what kind of bond this is: give one of "
                                    + String.join(
                                            ", ",
                                            KINDS.values().stream()
                                                    .map(Kind::example)
                                                    .toList())
                            : "there are '" + String.join("' and '", given) + "'; a bond does one of them");
            return Optional.empty();
        }
        Kind kind = KINDS.get(given.get(0));
        if (kind == null) {
            return Optional.empty();
        }
        KINDS.values().stream()
                .flatMap(other -> other.keys().stream())
                .distinct()
                .filter(key -> section.has(key) && !kind.keys().contains(key))
                .forEach(key -> section.problem(
                        key, "is not for a bond with '" + given.get(0) + "', which takes " + kind.keys()));
        return kind.reading().read(this, name, section, common);
    }

    private Optional<String> into(Section section) {
        if (!section.has("into")) {
            section.missing("into", "the space that is projected into");
        }
        return section.text("into", "the name of a space or bond");
    }

    private Map<Modality, Double> factors(Section section) {
        YamlValue value = section.value("factors");
        return value == null ? Map.of() : factors(value, problems);
    }

    private Optional<Bond> displacement(String name, Section section, Given common) {
        Optional<String> into = into(section);
        Optional<String> displaced = section.text("displace", "the name of a space or bond");
        Displacement bond = new Displacement(
                name,
                displaced.orElse(""),
                into.orElse(""),
                factors(section),
                collection.read(section.value("collect")),
                training(section, common, recipe(section), 5));
        return displaced.isEmpty() || into.isEmpty() ? Optional.empty() : Optional.of(bond);
    }

    private Optional<Bond> combination(String name, Section section, Given common) {
        Optional<String> into = into(section);
        Optional<List<String>> experts = section.texts("combine", "a list of spaces or bonds such as [at1, at2]");
        if (experts.isPresent() && experts.get().isEmpty()) {
            section.problem("combine", "is an empty list; name at least one expert");
            experts = Optional.empty();
        }
        Routing routed = routing.read(section.value("route")).orElse(null);
        if (section.has("route")) {
            for (String key : List.of("factors", "weights")) {
                if (section.has(key)) {
                    section.problem(
                            key,
                            "routers weigh experts and unified space, so there is no place for " + key
                                    + " beside 'route'; remove one of them");
                }
            }
        }
        Combination bond = new Combination(
                name,
                experts.orElse(List.of()),
                into.orElse(""),
                weights(section),
                factors(section),
                routed,
                collection.read(section.value("collect")),
                training(section, common, recipe(section), 20));
        return experts.isEmpty() || into.isEmpty() ? Optional.empty() : Optional.of(bond);
    }

    private Optional<Bond> tuned(String name, Section section, Given common) {
        return tuning.read(name, section, common).map(Bond.class::cast);
    }

    private Optional<Bond> connection(String name, Section section, Given common) {
        Optional<List<String>> spaces = section.texts("connect", "a list of two spaces or bonds such as [clap, clip]");
        if (spaces.isPresent() && spaces.get().size() != 2) {
            section.problem("connect", "names " + spaces.get().size() + " spaces; a connection is one of two");
            spaces = Optional.empty();
        }
        TrainingSettings settings = training(section, common, Recipe.Kind.C_MCR, 0);
        if (!settings.recipe().projector().isPaired()) {
            section.problem(
                    "train",
                    "a connection projects both spaces, with a projector c-mcr or c-mcr-ulip for each, not "
                            + settings.recipe().projector());
        }
        Optional<Integer> dimension = section.integer("dimension", 1, 1 << 20);
        return spaces.map(both -> new Connection(
                name,
                both.get(0),
                both.get(1),
                dimension.orElse(RELEASED_CONNECTION_DIMENSION),
                factors(section),
                collection.read(section.value("collect")),
                settings));
    }

    private Recipe.Kind recipe(Section section) {
        return section.choice("recipe", RECIPES).orElse(Recipe.Kind.FREEBIND);
    }

    private TrainingSettings training(Section section, Given common, Recipe.Kind recipe, int freeBindEpochs) {
        Given given = training.training(section.value("train"));
        if (recipe == Recipe.Kind.FREEBIND && given.intraWeight() != null) {
            section.problem("train", "intra-weight is for the recipes c-mcr and ex-mcr; FreeBind has no such term");
        }
        return given.orElse(common).settings(recipe, freeBindEpochs);
    }

    private Map<String, Double> weights(Section bond) {
        Map<String, Double> weights = new LinkedHashMap<>();
        YamlValue value = bond.value("weights");
        if (value != null) {
            Section.entries(value, problems)
                    .flatMap(mapping -> Section.of(
                            value, problems, List.copyOf(mapping.values().keySet())))
                    .ifPresent(section -> ((Mapping) value)
                            .values()
                            .keySet()
                            .forEach(expert -> section.positive(expert).ifPresent(w -> weights.put(expert, w))));
        }
        return weights;
    }

    /** Factors by modality. */
    static Map<Modality, Double> factors(YamlValue value, ProblemList problems) {
        Map<Modality, Double> factors = new TreeMap<>();
        Section.entries(value, problems)
                .flatMap(mapping ->
                        Section.of(value, problems, List.copyOf(mapping.values().keySet())))
                .ifPresent(section -> ((Mapping) value).values().forEach((name, factor) -> {
                    Optional<Modality> modality = Section.modality(factor, name, problems);
                    Optional<Double> number = section.number(name, 0, 1);
                    if (modality.isPresent() && number.isPresent()) {
                        factors.put(modality.get(), number.get());
                    }
                }));
        return factors;
    }

    /** Named factor settings in file order. */
    Map<String, FactorSettings> presets(@Nullable YamlValue value) {
        Map<String, FactorSettings> presets = new LinkedHashMap<>();
        if (value != null) {
            Section.entries(value, problems)
                    .ifPresent(mapping -> mapping.values().forEach((name, preset) -> {
                        if (!ConfigurationReader.isLabel(name)) {
                            problems.add(
                                    problems.line(preset.key()),
                                    preset.key(),
                                    ConfigurationReader.notALabel("preset", name));
                        }
                        Map<String, Map<Modality, Double>> byBond = new LinkedHashMap<>();
                        Section.entries(preset, problems)
                                .ifPresent(bonds -> bonds.values()
                                        .forEach((bond, factors) -> byBond.put(bond, factors(factors, problems))));
                        presets.put(name, new FactorSettings(byBond));
                    }));
        }
        return presets;
    }
}
