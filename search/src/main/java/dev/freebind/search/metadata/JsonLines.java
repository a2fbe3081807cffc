package dev.freebind.search.metadata;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.api.DataException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One JSON object in a line. */
public final class JsonLines implements MetadataFormat {

    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private static final TypeReference<Map<String, @Nullable Object>> FIELDS = new TypeReference<>() {};

    /** For the service loader. */
    public JsonLines() {}

    @Override
    public List<String> extensions() {
        return List.of("jsonl", "ndjson");
    }

    @Override
    public Metadata open(Path file) {
        return new RecordMetadata(RecordFile.open(file, false), 0, JsonLines::parse);
    }

    /** Writes a row as one line, without the line feed. */
    public static String format(MetadataRow row) {
        try {
            return JSON.writeValueAsString(row.fields());
        } catch (JsonProcessingException e) {
            throw new DataException("metadata cannot be written as JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static MetadataRow parse(String line, String where) {
        try {
            Map<String, @Nullable Object> fields = line.isBlank() ? null : JSON.readValue(line, FIELDS);
            if (fields == null) {
                throw new DataException(
                        where + ": is not a JSON object; every line is one, such as {\"path\": \"a.jpg\"}");
            }
            return new MetadataRow(fields);
        } catch (JsonProcessingException e) {
            throw new DataException(
                    where + ": is not a JSON object (" + e.getOriginalMessage()
                            + "); every line is one, such as {\"path\": \"a.jpg\"}",
                    e);
        }
    }
}
