package dev.freebind.bonds.configuration;

import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.TrainingReader.Given;
import dev.freebind.bonds.graph.LearningRateSchedule;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.bonds.graph.TuningSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads a bond with {@code tune}. */
final class TuningReader {

    private static final List<String> KEYS = List.of(
            "epochs",
            "batch",
            "accumulate",
            "learning-rate",
            "schedule",
            "warm-up",
            "temperature",
            "hold-out",
            "early-stop",
            "encoder",
            "drop-path");

    private static final Map<String, LearningRateSchedule> SCHEDULES = schedules();
    private static final Map<String, Boolean> FLAGS = flags();

    private final ItemDataReader data;
    private final boolean trainedHere;
    private final ProblemList problems;

    /** Pairs are asked for where something is trained: a configuration without corpora describes what was trained elsewhere. */
    TuningReader(ItemDataReader data, boolean trainedHere, ProblemList problems) {
        this.data = data;
        this.trainedHere = trainedHere;
        this.problems = problems;
    }

    private static Map<String, LearningRateSchedule> schedules() {
        Map<String, LearningRateSchedule> schedules = new LinkedHashMap<>();
        schedules.put("cosine", LearningRateSchedule.COSINE);
        schedules.put("constant", LearningRateSchedule.CONSTANT);
        return schedules;
    }

    private static Map<String, Boolean> flags() {
        Map<String, Boolean> flags = new LinkedHashMap<>();
        flags.put("true", true);
        flags.put("false", false);
        return flags;
    }

    /**
     * The tuned space; empty if it cannot be understood.
     *
     * @param common values of {@code defaults}
     */
    Optional<TunedSpace> read(String name, Section section, Given common) {
        Optional<String> tuned = section.text("tune", "the name of a displacement");
        Optional<Modality> modality = modality(section, "modality", "the modality that is tuned");
        Optional<Modality> against = modality(section, "against", "the modality it is tuned against");
        TuningSettings settings = settings(section.value("train"), common);
        Optional<Map<Modality, ItemData>> pairs = modality.isEmpty() || against.isEmpty()
                ? Optional.empty()
                : pairs(name, section, modality.get(), against.get());
        return tuned.isEmpty() || pairs.isEmpty()
                ? Optional.empty()
                : Optional.of(new TunedSpace(
                        name, tuned.get(), modality.orElseThrow(), against.orElseThrow(), pairs.get(), settings));
    }

    private static Optional<Modality> modality(Section section, String key, String what) {
        if (!section.has(key)) {
            section.missing(key, what);
        }
        return section.modality(key);
    }

    private Optional<Map<Modality, ItemData>> pairs(String name, Section section, Modality modality, Modality against) {
        YamlValue value = section.value("pairs");
        if (value == null && !trainedHere) {
            return Optional.of(Map.of());
        }
        if (value == null) {
            section.missing(
                    "pairs",
                    "row-aligned data of both, for example {" + modality + ": {embeddings: {…}}, " + against
                            + ": {embeddings: {…}}}");
            return Optional.empty();
        }
        List<Modality> both = List.of(modality, against);
        return Section.of(
                        value,
                        problems,
                        both.stream().map(Modality::name).distinct().toList())
                .map(sides -> {
                    Map<Modality, ItemData> pairs = new TreeMap<>();
                    for (Modality side : both) {
                        YamlValue given = sides.value(side.name());
                        if (given == null) {
                            sides.missing(side.name(), "pairs need both modalities");
                        } else {
                            Section.of(given, problems, ItemDataReader.KEYS)
                                    .ifPresent(items -> pairs.put(side, data.read(items, side, name + "-" + side)));
                        }
                    }
                    return pairs;
                });
    }

    /** Nothing of this is published but the drop path; a pre-trained encoder wants smaller steps and less at a time. */
    private TuningSettings settings(@Nullable YamlValue value, Given common) {
        Optional<Section> section = value == null ? Optional.empty() : Section.of(value, problems, KEYS);
        boolean encoder = section.flatMap(s -> s.choice("encoder", FLAGS)).orElse(false);
        return new TuningSettings(
                section.flatMap(s -> s.integer("epochs", 1, 1_000_000))
                        .orElse(common.epochs() != null ? common.epochs() : 5),
                section.flatMap(s -> s.integer("batch", 2, 1 << 20))
                        .orElse(encoder ? 64 : common.batch() != null ? common.batch() : 4096),
                section.flatMap(s -> s.integer("accumulate", 1, 1 << 20)).orElse(1),
                section.flatMap(s -> s.positive("learning-rate")).orElse(encoder ? 1e-5 : 1e-4),
                section.flatMap(s -> s.choice("schedule", SCHEDULES)).orElse(LearningRateSchedule.COSINE),
                section.flatMap(s -> s.number("warm-up", 0, 0.9)).orElse(0.05),
                section.flatMap(s -> s.positive("temperature"))
                        .orElse(common.temperature() != null ? common.temperature() : 0.02),
                section.flatMap(s -> s.number("hold-out", 0, 0.5))
                        .orElse(common.holdOut() != null ? common.holdOut() : 0),
                section.flatMap(s -> s.integer("early-stop", 0, 1_000_000))
                        .orElse(common.earlyStop() != null ? common.earlyStop() : 0),
                encoder,
                section.flatMap(s -> s.number("drop-path", 0, 0.9)).orElse(0.1));
    }
}
