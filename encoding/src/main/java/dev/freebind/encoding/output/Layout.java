package dev.freebind.encoding.output;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.freebind.api.InvalidRequestException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** How the files of a folder are arranged. */
public enum Layout {
    /** Shards in the folder itself. */
    PLAIN("plain"),
    /** As clip-retrieval has it: shards in {@code img_emb/} or {@code text_emb/}, metadata in {@code metadata/}. */
    CLIP_RETRIEVAL("clip-retrieval");

    private final String label;

    Layout(String label) {
        this.label = label;
    }

    /** As users write it. */
    @JsonValue
    @Override
    public String toString() {
        return label;
    }

    /**
     * The layout of a name.
     *
     * @throws InvalidRequestException if there is none
     */
    @JsonCreator
    public static Layout parse(String name) {
        for (Layout layout : values()) {
            if (layout.label.equals(name)) {
                return layout;
            }
        }
        throw new InvalidRequestException("'" + name + "' is not a layout; allowed are "
                + Arrays.stream(values()).map(Layout::toString).collect(Collectors.joining(", ")));
    }
}
