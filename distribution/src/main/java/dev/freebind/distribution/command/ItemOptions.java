package dev.freebind.distribution.command;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The items that a command takes into a bound space: raw, with options of the encoders, or as embeddings of leaf spaces. */
final class ItemOptions {

    @Option(names = "--modality", paramLabel = "M", required = true, description = "The items' modality.")
    private String modality = "";

    @ArgGroup(multiplicity = "1")
    private Input input = new Input();

    /** Exactly one of the two. */
    static final class Input {
        @Option(
                names = "--items",
                paramLabel = "FILE",
                required = true,
                description =
                        "Raw items: a text file with one in each line (a text, or a path relative to the file), a table, a"
                                + " pattern or a folder, as 'items:' of a configuration.")
        private @Nullable Path items;

        @Option(
                names = "--embeddings",
                paramLabel = "SPACE=FILE.npy",
                required = true,
                description =
                        "The items' embeddings in a leaf space, a file, a glob or a folder of clip-retrieval; once for"
                                + " every leaf that is needed.")
        private Map<String, String> embeddings = Map.of();
    }

    @Option(
            names = "--option",
            paramLabel = "SPACE.KEY=VALUE",
            description = "An encoder option for --items, in place of the configured one; may be repeated.")
    private Map<String, String> options = Map.of();

    /** What the items are. */
    Modality modality() {
        return new Modality(modality);
    }

    /** Where raw items are listed; null if embeddings are given. */
    @Nullable
    Path raw() {
        return input.items;
    }

    /** Files of embeddings by space; empty if raw items are given. */
    Map<String, String> embeddings() {
        return input.embeddings;
    }

    /**
     * Encoder options by leaf space and key.
     *
     * @throws InvalidRequestException if there are some but no raw items, or one is not written as it must be
     */
    Map<String, Map<String, String>> encoderOptions() {
        if (input.items == null && !options.isEmpty()) {
            throw new InvalidRequestException("--option sets up encoders, which --embeddings does not use;"
                    + " give --items, or leave --option out");
        }
        return EncoderOptionValues.bySpace(options);
    }
}
