package dev.freebind.bonds.configuration;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionSettings;
import dev.freebind.bonds.collection.CollectionSettings.ExplicitStep;
import dev.freebind.bonds.collection.CollectionSettings.Weights;
import dev.freebind.bonds.configuration.YamlValue.Mapping;
import dev.freebind.bonds.configuration.YamlValue.Scalar;
import dev.freebind.bonds.configuration.YamlValue.Sequence;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.Displacement;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.graph.TrainingSettings.Storage;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.bonds.projector.Mixture;
import dev.freebind.bonds.projector.Subset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads {@code bonds}, {@code defaults} and {@code presets}, with the paper's values where nothing is given. */
final class BondReader {

    private static final List<String> TRAINING_KEYS = List.of(
            "epochs",
            "batch",
            "learning-rate",
            "temperature",
            "hidden",
            "mixture",
            "hold-out",
            "early-stop",
            "storage");

    private static final Map<String, Storage> STORAGE = choices("float32", Storage.FLOAT32, "float16", Storage.FLOAT16);
    private static final Map<String, Weights> WEIGHTS = choices("own", Weights.OWN, "expert", Weights.EXPERT);

    private final ProblemList problems;

    BondReader(ProblemList problems) {
        this.problems = problems;
    }

    private static <T> Map<String, T> choices(String first, T firstChoice, String second, T secondChoice) {
        Map<String, T> choices = new LinkedHashMap<>();
        choices.put(first, firstChoice);
        choices.put(second, secondChoice);
        return choices;
    }

    /** Values of {@code train}, null where not given. */
    private record Given(
            @Nullable Integer epochs,
            @Nullable Integer batch,
            @Nullable Double learningRate,
            @Nullable Double temperature,
            @Nullable Integer hidden,
            @Nullable Mixture mixture,
            @Nullable Double holdOut,
            @Nullable Integer earlyStop,
            @Nullable Storage storage) {

        static final Given NOTHING = new Given(null, null, null, null, null, null, null, null, null);

        Given orElse(Given other) {
            return new Given(
                    epochs != null ? epochs : other.epochs,
                    batch != null ? batch : other.batch,
                    learningRate != null ? learningRate : other.learningRate,
                    temperature != null ? temperature : other.temperature,
                    hidden != null ? hidden : other.hidden,
                    mixture != null ? mixture : other.mixture,
                    holdOut != null ? holdOut : other.holdOut,
                    earlyStop != null ? earlyStop : other.earlyStop,
                    storage != null ? storage : other.storage);
        }

        TrainingSettings settings(int paperEpochs) {
            return new TrainingSettings(
                    epochs != null ? epochs : paperEpochs,
                    batch != null ? batch : 4096,
                    learningRate != null ? learningRate : 1e-3,
                    temperature != null ? temperature : 0.02,
                    hidden != null ? hidden : 2048,
                    mixture != null ? mixture : new Mixture.All(),
                    holdOut != null ? holdOut : 0,
                    earlyStop != null ? earlyStop : 0,
                    storage != null ? storage : Storage.FLOAT32);
        }
    }

    /**
     * The bonds in file order; one that cannot be understood is left out.
     *
     * @param defaults the value of {@code defaults}; null if there is none
     * @param unreadable gets the names of bonds that are left out
     */
    Map<String, Bond> read(@Nullable YamlValue bonds, @Nullable YamlValue defaults, Set<String> unreadable) {
        Given common = defaults == null ? Given.NOTHING : defaults(defaults);
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

    /** Values stand under {@code defaults} itself, or under its {@code train} as in a bond. */
    private Given defaults(YamlValue value) {
        List<String> keys = new ArrayList<>(TRAINING_KEYS);
        keys.add("train");
        return Section.of(value, problems, keys)
                .map(section -> {
                    Given direct = training(section);
                    YamlValue nested = section.value("train");
                    return nested == null ? direct : direct.orElse(training(nested));
                })
                .orElse(Given.NOTHING);
    }

    private Optional<Bond> bond(String name, YamlValue value, Given common) {
        if (!EmbeddingSpace.isName(name)) {
            problems.add(problems.line(value.key()), value.key(), ConfigurationReader.notAName("bond", name));
        }
        return Section.of(
                        value,
                        problems,
                        List.of("displace", "combine", "into", "factors", "weights", "collect", "train"))
                .flatMap(section -> bond(name, section, common));
    }

    private Optional<Bond> bond(String name, Section section, Given common) {
        Map<Modality, Double> factors =
                section.value("factors") == null ? Map.of() : factors(section.value("factors"), problems);
        CollectionSettings collection = collection(section.value("collect"));
        YamlValue train = section.value("train");
        Given given = (train == null ? Given.NOTHING : training(train)).orElse(common);
        Optional<String> into = section.text("into", "the name of a space or bond");
        if (!section.has("into")) {
            section.missing("into", "the space that is projected into");
        }
        if (section.has("displace") == section.has("combine")) {
            section.problem(
                    "",
                    section.has("combine")
                            ? "there are both 'displace' and 'combine'; a bond does one of them"
                            : "'displace' or 'combine' is missing: give displace: SPACE or combine: [SPACE, …]");
            return Optional.empty();
        }
        if (section.has("displace")) {
            if (section.has("weights")) {
                section.problem(
                        "weights", "only a combination weighs experts among each other; a displacement has one");
            }
            Optional<String> displaced = section.text("displace", "the name of a space or bond");
            return displaced.isEmpty() || into.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Displacement(
                            name, displaced.get(), into.get(), factors, collection, given.settings(5)));
        }
        Map<String, Double> weights = weights(section);
        Optional<List<String>> experts = section.texts("combine", "a list of spaces or bonds such as [at1, at2]");
        if (experts.isPresent() && experts.get().isEmpty()) {
            section.problem("combine", "is an empty list; name at least one expert");
            return Optional.empty();
        }
        return experts.isEmpty() || into.isEmpty()
                ? Optional.empty()
                : Optional.of(new Combination(
                        name, experts.get(), into.get(), weights, factors, collection, given.settings(20)));
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

    private Given training(YamlValue value) {
        return Section.of(value, problems, TRAINING_KEYS).map(this::training).orElse(Given.NOTHING);
    }

    private Given training(Section section) {
        Given given = new Given(
                section.integer("epochs", 1, 1_000_000).orElse(null),
                section.integer("batch", 2, 1 << 20).orElse(null),
                section.positive("learning-rate").orElse(null),
                section.positive("temperature").orElse(null),
                section.integer("hidden", 1, 1 << 20).orElse(null),
                mixture(section.value("mixture")).orElse(null),
                section.number("hold-out", 0, 0.5).orElse(null),
                section.integer("early-stop", 0, 1_000_000).orElse(null),
                section.choice("storage", STORAGE).orElse(null));
        return given;
    }

    private Optional<Mixture> mixture(@Nullable YamlValue value) {
        String what = "all, joint, or a list of lists of modalities such as [[text], [text, image]]";
        if (value instanceof Scalar scalar && !scalar.isNull()) {
            if (scalar.text().equals("all")) {
                return Optional.of(new Mixture.All());
            }
            if (scalar.text().equals("joint")) {
                return Optional.of(new Mixture.Joint());
            }
        }
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof Sequence sequence) || sequence.values().isEmpty()) {
            Section.expected(value, what, problems);
            return Optional.empty();
        }
        List<Subset> subsets = new ArrayList<>();
        boolean whole = true;
        for (YamlValue element : sequence.values()) {
            Optional<Subset> subset = Section.modalities(element, problems).map(Subset::of);
            whole &= subset.isPresent();
            if (subset.isPresent() && subsets.contains(subset.get())) {
                problems.add(element.line(), element.key(), "subset " + subset.get() + " is listed twice");
            } else {
                subset.ifPresent(subsets::add);
            }
        }
        return whole ? Optional.of(new Mixture.Listed(subsets)) : Optional.empty();
    }

    private CollectionSettings collection(@Nullable YamlValue value) {
        CollectionSettings paper = new CollectionSettings(0.01, null, null);
        if (value == null) {
            return paper;
        }
        return Section.of(value, problems, List.of("temperature", "weights", "plan"))
                .map(section -> {
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
                            section.positive("temperature").orElse(paper.temperature()),
                            section.choice("weights", WEIGHTS).orElse(null),
                            plan);
                })
                .orElse(paper);
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
