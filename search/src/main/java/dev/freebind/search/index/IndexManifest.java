package dev.freebind.search.index;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.formats.FileErrors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an index says about itself in {@code index.json}.
 *
 * @param name what results and queries call the gallery
 * @param modality what the items are
 * @param space the space that they are embedded in
 * @param dimension of that space
 * @param rows how many items
 * @param factors factors that take the place of the configured ones, as {@code --factors} reads them; empty for none
 * @param without experts that were left out, as {@code --without} reads them
 * @param projectors the projectors that took part, as {@code --projectors} reads them
 * @param fingerprint of the space when the index was made; queries must come from the same
 * @param base the folder that relative paths of the metadata start at, absolute; null if there is none
 * @param media the only folder that files may be shown of, absolute; null for none
 * @param freebind the version that made the index
 */
public record IndexManifest(
        String name,
        Modality modality,
        String space,
        int dimension,
        long rows,
        String factors,
        List<String> without,
        String projectors,
        String fingerprint,
        @Nullable Path base,
        @Nullable Path media,
        String freebind) {

    static final String FILE = "index.json";

    private static final int SCHEMA = 1;
    private static final int LONGEST = 1 << 20;

    /** Copies. */
    public IndexManifest {
        without = List.copyOf(without);
        if (!EmbeddingSpace.isName(name)) {
            throw new InvalidRequestException(
                    "'" + name + "' cannot be an index's name: use lower-case letters, digits,"
                            + " '.', '_' and '-', starting with a letter or digit");
        }
    }

    /** The same, but showing files of another folder. */
    IndexManifest withMedia(@Nullable Path folder) {
        return new IndexManifest(
                name,
                modality,
                space,
                dimension,
                rows,
                factors,
                without,
                projectors,
                fingerprint,
                base,
                folder,
                freebind);
    }

    /** As JSON. */
    String json() {
        ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode json = mapper.createObjectNode();
        json.put("schema", SCHEMA)
                .put("name", name)
                .put("modality", modality.name())
                .put("space", space)
                .put("dimension", dimension)
                .put("rows", rows)
                .put("factors", factors);
        without.forEach(json.putArray("without")::add);
        json.put("projectors", projectors)
                .put("fingerprint", fingerprint)
                .put("base", base == null ? null : base.toString())
                .put("media", media == null ? null : media.toString())
                .put("freebind", freebind);
        try {
            return mapper.writeValueAsString(json) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Reads the manifest of an index.
     *
     * @throws InvalidRequestException if the folder is no index
     * @throws DataException if the manifest is damaged
     */
    public static IndexManifest read(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw new InvalidRequestException(
                    folder + " is not an index: it has no " + FILE + "; make one with 'freebind index'");
        }
        try {
            if (Files.size(file) > LONGEST) {
                throw new DataException(file + ": is too large for the manifest of an index");
            }
            return parse(new ObjectMapper().readTree(Files.readString(file, StandardCharsets.UTF_8)), file);
        } catch (JsonProcessingException e) {
            throw new DataException(
                    file + ":" + e.getLocation().getLineNr() + ": is damaged, this is not JSON; make the index again",
                    e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e);
        }
    }

    private static IndexManifest parse(JsonNode json, Path file) {
        if (json.path("schema").asInt() != SCHEMA) {
            throw new DataException(file + ": schema " + json.path("schema") + " is not known; this program reads "
                    + SCHEMA + ", so make the index again");
        }
        List<String> without = new ArrayList<>();
        json.path("without").forEach(expert -> without.add(expert.asText()));
        try {
            return new IndexManifest(
                    text(json, "name", file),
                    new Modality(text(json, "modality", file)),
                    text(json, "space", file),
                    (int) number(json, "dimension", Integer.MAX_VALUE, file),
                    number(json, "rows", Long.MAX_VALUE, file),
                    text(json, "factors", file),
                    without,
                    text(json, "projectors", file),
                    text(json, "fingerprint", file),
                    path(json, "base"),
                    path(json, "media"),
                    text(json, "freebind", file));
        } catch (InvalidRequestException | java.nio.file.InvalidPathException e) {
            throw new DataException(file + ": " + e.getMessage(), e);
        }
    }

    private static @Nullable Path path(JsonNode json, String field) {
        return json.path(field).isTextual() ? Path.of(json.path(field).textValue()) : null;
    }

    private static String text(JsonNode json, String field, Path file) {
        if (!json.path(field).isTextual()) {
            throw new DataException(file + ": '" + field + "' is missing or not a text; make the index again");
        }
        return json.path(field).textValue();
    }

    private static long number(JsonNode json, String field, long most, Path file) {
        JsonNode value = json.path(field);
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < 0
                || value.longValue() > most) {
            throw new DataException(file + ": '" + field + "' is " + value
                    + ", not a whole number from 0 on; make the index" + " again");
        }
        return value.longValue();
    }
}
