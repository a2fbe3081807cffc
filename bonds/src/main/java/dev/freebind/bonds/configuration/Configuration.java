package dev.freebind.bonds.configuration;

import dev.freebind.api.Modality;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.product.FactorSettings;
import java.nio.file.Path;
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
 */
public record Configuration(
        Path file,
        String name,
        long seed,
        Map<String, SpaceDeclaration> spaces,
        Map<String, Corpus> corpora,
        Map<String, Bond> bonds,
        Map<String, FactorSettings> presets,
        List<EvaluationTask> evaluation) {

    /**
     * A pre-trained space.
     *
     * @param name the space
     * @param modalities what it embeds, in file order
     * @param dimension length of its embeddings; 0 if the encoder tells
     * @param hub the modality its encoders were trained against; null where not given (see {@code CollectionRule} for the
     *     default)
     * @param encoder the provider's name; null for a space of embedding files only
     * @param options the provider's options as written ({@code ${VAR}} unexpanded)
     */
    public record SpaceDeclaration(
            String name,
            List<Modality> modalities,
            int dimension,
            @Nullable Modality hub,
            @Nullable String encoder,
            Map<String, String> options) {}

    /**
     * Unpaired items of one modality, embedded by every space that knows it, in the same row order.
     *
     * @param name the corpus
     * @param modality of all its items
     * @param data where items and embeddings are
     */
    public record Corpus(String name, Modality modality, ItemData data) {}

    /**
     * Raw items, their embeddings, or both.
     *
     * @param items a file that lists the items, or a glob of files; null if there are only embeddings
     * @param embeddings embedding files by space name, in file order
     */
    public record ItemData(@Nullable ResourcePath items, Map<String, EmbeddingFiles> embeddings) {}

    /**
     * One or more npy files, read as one.
     *
     * @param files files, globs or clip-retrieval folders, in order
     */
    public record EmbeddingFiles(List<ResourcePath> files) {}
}
