package dev.freebind.encoding.output;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DatabindException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.freebind.api.DataException;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.FileErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What encoded embeddings are and what they were made from: the JSON file beside them. The same items, encoder and options give
 * the same bytes.
 *
 * @param schema 1
 * @param space the space
 * @param modality the modality
 * @param dimension length of every row
 * @param dtype {@code float32} or {@code float16}
 * @param rows rows of all shards together
 * @param items items they stand for: rows and skipped items
 * @param complete whether these are all items; false while encoding goes on, and if only the first were asked for
 * @param encoder what made them
 * @param freebind the version of this software that wrote them
 * @param encoderFingerprint of the encoder's options and the files they name; empty if a file was not there to be read
 * @param layout how the files are arranged; null outside of folders
 * @param shardItems items of each shard but the last
 * @param shards the shards in row order
 * @param skipped items that could not be encoded and have no row, in order
 * @param sha256 of the file, where all shards are in one file; null elsewhere
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record EncodingManifest(
        int schema,
        String space,
        String modality,
        int dimension,
        String dtype,
        long rows,
        long items,
        boolean complete,
        EncoderUsed encoder,
        String freebind,
        String encoderFingerprint,
        @Nullable Layout layout,
        int shardItems,
        List<Shard> shards,
        List<Skipped> skipped,
        @Nullable String sha256) {

    /** The schema written here. */
    public static final int SCHEMA = 1;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    /** Copies. */
    public EncodingManifest {
        shards = List.copyOf(shards);
        skipped = List.copyOf(skipped);
    }

    /**
     * The encoder that made the rows.
     *
     * @param name the provider
     * @param version the provider's version
     * @param options as the configuration has them, variables unexpanded
     */
    public record EncoderUsed(String name, String version, Map<String, String> options) {
        /** Copies and sorts. */
        public EncoderUsed {
            options = new TreeMap<>(options);
        }
    }

    /**
     * Consecutive rows.
     *
     * @param file the file they are in, beside the manifest or below its folder
     * @param firstItem number of the first item, from 0
     * @param items how many items they stand for
     * @param rows how many rows there are: items but those skipped
     * @param itemsFingerprint of the items
     * @param sha256 of the file; null if other shards are in it too
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Shard(
            String file,
            long firstItem,
            int items,
            int rows,
            String itemsFingerprint,
            @Nullable String sha256) {}

    /**
     * An item without a row.
     *
     * @param item its number, from 0
     * @param label what messages call it
     * @param reason what is wrong with it
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Skipped(long item, String label, String reason) {}

    /**
     * Reads a manifest of encoding.
     *
     * @return empty if there is no such file, or it is a manifest of something else
     * @throws DataException if it is damaged, or was written by a newer version
     */
    public static Optional<EncodingManifest> read(Path file) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode tree = JSON.readTree(file.toFile());
            if (!tree.has("encoder-fingerprint")) {
                return Optional.empty();
            }
            if (tree.path("schema").asInt() != SCHEMA) {
                throw new DataException(file + ": has schema " + tree.path("schema") + ", this version reads " + SCHEMA
                        + "; encode again, or use the version that wrote it");
            }
            return Optional.of(JSON.treeToValue(tree, EncodingManifest.class));
        } catch (DatabindException e) {
            throw new DataException(
                    file + ": is damaged: " + e.getOriginalMessage() + "; remove it to encode again", e);
        } catch (JsonProcessingException e) {
            throw new DataException(
                    file + ": is damaged: " + e.getOriginalMessage() + "; remove it to encode again", e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e);
        }
    }

    /** Writes it, whole or not at all. */
    public void write(Path file) {
        try {
            AtomicFile.writeString(file, JSON.writeValueAsString(this) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
