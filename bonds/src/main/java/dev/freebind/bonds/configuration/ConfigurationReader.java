package dev.freebind.bonds.configuration;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.configuration.YamlValue.Mapping;
import dev.freebind.bonds.configuration.YamlValue.Scalar;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.FactorSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a configuration (YAML 1.2), or the {@code space.yaml} of a bound space, and reports all of its problems at once.
 *
 * <p>Nothing but the file itself is looked at: whether the files it names exist is checked later. No Java object is ever
 * constructed from what the file says.
 */
public final class ConfigurationReader {

    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    private static final List<String> KEYS = List.of(
            "name",
            "seed",
            "defaults",
            "spaces",
            "corpora",
            "bonds",
            "presets",
            "evaluation",
            SpaceFile.FORMAT_KEY,
            SpaceFile.FOLDER_KEY);

    private static final int LARGEST_DIMENSION = 1 << 20;

    private final Variables variables;

    /** Reads with the variables of the process's environment. */
    public ConfigurationReader() {
        this(System::getenv);
    }

    /** Reads with these variables, null for one that is not set. */
    public ConfigurationReader(Function<String, @Nullable String> environment) {
        variables = new Variables(environment);
    }

    /**
     * Reads the {@code space.yaml} in the folder of a bound space.
     *
     * @throws InvalidRequestException if the folder is none of a bound space, or its file is of a format this version does not
     *     know
     */
    public Configuration readBoundSpace(Path folder) {
        Path file = folder.resolve(SpaceFile.NAME);
        if (!Files.isRegularFile(file)) {
            throw new InvalidRequestException(folder
                    + (Files.isDirectory(folder)
                            ? " is not a bound space: it has no " + SpaceFile.NAME
                            : " is not a folder; name the --output folder of 'freebind bind'"));
        }
        return read(file, true);
    }

    /** Reads a file that is to become a {@code space.yaml}. */
    Configuration readSpaceFile(Path file) {
        return read(file, true);
    }

    /**
     * Reads a configuration file.
     *
     * @throws InvalidConfigurationException with all problems of the file, those of its graph included
     * @throws InvalidRequestException if there is no such file
     * @throws dev.freebind.api.DataException if it cannot be read
     */
    public Configuration read(Path file) {
        if (Files.isDirectory(file)) {
            throw new InvalidRequestException(file + " is a folder; name a configuration file");
        }
        return read(file, false);
    }

    private Configuration read(Path file, boolean ofBoundSpace) {
        ProblemList problems = new ProblemList(file);
        // The training data of a bound space may be far away from where the space is used.
        YamlValue root = YamlFile.read(file, ofBoundSpace ? variables.keepingUnset() : variables, problems);
        checkFormat(root, problems);
        Optional<Section> section = Section.of(root, problems, KEYS);
        if (section.isEmpty()) {
            problems.throwIfAny();
        }
        if (ofBoundSpace && !section.orElseThrow().has(SpaceFile.FORMAT_KEY)) {
            section.orElseThrow().missing(SpaceFile.FORMAT_KEY, "a bound space's file has format: " + SpaceFile.FORMAT);
        }
        Configuration configuration = configuration(file, section.orElseThrow(), problems);
        problems.throwIfAny();
        return configuration;
    }

    /** Another format has other keys: their complaints would only hide what is the matter. */
    private static void checkFormat(YamlValue root, ProblemList problems) {
        YamlValue format = root instanceof Mapping mapping ? mapping.values().get(SpaceFile.FORMAT_KEY) : null;
        String known = Integer.toString(SpaceFile.FORMAT);
        if (format != null && !(format instanceof Scalar scalar && scalar.text().equals(known))) {
            problems.add(
                    format.line(),
                    SpaceFile.FORMAT_KEY,
                    "is " + format.description() + ", but this version reads format " + SpaceFile.FORMAT
                            + "; the file was written by another version of freebind, use that one");
            problems.throwIfAny();
        }
    }

    private static Configuration configuration(Path file, Section root, ProblemList problems) {
        Path absolute = file.toAbsolutePath();
        Path parent = absolute.getParent() == null ? absolute : absolute.getParent();
        Path folder =
                root.text(SpaceFile.FOLDER_KEY, "a folder").map(parent::resolve).orElse(parent);
        String name = root.text("name", "a name").orElseGet(() -> withoutExtension(absolute));
        if (!isLabel(name)) {
            root.problem("name", notALabel("configuration", name));
        }
        long seed = root.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE).orElse(0L);

        Set<String> unreadable = new HashSet<>();
        Map<String, SpaceDeclaration> spaces = spaces(root, folder, problems, unreadable);
        Set<String> unreadableSpaces = Set.copyOf(unreadable);
        Set<String> bondNames = root.value("bonds") instanceof Mapping mapping
                ? Set.copyOf(mapping.values().keySet())
                : Set.of();
        ItemDataReader data = new ItemDataReader(spaces, unreadableSpaces, bondNames, folder, problems);
        BondReader bondReader = new BondReader(data, root.has("corpora"), problems);
        Set<String> unreadableBonds = new HashSet<>();
        Map<String, Bond> bonds = bondReader.read(root.value("bonds"), root.value("defaults"), unreadableBonds);
        int beforeCorpora = problems.count();
        Map<String, Corpus> corpora = corpora(root.value("corpora"), data, spaces, unreadableSpaces, problems);
        boolean corporaSound = problems.count() == beforeCorpora;
        Map<String, FactorSettings> presets = bondReader.presets(root.value("presets"));
        List<EvaluationTask> evaluation = new EvaluationReader(data, problems).read(root.value("evaluation"));

        Configuration configuration =
                new Configuration(file, name, seed, spaces, corpora, bonds, presets, evaluation, problems.lines());
        problems.addAll(BondGraph.problems(
                configuration, new BondGraph.Unreadable(unreadableSpaces, unreadableBonds, !corporaSound)));
        return configuration;
    }

    private static String withoutExtension(Path file) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        return dot < 1 ? name : name.substring(0, dot);
    }

    private static Map<String, SpaceDeclaration> spaces(
            Section root, Path folder, ProblemList problems, Set<String> unreadable) {
        Map<String, SpaceDeclaration> spaces = new LinkedHashMap<>();
        YamlValue value = root.value("spaces");
        if (value == null) {
            root.missing(
                    "spaces", "the pre-trained spaces, for example vt: {modalities: [image, text], dimension: 96}");
            return spaces;
        }
        Section.entries(value, problems)
                .ifPresent(mapping -> mapping.values().forEach((name, space) -> {
                    Optional<SpaceDeclaration> read = space(name, space, folder, problems);
                    read.ifPresentOrElse(s -> spaces.put(name, s), () -> unreadable.add(name));
                }));
        return spaces;
    }

    private static Optional<SpaceDeclaration> space(String name, YamlValue value, Path folder, ProblemList problems) {
        if (!EmbeddingSpace.isName(name)) {
            problems.add(problems.line(value.key()), value.key(), notAName("space", name));
        }
        return Section.of(value, problems, List.of("modalities", "dimension", "hub", "encoder", "options"))
                .flatMap(section -> {
                    if (!section.has("modalities")) {
                        section.missing("modalities", "what the space embeds, for example [image, text]");
                    }
                    Optional<List<Modality>> modalities = section.modalities("modalities");
                    Optional<Integer> dimension = section.integer("dimension", 1, LARGEST_DIMENSION);
                    String encoder =
                            section.text("encoder", "the name of an encoder").orElse(null);
                    if (!section.has("dimension") && !section.has("encoder")) {
                        section.missing("dimension", "the length of its embeddings");
                    }
                    if (section.has("options") && !section.has("encoder")) {
                        section.problem("options", "options are for an encoder, but none is named");
                    }
                    Map<String, String> written = new LinkedHashMap<>();
                    Map<String, String> expanded = new LinkedHashMap<>();
                    YamlValue options = section.value("options");
                    if (options != null) {
                        Section.entries(options, problems)
                                .ifPresent(mapping -> mapping.values()
                                        .forEach((option, given) -> Section.scalar(
                                                        given, "a text, number or flag", problems)
                                                .ifPresent(scalar -> {
                                                    written.put(option, scalar.written());
                                                    expanded.put(option, scalar.text());
                                                })));
                    }
                    Modality hub = section.modality("hub").orElse(null);
                    return modalities.map(known -> new SpaceDeclaration(
                            name, known, dimension.orElse(0), hub, encoder, written, expanded, folder));
                });
    }

    private static Map<String, Corpus> corpora(
            @Nullable YamlValue value,
            ItemDataReader data,
            Map<String, SpaceDeclaration> spaces,
            Set<String> unreadableSpaces,
            ProblemList problems) {
        Map<String, Corpus> corpora = new LinkedHashMap<>();
        if (value == null) {
            return corpora;
        }
        List<String> keys = new ArrayList<>(List.of("modality", "kind", "rows"));
        keys.addAll(ItemDataReader.KEYS);
        Set<Modality> known = new LinkedHashSet<>();
        spaces.values().forEach(space -> known.addAll(space.modalities()));
        Section.entries(value, problems)
                .ifPresent(mapping -> mapping.values().forEach((name, corpus) -> {
                    if (!EmbeddingSpace.isName(name)) {
                        problems.add(problems.line(corpus.key()), corpus.key(), notAName("corpus", name));
                    }
                    Section.of(corpus, problems, keys).ifPresent(section -> {
                        if (!section.has("modality")) {
                            section.missing("modality", "what its items are, one of " + known);
                        }
                        Modality modality = section.modality("modality").orElse(null);
                        if (modality != null && !known.contains(modality) && unreadableSpaces.isEmpty()) {
                            section.problem("modality", "no space knows " + modality + "; there are " + known);
                            modality = null;
                        }
                        long rows = section.whole("rows", 1, Integer.MAX_VALUE).orElse(0L);
                        Modality kind = section.modality("kind").orElse(null);
                        if (kind != null && modality != null && !modality.equals(Modality.TEXT)) {
                            section.problem(
                                    "kind",
                                    "says what texts describe, and this is a corpus of " + modality + "; leave it out");
                        } else if (kind != null && unreadableSpaces.isEmpty() && !known.contains(kind)) {
                            section.problem("kind", "no space knows " + kind + "; there are " + known);
                        }
                        ItemData read = data.read(section, modality, name);
                        if (modality != null) {
                            corpora.put(name, new Corpus(name, modality, kind, rows, read));
                        }
                    });
                }));
        return corpora;
    }

    static boolean isLabel(String name) {
        return LABEL.matcher(name).matches();
    }

    static String notALabel(String what, String name) {
        return "'" + name + "' is not a " + what
                + " name: use letters, digits, '.', '_' and '-', starting with a letter or" + " digit";
    }

    static String notAName(String what, String name) {
        return "'" + name + "' is not a " + what
                + " name: use lower-case letters, digits, '.', '_' and '-', starting with a letter or digit (it becomes a"
                + " folder)";
    }
}
