package dev.freebind.formats.checkpoint;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.freebind.api.DataException;
import dev.freebind.formats.FileErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;

/**
 * Which file of a sharded checkpoint has which tensor: {@code pytorch_model.bin.index.json} and
 * {@code model.safetensors.index.json}, as the Hugging Face libraries write them.
 *
 * @param files file name by tensor name, in the index's order; the files lie beside the index
 */
record ShardIndex(Map<String, String> files) {

    private static final long MAX_BYTES = 1L << 26;
    private static final int MAX_SHARDS = 4096;
    private static final String WEIGHT_MAP = "weight_map";

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(16).build())
            .build();

    ShardIndex {
        files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    }

    /**
     * Reads and checks an index.
     *
     * @throws DataException if it is missing or damaged, or names a file outside its folder
     */
    static ShardIndex read(Path path) {
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new DataException(
                        path + ": the index has " + Files.size(path) + " bytes; at most " + MAX_BYTES + " are read");
            }
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
        Map<String, String> files = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(path.toFile())) {
            expect(JsonToken.START_OBJECT, parser, path);
            for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
                if (key.equals(WEIGHT_MAP)) {
                    readMap(parser, files, path);
                } else {
                    parser.nextToken();
                    parser.skipChildren();
                }
            }
        } catch (JacksonException e) {
            throw new DataException(
                    path + ": the index is damaged: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable JSON"),
                    e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
        if (files.isEmpty()) {
            throw new DataException(path + ": the index has no '" + WEIGHT_MAP + "' with names of tensors");
        }
        ShardIndex index = new ShardIndex(files);
        if (index.shards().size() > MAX_SHARDS) {
            throw new DataException(path + ": the index names " + index.shards().size() + " files; at most "
                    + MAX_SHARDS + " are read");
        }
        return index;
    }

    private static void readMap(JsonParser parser, Map<String, String> files, Path path) throws IOException {
        expect(JsonToken.START_OBJECT, parser, path);
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            expect(JsonToken.VALUE_STRING, parser, path);
            String file = parser.getText();
            if (file.isEmpty() || file.matches(".*[/\\\\:\\p{Cntrl}].*") || file.startsWith("..")) {
                throw new DataException(path + ": the index says tensor '" + name + "' is in '" + file
                        + "'; it must be the name of a file in the same folder");
            }
            files.put(name, file);
        }
    }

    private static void expect(JsonToken wanted, JsonParser parser, Path path) throws IOException {
        JsonToken found = parser.nextToken();
        if (found != wanted) {
            throw new DataException(path + ": the index has " + found + " where " + wanted + " belongs");
        }
    }

    /** The names of the files, in the order in which the index first mentions them. */
    Collection<String> shards() {
        return new LinkedHashSet<>(files.values());
    }
}
