package dev.freebind.formats.checkpoint;

import dev.freebind.api.InvalidRequestException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which tensors of a file belong to the model, and what to take off their names.
 *
 * @param dictionary path of the dictionary that holds the model's tensors, keys joined by dots; empty for everything; null to
 *     find it: the file itself if tensors are directly in it, or else the first of {@link #USUAL_DICTIONARIES} that it has
 * @param prefix what is taken off every name, with its dot, an error if a name lacks it; empty for nothing; null to take
 *     {@value #WRAPPER_PREFIX} off, which data-parallel training adds, if every name has it
 */
public record TensorSelection(
        @Nullable String dictionary, @Nullable String prefix) {

    /** Where training scripts usually put a model's tensors beside their other state. */
    public static final List<String> USUAL_DICTIONARIES = List.of("state_dict", "model_state_dict", "model");

    /** What data-parallel training puts in front of every name. */
    public static final String WRAPPER_PREFIX = "module.";

    /** Finds dictionary and prefix itself. */
    public static final TensorSelection AUTOMATIC = new TensorSelection(null, null);

    /** Everything under its full name. */
    public static final TensorSelection EVERYTHING = new TensorSelection("", "");

    /**
     * Checks.
     *
     * @throws InvalidRequestException if the prefix is not empty and does not end in a dot, or the dictionary does
     */
    public TensorSelection {
        if (prefix != null && !prefix.isEmpty() && !prefix.endsWith(".")) {
            throw new InvalidRequestException("prefix '" + prefix + "' of tensor names must end with '.'");
        }
        if (dictionary != null && dictionary.endsWith(".")) {
            throw new InvalidRequestException("dictionary '" + dictionary + "' of tensors must not end with '.'");
        }
    }

    /** This selection with a given dictionary. */
    public TensorSelection inDictionary(String path) {
        return new TensorSelection(path, prefix);
    }

    /** This selection with a given prefix to take off. */
    public TensorSelection withoutPrefix(String taken) {
        return new TensorSelection(dictionary, taken);
    }
}
