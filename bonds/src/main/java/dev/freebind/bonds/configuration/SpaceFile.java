package dev.freebind.bonds.configuration;

import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionSettings;
import dev.freebind.bonds.collection.CollectionSettings.ExplicitStep;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.configuration.Configuration.EmbeddingFiles;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.configuration.EvaluationTask.Classes;
import dev.freebind.bonds.configuration.EvaluationTask.Classification;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.configuration.EvaluationTask.Tagging;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.Connection;
import dev.freebind.bonds.graph.Displacement;
import dev.freebind.bonds.graph.PseudoPairBond;
import dev.freebind.bonds.graph.Recipe;
import dev.freebind.bonds.graph.Routing;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.bonds.graph.TuningSettings;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.bonds.projector.Mixture;
import dev.freebind.formats.AtomicFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writes a configuration as the {@code space.yaml} of a bound space: every default spelt out, paths absolute with variables
 * unexpanded, so that the file means the same wherever the folder is moved. {@link ConfigurationReader} reads it back. The same
 * configuration gives the same bytes.
 */
public final class SpaceFile {

    /** The file's name in the folder of a bound space. */
    public static final String NAME = "space.yaml";

    /** The format written here; a reader refuses any other. */
    public static final int FORMAT = 1;

    static final String FORMAT_KEY = "format";
    static final String FOLDER_KEY = "folder";

    /** What needs no quotes, and is not what YAML takes for a number, a flag or nothing. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_./+-]*");

    private static final Set<String> WORDS = Set.of("null", "true", "false", "yes", "no", "on", "off");

    private final StringBuilder text = new StringBuilder();

    private SpaceFile() {}

    /**
     * Writes the file, whole or not at all.
     *
     * @param folder of the bound space
     * @throws dev.freebind.api.DataException if it cannot be written
     */
    public static void write(BondGraph graph, Path folder) {
        AtomicFile.writeString(folder.resolve(NAME), text(graph));
    }

    /** The text of the file. */
    public static String text(BondGraph graph) {
        SpaceFile file = new SpaceFile();
        file.all(graph);
        return file.text.toString();
    }

    private void all(BondGraph graph) {
        Configuration configuration = graph.configuration();
        line(0, "# A space bound by freebind; paths are absolute, factors and presets may be edited.");
        line(0, FORMAT_KEY + ": " + FORMAT);
        line(0, "name: " + quoted(configuration.name()));
        line(0, "seed: " + configuration.seed());
        configuration.spaces().values().stream()
                .findFirst()
                .filter(space -> configuration.spaces().values().stream().anyMatch(other -> other.encoder() != null))
                .ifPresent(space -> {
                    line(0, "# relative paths among encoder options, and embeddings/ for class names, start here");
                    line(
                            0,
                            FOLDER_KEY + ": "
                                    + quoted(space.folder()
                                            .toAbsolutePath()
                                            .normalize()
                                            .toString()));
                });
        line(0, "spaces:");
        configuration.spaces().values().forEach(this::space);
        if (!configuration.bonds().isEmpty()) {
            line(0, "bonds:");
            configuration.bonds().values().forEach(bond -> bond(graph, bond));
        }
        if (!configuration.presets().isEmpty()) {
            line(0, "presets:");
            configuration.presets().forEach((name, settings) -> {
                Map<String, String> bonds = new LinkedHashMap<>();
                settings.byBond().forEach((bond, factors) -> bonds.put(bond, flow(numbers(factors))));
                line(1, quoted(name) + ": " + flow(bonds));
            });
        }
        if (!configuration.corpora().isEmpty()) {
            line(0, "corpora:");
            for (Corpus corpus : configuration.corpora().values()) {
                line(1, quoted(corpus.name()) + ":");
                line(2, "modality: " + corpus.modality());
                if (corpus.kind() != null) {
                    line(2, "kind: " + corpus.kind());
                }
                if (corpus.expectedRows() > 0) {
                    line(2, "rows: " + corpus.expectedRows());
                }
                data(2, corpus.data());
            }
        }
        if (!configuration.evaluation().isEmpty()) {
            line(0, "evaluation:");
            configuration.evaluation().forEach(this::task);
        }
    }

    private void line(int depth, String content) {
        text.append("  ".repeat(depth)).append(content).append('\n');
    }

    private void space(SpaceDeclaration space) {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("modalities", names(space.modalities()));
        if (space.dimension() > 0) {
            entries.put("dimension", Integer.toString(space.dimension()));
        }
        if (space.hub() != null) {
            entries.put("hub", space.hub().name());
        }
        if (space.encoder() != null) {
            entries.put("encoder", quoted(space.encoder()));
        }
        if (!space.options().isEmpty()) {
            Map<String, String> options = new LinkedHashMap<>();
            space.options().forEach((option, value) -> options.put(option, quoted(value)));
            entries.put("options", flow(options));
        }
        line(1, quoted(space.name()) + ": " + flow(entries));
    }

    private void bond(BondGraph graph, Bond bond) {
        line(1, quoted(bond.name()) + ":");
        bond.accept(new Bond.Visitor<Void>() {
            @Override
            public Void displacement(Displacement displacement) {
                line(2, "displace: " + quoted(displacement.unified()));
                line(2, "into: " + quoted(displacement.into()));
                factors(graph, displacement);
                return collectAndTrain(displacement);
            }

            @Override
            public Void connection(Connection connection) {
                line(2, "connect: " + texts(List.of(connection.first(), connection.second())));
                line(2, "dimension: " + connection.dimension());
                factors(graph, connection);
                return collectAndTrain(connection);
            }

            @Override
            public Void combination(Combination combination) {
                line(2, "combine: " + texts(combination.experts()));
                line(2, "into: " + quoted(combination.into()));
                if (combination.routing() != null) {
                    line(2, "route: " + flow(routing(combination.routing())));
                } else {
                    if (!combination.weights().isEmpty()) {
                        line(2, "weights: " + flow(numbers(combination.weights())));
                    }
                    factors(graph, combination);
                }
                return collectAndTrain(combination);
            }

            @Override
            public Void tuned(TunedSpace tuned) {
                line(2, "tune: " + quoted(tuned.tuned()));
                line(2, "modality: " + tuned.modality());
                line(2, "against: " + tuned.against());
                if (!tuned.pairs().isEmpty()) {
                    line(2, "pairs:");
                    tuned.pairs().forEach((modality, data) -> {
                        line(3, modality + ":");
                        data(4, data);
                    });
                }
                line(2, "train: " + flow(tuning(tuned.settings())));
                return null;
            }
        });
    }

    private static Map<String, String> tuning(TuningSettings tuning) {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("epochs", Integer.toString(tuning.epochs()));
        entries.put("batch", Integer.toString(tuning.batch()));
        entries.put("accumulate", Integer.toString(tuning.accumulate()));
        entries.put("learning-rate", number(tuning.learningRate()));
        entries.put("schedule", word(tuning.schedule()));
        entries.put("warm-up", number(tuning.warmUp()));
        entries.put("temperature", number(tuning.temperature()));
        entries.put("hold-out", number(tuning.holdOut()));
        entries.put("early-stop", Integer.toString(tuning.earlyStop()));
        entries.put("encoder", Boolean.toString(tuning.encoder()));
        entries.put("drop-path", number(tuning.dropPath()));
        return entries;
    }

    private void factors(BondGraph graph, PseudoPairBond bond) {
        line(2, "factors: " + flow(numbers(FactorSettings.CONFIGURED.factors(graph, bond))));
    }

    private @Nullable Void collectAndTrain(PseudoPairBond bond) {
        Recipe recipe = bond.training().recipe();
        if (!(bond instanceof Connection) && recipe.kind() != Recipe.Kind.FREEBIND) {
            line(2, "recipe: " + recipe.kind());
        }
        collection(bond.collection());
        line(2, "train: " + flow(training(bond.training())));
        return null;
    }

    private static Map<String, String> routing(Routing routing) {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("weights", word(routing.weights()));
        Map<String, String> inputs = new LinkedHashMap<>();
        routing.inputs().forEach((modality, spaces) -> inputs.put(modality.name(), texts(spaces)));
        entries.put("input", inputs.isEmpty() ? "concat" : flow(inputs));
        entries.put("decoupling", number(routing.decoupling()));
        entries.put("epochs", Integer.toString(routing.epochs()));
        entries.put("batch", Integer.toString(routing.batch()));
        entries.put("learning-rate", number(routing.learningRate()));
        entries.put("temperature", number(routing.temperature()));
        entries.put(
                "hidden",
                list(List.of(
                        Integer.toString(routing.hidden().first()),
                        Integer.toString(routing.hidden().second()))));
        if (!routing.sharpening().isEmpty()) {
            entries.put("sharpening", flow(numbers(routing.sharpening())));
        }
        return entries;
    }

    private void collection(CollectionSettings collection) {
        line(2, "collect:");
        line(3, "tuples: " + word(collection.tuples()));
        if (collection.tuples() == CollectionSettings.Tuples.SOFT) {
            line(3, "temperature: " + number(collection.temperature()));
        }
        if (!collection.retrievers().isEmpty()) {
            Map<String, String> retrievers = new LinkedHashMap<>();
            collection.retrievers().forEach((pair, space) -> retrievers.put(pair.toString(), quoted(space)));
            line(3, "retrievers: " + flow(retrievers));
        }
        if (collection.weights() != null) {
            line(3, "weights: " + word(collection.weights()));
        }
        if (collection.plan() != null) {
            line(3, "plan:");
            for (ExplicitStep step : collection.plan()) {
                Map<String, String> entries = new LinkedHashMap<>();
                entries.put("start", step.start().name());
                entries.put("query", quoted(step.querySpace() + "." + step.queryModality()));
                entries.put("keys", quoted(step.keySpace() + "." + step.keyModality()));
                entries.put("values", texts(step.values()));
                line(4, "- " + flow(entries));
            }
        }
    }

    private static Map<String, String> training(TrainingSettings training) {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("epochs", Integer.toString(training.epochs()));
        entries.put("batch", Integer.toString(training.batch()));
        entries.put("learning-rate", number(training.learningRate()));
        entries.put("temperature", number(training.temperature()));
        entries.put("hidden", Integer.toString(training.hidden()));
        entries.put("mixture", mixture(training.mixture()));
        entries.put("hold-out", number(training.holdOut()));
        entries.put("early-stop", Integer.toString(training.earlyStop()));
        entries.put("storage", word(training.storage()));
        Recipe recipe = training.recipe();
        if (!recipe.equals(Recipe.FREEBIND)) {
            entries.put("projector", recipe.projector().name());
            entries.put("noise", number(recipe.noise()));
            if (recipe.kind() != Recipe.Kind.FREEBIND) {
                entries.put("intra-weight", number(recipe.intraWeight()));
            }
            entries.put("weight-decay", number(recipe.weightDecay()));
            entries.put("schedule", word(recipe.schedule()));
        }
        return entries;
    }

    private static String mixture(Mixture mixture) {
        if (mixture instanceof Mixture.Listed listed) {
            return list(listed.subsets().stream()
                    .map(subset -> names(subset.modalities()))
                    .toList());
        }
        return mixture instanceof Mixture.Joint ? "joint" : mixture instanceof Mixture.Shared ? "shared" : "all";
    }

    private void data(int depth, ItemData data) {
        if (data.items() != null) {
            String path = quoted(data.items().path().portable());
            String column = data.items().column();
            line(depth, "items: " + (column == null ? path : "{file: " + path + ", column: " + quoted(column) + "}"));
        }
        if (!data.embeddings().isEmpty()) {
            line(depth, "embeddings:");
            data.embeddings().forEach((space, files) -> line(depth + 1, quoted(space) + ": " + files(files)));
        }
    }

    private static String files(EmbeddingFiles files) {
        List<String> paths =
                files.files().stream().map(path -> quoted(path.portable())).toList();
        return paths.size() == 1 ? paths.get(0) : list(paths);
    }

    private void task(EvaluationTask task) {
        line(1, "- name: " + quoted(task.name()));
        if (task instanceof Retrieval retrieval) {
            line(2, "task: retrieval");
            items(retrieval);
            if (!retrieval.pairs().isEmpty()) {
                line(
                        2,
                        "pairs: "
                                + list(retrieval.pairs().stream()
                                        .map(EvaluationTask.Pair::toString)
                                        .toList()));
            }
            line(2, "recall: " + retrieval.recall());
            if (retrieval.relevance() != null) {
                line(2, "relevance: " + quoted(retrieval.relevance().portable()));
            }
        } else if (task instanceof Classification classification) {
            line(2, "task: classification");
            items(classification);
            line(2, "labels: " + quoted(classification.labels().portable()));
            classes(classification.classes());
        } else if (task instanceof Tagging tagging) {
            line(2, "task: tagging");
            items(tagging);
            line(2, "labels: " + quoted(tagging.tags().portable()));
            classes(tagging.classes());
        }
    }

    private void items(EvaluationTask task) {
        line(2, "items:");
        task.items().forEach((modality, data) -> {
            line(3, modality + ":");
            data(4, data);
        });
    }

    private void classes(Classes classes) {
        line(2, "classes:");
        if (classes instanceof Classes.Embedded embedded) {
            data(3, embedded.data());
            line(3, "per-class: " + embedded.perClass());
            if (embedded.names() != null) {
                line(3, "names: " + quoted(embedded.names().portable()));
            }
        } else if (classes instanceof Classes.Named named) {
            line(3, "names: " + quoted(named.names().portable()));
            if (named.templates() != null) {
                line(3, "templates: " + quoted(named.templates().portable()));
            }
        }
    }

    private static Map<String, String> numbers(Map<?, Double> values) {
        Map<String, String> entries = new LinkedHashMap<>();
        values.forEach((key, value) -> entries.put(key.toString(), number(value)));
        return entries;
    }

    /** The shortest decimal that is read back as the same number. */
    private static String number(double value) {
        return Double.toString(value);
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static String names(Collection<Modality> modalities) {
        return list(modalities.stream().map(Modality::name).toList());
    }

    private static String texts(List<String> values) {
        return list(values.stream().map(SpaceFile::quoted).toList());
    }

    private static String list(List<String> values) {
        return "[" + String.join(", ", values) + "]";
    }

    private static String flow(Map<String, String> entries) {
        List<String> parts = new ArrayList<>();
        entries.forEach((key, value) -> parts.add(quoted(key) + ": " + value));
        return "{" + String.join(", ", parts) + "}";
    }

    /** The text as YAML, in quotes where it needs them. */
    static String quoted(String value) {
        if (PLAIN.matcher(value).matches() && !WORDS.contains(value.toLowerCase(Locale.ROOT))) {
            return value;
        }
        StringBuilder quoted = new StringBuilder("\"");
        value.codePoints().forEach(character -> {
            if (character == '"' || character == '\\') {
                quoted.append('\\').appendCodePoint(character);
            } else if (character < ' ' || (character >= 0x7f && character < 0xa0) || character == 0xfeff) {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", character));
            } else {
                quoted.appendCodePoint(character);
            }
        });
        return quoted.append('"').toString();
    }
}
