package dev.freebind.bonds.configuration;

import dev.freebind.api.Modality;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.bonds.product.FactorSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A configuration file, or the {@code space.yaml} of a bound space, as a value: what the user wrote, with defaults filled in.
 *
 * @param file where it was read
 * @param name the name of the whole
 * @param seed decides every random choice
 * @param spaces the pre-trained spaces by name, in file order
 * @param corpora the unpaired corpora by name, in file order
 * @param bonds the bonds by name, in file order
 * @param presets named factor settings, in file order
 * @param evaluation the tasks, in file order
 * @param lines where each key stands in the file, for messages
 */
public record Configuration(
        Path file,
        String name,
        long seed,
        Map<String, SpaceDeclaration> spaces,
        Map<String, Corpus> corpora,
        Map<String, Bond> bonds,
        Map<String, FactorSettings> presets,
        List<EvaluationTask> evaluation,
        KeyLines lines) {

    /** Copies, keeping file order. */
    public Configuration {
        spaces = inOrder(spaces);
        corpora = inOrder(corpora);
        bonds = inOrder(bonds);
        presets = inOrder(presets);
        evaluation = List.copyOf(evaluation);
    }

    /** A configuration that was not read from a file, so that no key has a line. */
    public Configuration(
            Path file,
            String name,
            long seed,
            Map<String, SpaceDeclaration> spaces,
            Map<String, Corpus> corpora,
            Map<String, Bond> bonds,
            Map<String, FactorSettings> presets,
            List<EvaluationTask> evaluation) {
        this(file, name, seed, spaces, corpora, bonds, presets, evaluation, KeyLines.UNKNOWN);
    }

    private static <K, V> Map<K, V> inOrder(Map<K, V> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }

    /**
     * The two sides of every tuned space's pairs, as corpora named {@code <bond>/<modality>}: a corpus of the file cannot have
     * such a name.
     */
    public Map<String, Corpus> pairs() {
        Map<String, Corpus> pairs = new LinkedHashMap<>();
        for (Bond bond : bonds.values()) {
            if (bond instanceof TunedSpace tuned) {
                tuned.pairs().forEach((modality, data) -> {
                    String corpus = tuned.pairs(modality);
                    pairs.put(corpus, new Corpus(corpus, modality, data));
                });
            }
        }
        return pairs;
    }

    /** A problem of this configuration, with the line of the key or of the nearest key around it. */
    public Problem problem(String key, String message) {
        return new Problem(file, lines.line(key), key, message);
    }

    /** The same with other tasks. */
    public Configuration with(List<EvaluationTask> tasks) {
        return new Configuration(file, name, seed, spaces, corpora, bonds, presets, tasks, lines);
    }

    /**
     * The same with the dimensions that encoders told, by space name; spaces whose dimension was given keep it.
     *
     * @throws InvalidConfigurationException naming every space whose given dimension is another than its encoder's
     */
    public Configuration withEncoderDimensions(Map<String, Integer> dimensions) {
        Map<String, SpaceDeclaration> known = new LinkedHashMap<>(spaces);
        List<Problem> problems = new ArrayList<>();
        known.replaceAll((space, declared) -> {
            Integer told = dimensions.get(space);
            if (told == null || declared.dimension() == told) {
                return declared;
            }
            if (declared.dimension() != 0) {
                problems.add(problem(
                        "spaces." + space + ".dimension",
                        "is " + declared.dimension() + ", but the encoder '" + declared.encoder() + "' gives dimension "
                                + told));
            }
            return declared.withDimension(told);
        });
        if (!problems.isEmpty()) {
            throw new InvalidConfigurationException(problems);
        }
        return new Configuration(file, name, seed, known, corpora, bonds, presets, evaluation, lines);
    }

    /** The same with further presets; those of a name that there is already take its place. */
    public Configuration withPresets(Map<String, FactorSettings> further) {
        Map<String, FactorSettings> all = new LinkedHashMap<>(presets);
        all.putAll(further);
        return new Configuration(file, name, seed, spaces, corpora, bonds, all, evaluation, lines);
    }

    /**
     * A pre-trained space.
     *
     * @param name the space
     * @param modalities what it embeds, in file order
     * @param dimension length of its embeddings; 0 if the encoder tells
     * @param hub the modality its encoders were trained against; null where not given (see {@code BondGraph.hub} for the
     *     default)
     * @param encoder the provider's name; null for a space of embedding files only
     * @param options the provider's options as written ({@code ${VAR}} unexpanded), in file order
     * @param expandedOptions the same with variables expanded: what the provider gets
     * @param folder where relative paths among the options start
     */
    public record SpaceDeclaration(
            String name,
            List<Modality> modalities,
            int dimension,
            @Nullable Modality hub,
            @Nullable String encoder,
            Map<String, String> options,
            Map<String, String> expandedOptions,
            Path folder) {

        /** Copies, keeping file order. */
        public SpaceDeclaration {
            modalities = List.copyOf(modalities);
            options = inOrder(options);
            expandedOptions = inOrder(expandedOptions);
        }

        /** A space whose options contain no variables and no relative paths. */
        public SpaceDeclaration(
                String name,
                List<Modality> modalities,
                int dimension,
                @Nullable Modality hub,
                @Nullable String encoder,
                Map<String, String> options) {
            this(name, modalities, dimension, hub, encoder, options, options, Path.of(""));
        }

        /** The same with this encoder; null for none. */
        public SpaceDeclaration withEncoder(@Nullable String provider) {
            return new SpaceDeclaration(name, modalities, dimension, hub, provider, options, expandedOptions, folder);
        }

        /** The same with another dimension. */
        public SpaceDeclaration withDimension(int length) {
            return new SpaceDeclaration(name, modalities, length, hub, encoder, options, expandedOptions, folder);
        }
    }

    /**
     * Unpaired items of one modality, embedded by every space that knows it, in the same row order.
     *
     * @param name the corpus
     * @param modality of all its items
     * @param kind of a text corpus, what its texts describe: {@code audio} for audio captions, {@code image} for image captions;
     *     null where not given. Language decoupling turns them to the sources that know that modality.
     * @param expectedRows how many there will be, for a plan before the embeddings are there; 0 where not given
     * @param data where items and embeddings are
     */
    public record Corpus(
            String name, Modality modality, @Nullable Modality kind, long expectedRows, ItemData data) {

        /** The same items with other embeddings. */
        public Corpus with(ItemData other) {
            return new Corpus(name, modality, kind, expectedRows, other);
        }

        /** A corpus of nothing in particular. */
        public Corpus(String name, Modality modality, ItemData data) {
            this(name, modality, null, 0, data);
        }
    }

    /**
     * Raw items, their embeddings, or both.
     *
     * @param items the raw items; null if there are only embeddings
     * @param embeddings embedding files by space name, in file order; with raw items also the files that encoding will write
     */
    public record ItemData(@Nullable RawItems items, Map<String, EmbeddingFiles> embeddings) {
        /** Copies, keeping file order. */
        public ItemData {
            embeddings = inOrder(embeddings);
        }
    }

    /**
     * Raw items, as the configuration names them; what a path stands for depends on the modality (see {@code
     * docs/assemble-a-space.md}).
     *
     * @param path a file that lists items, a file or glob of items, or a folder
     * @param column the column of a table, the field of JSON lines or the extension of an archive's members that holds the
     *     items; null where the modality decides
     */
    public record RawItems(ResourcePath path, @Nullable String column) {}

    /**
     * One or more npy files, read as one.
     *
     * @param files files, globs or clip-retrieval folders, in order
     */
    public record EmbeddingFiles(List<ResourcePath> files) {
        /** Copies. */
        public EmbeddingFiles {
            files = List.copyOf(files);
        }
    }
}
