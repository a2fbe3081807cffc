package dev.freebind.bonds.configuration;

import dev.freebind.bonds.configuration.YamlValue.Scalar;
import dev.freebind.bonds.configuration.YamlValue.Sequence;
import dev.freebind.bonds.graph.LearningRateSchedule;
import dev.freebind.bonds.graph.Recipe;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.graph.TrainingSettings.Storage;
import dev.freebind.bonds.projector.Mixture;
import dev.freebind.bonds.projector.ProjectorArchitecture;
import dev.freebind.bonds.projector.Subset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads {@code train} and {@code defaults}, with the paper's values where nothing is given. */
final class TrainingReader {

    private static final List<String> TRAINING_KEYS = List.of(
            "epochs",
            "batch",
            "learning-rate",
            "temperature",
            "hidden",
            "mixture",
            "hold-out",
            "early-stop",
            "storage",
            "projector",
            "noise",
            "intra-weight",
            "weight-decay",
            "schedule");

    private static final Map<String, Storage> STORAGE = storages();

    private static final Map<String, ProjectorArchitecture> PROJECTORS = projectors();
    private static final Map<String, LearningRateSchedule> SCHEDULES = schedules();

    private final ProblemList problems;

    TrainingReader(ProblemList problems) {
        this.problems = problems;
    }

    private static Map<String, Storage> storages() {
        Map<String, Storage> storages = new LinkedHashMap<>();
        storages.put("float32", Storage.FLOAT32);
        storages.put("float16", Storage.FLOAT16);
        return storages;
    }

    private static Map<String, ProjectorArchitecture> projectors() {
        Map<String, ProjectorArchitecture> projectors = new LinkedHashMap<>();
        ProjectorArchitecture.ALL.forEach(projector -> projectors.put(projector.name(), projector));
        return projectors;
    }

    private static Map<String, LearningRateSchedule> schedules() {
        Map<String, LearningRateSchedule> schedules = new LinkedHashMap<>();
        schedules.put("constant", LearningRateSchedule.CONSTANT);
        schedules.put("cosine", LearningRateSchedule.COSINE);
        return schedules;
    }

    /** Values of {@code train}, null where not given. */
    record Given(
            @Nullable Integer epochs,
            @Nullable Integer batch,
            @Nullable Double learningRate,
            @Nullable Double temperature,
            @Nullable Integer hidden,
            @Nullable Mixture mixture,
            @Nullable Double holdOut,
            @Nullable Integer earlyStop,
            @Nullable Storage storage,
            @Nullable ProjectorArchitecture projector,
            @Nullable Double noise,
            @Nullable Double intraWeight,
            @Nullable Double weightDecay,
            @Nullable LearningRateSchedule schedule) {

        static final Given NOTHING =
                new Given(null, null, null, null, null, null, null, null, null, null, null, null, null, null);

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
                    storage != null ? storage : other.storage,
                    projector != null ? projector : other.projector,
                    noise != null ? noise : other.noise,
                    intraWeight != null ? intraWeight : other.intraWeight,
                    weightDecay != null ? weightDecay : other.weightDecay,
                    schedule != null ? schedule : other.schedule);
        }

        /** FreeBind's recipe with its paper's values where nothing is given. */
        TrainingSettings settings(int paperEpochs) {
            return settings(new TrainingSettings(
                    paperEpochs, 4096, 1e-3, 0.02, 2048, new Mixture.All(), 0, 0, Storage.FLOAT32, Recipe.FREEBIND));
        }

        /**
         * A recipe with its paper's values where nothing is given; those of C-MCR and Ex-MCR are recalled rather than published.
         *
         * @param freeBindEpochs the epochs of FreeBind's recipe for this kind of bond
         */
        TrainingSettings settings(Recipe.Kind kind, int freeBindEpochs) {
            return switch (kind) {
                case FREEBIND -> settings(freeBindEpochs);
                case C_MCR ->
                    settings(new TrainingSettings(
                            36, 10240, 1e-3, 0.01, 1024, new Mixture.Shared(), 0, 0, Storage.FLOAT32, Recipe.C_MCR));
                case EX_MCR ->
                    settings(new TrainingSettings(
                            36, 4096, 1e-3, 0.05, 1024, new Mixture.Joint(), 0, 0, Storage.FLOAT32, Recipe.EX_MCR));
            };
        }

        private TrainingSettings settings(TrainingSettings paper) {
            Recipe recipe = paper.recipe();
            return new TrainingSettings(
                    epochs != null ? epochs : paper.epochs(),
                    batch != null ? batch : paper.batch(),
                    learningRate != null ? learningRate : paper.learningRate(),
                    temperature != null ? temperature : paper.temperature(),
                    hidden != null ? hidden : paper.hidden(),
                    mixture != null ? mixture : paper.mixture(),
                    holdOut != null ? holdOut : paper.holdOut(),
                    earlyStop != null ? earlyStop : paper.earlyStop(),
                    storage != null ? storage : paper.storage(),
                    new Recipe(
                            recipe.kind(),
                            projector != null ? projector : recipe.projector(),
                            noise != null ? noise : recipe.noise(),
                            intraWeight != null && recipe.kind() != Recipe.Kind.FREEBIND
                                    ? intraWeight
                                    : recipe.intraWeight(),
                            weightDecay != null ? weightDecay : recipe.weightDecay(),
                            schedule != null ? schedule : recipe.schedule()));
        }
    }

    /** Values stand under {@code defaults} itself, or under its {@code train} as in a bond. */
    Given defaults(@Nullable YamlValue value) {
        if (value == null) {
            return Given.NOTHING;
        }
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

    /** The values of {@code train}; nothing where it is not given. */
    Given training(@Nullable YamlValue value) {
        return value == null
                ? Given.NOTHING
                : Section.of(value, problems, TRAINING_KEYS).map(this::training).orElse(Given.NOTHING);
    }

    private Given training(Section section) {
        return new Given(
                section.integer("epochs", 1, 1_000_000).orElse(null),
                section.integer("batch", 2, 1 << 20).orElse(null),
                section.positive("learning-rate").orElse(null),
                section.positive("temperature").orElse(null),
                section.integer("hidden", 1, 1 << 20).orElse(null),
                mixture(section.value("mixture")).orElse(null),
                section.number("hold-out", 0, 0.5).orElse(null),
                section.integer("early-stop", 0, 1_000_000).orElse(null),
                section.choice("storage", STORAGE).orElse(null),
                section.choice("projector", PROJECTORS).orElse(null),
                section.number("noise", 0, 1).orElse(null),
                section.number("intra-weight", 0, 1000).orElse(null),
                section.number("weight-decay", 0, 1).orElse(null),
                section.choice("schedule", SCHEDULES).orElse(null));
    }

    private Optional<Mixture> mixture(@Nullable YamlValue value) {
        String what = "all, joint, shared, or a list of lists of modalities such as [[text], [text, image]]";
        if (value instanceof Scalar scalar && !scalar.isNull()) {
            if (scalar.text().equals("all")) {
                return Optional.of(new Mixture.All());
            }
            if (scalar.text().equals("joint")) {
                return Optional.of(new Mixture.Joint());
            }
            if (scalar.text().equals("shared")) {
                return Optional.of(new Mixture.Shared());
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
}
