package dev.freebind.encoding.items;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.freebind.api.DataException;
import dev.freebind.api.Modality;
import dev.freebind.api.NearestName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A field of JSON objects, one a line. */
final class JsonLines {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    private JsonLines() {}

    static ItemCursor open(Path file, @Nullable String field, Modality modality) {
        String wanted = field == null ? modality.name() : field;
        BoundedReader reader = BoundedReader.open(file);
        return ItemCursor.of(file, () -> next(file, reader, wanted, modality), reader);
    }

    private static @Nullable SourceItem next(Path file, BoundedReader reader, String field, Modality modality) {
        String line = reader.line();
        while (line != null && line.isBlank()) {
            line = reader.line();
        }
        if (line == null) {
            return null;
        }
        Place place = new Place(file, reader.lineNumber());
        JsonNode object;
        try {
            object = JSON.readTree(line);
        } catch (JacksonException e) {
            throw new DataException(place + ": is not JSON: " + e.getOriginalMessage(), e);
        }
        JsonNode value = object.get(field);
        if (value == null || !value.isTextual()) {
            List<String> names = new ArrayList<>();
            object.fieldNames().forEachRemaining(names::add);
            throw new DataException(place + ": has no text in the field '" + field + "'"
                    + (value != null
                            ? " but " + value.getNodeType()
                            : names.isEmpty()
                                    ? "; it is not an object with fields"
                                    : NearestName.hint(field, names)
                                            + "; name another with items: {file: …, column: …}"));
        }
        return place.item(value.textValue(), modality);
    }
}
