package dev.freebind.api;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A space of embeddings: a name, a dimension and the modalities that can be embedded into it.
 *
 * @param name lower-case letters, digits, dots, dashes and underscores, starting with a letter or digit (it becomes a
 *     folder)
 * @param dimension length of every embedding, at least 1
 * @param modalities the modalities in declaration order, at least one, none twice
 */
public record EmbeddingSpace(String name, int dimension, List<Modality> modalities) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]*");

    /**
     * Checks and copies.
     *
     * @throws InvalidRequestException if the name, the dimension or the modalities are not as described
     */
    public EmbeddingSpace {
        modalities = List.copyOf(modalities);
        if (!isName(name)) {
            throw new InvalidRequestException("'" + name
                    + "' is not a space name: use lower-case letters, digits, '.', '_' and '-', starting with a letter or"
                    + " digit");
        }
        if (dimension < 1) {
            throw new InvalidRequestException("space '" + name + "': dimension " + dimension + " is not positive");
        }
        if (modalities.isEmpty() || Set.copyOf(modalities).size() != modalities.size()) {
            throw new InvalidRequestException(
                    "space '" + name + "': modalities " + modalities + " must be one or more, none twice");
        }
    }

    /** Says whether a space or bond can have this name. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** Says whether this space embeds the modality. */
    public boolean knows(Modality modality) {
        return modalities.contains(modality);
    }
}
