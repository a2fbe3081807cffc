package dev.freebind.formats.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.freebind.api.DataException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The checked header of a safetensors file.
 *
 * @param tensors by name, in the header's order; they fill the data without gap or overlap
 * @param metadata the texts under {@code __metadata__}, in the header's order
 */
record SafetensorsHeader(Map<String, TensorInfo> tensors, Map<String, String> metadata) {

    private static final String METADATA = "__metadata__";

    /** Header, tensor, list: 3. One more, so that a deeper value gets the parser's message about what it found. */
    private static final int MAX_NESTING = 4;

    private static final int MAX_DIMENSIONS = 64;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_NESTING)
                    .maxNumberLength(20)
                    .maxNameLength(10_000)
                    .build())
            .build();

    SafetensorsHeader {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /**
     * Parses and checks.
     *
     * @param json the header's bytes
     * @param dataBytes bytes of the file behind the header
     * @param origin how messages name the file
     * @throws DataException if anything is not as the format says
     */
    static SafetensorsHeader parse(byte[] json, long dataBytes, String origin) {
        if (json.length == 0 || json[0] != '{') {
            throw new DataException(origin + ": not a safetensors file (its header does not begin with '{')");
        }
        SafetensorsHeader header;
        try (JsonParser parser = JSON.createParser(json)) {
            header = new Parsing(parser, origin).header();
        } catch (IOException e) {
            throw new DataException(origin + ": the safetensors header is damaged: " + firstLine(e), e);
        }
        checkPlaces(header.tensors.values(), dataBytes, origin);
        return header;
    }

    private static String firstLine(IOException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable JSON");
    }

    private static void checkPlaces(java.util.Collection<TensorInfo> tensors, long dataBytes, String origin) {
        List<TensorInfo> inOrder = new ArrayList<>(tensors);
        inOrder.sort(Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end));
        long next = 0;
        for (TensorInfo tensor : inOrder) {
            String named = origin + ": tensor '" + tensor.name() + "' ";
            long needed = tensor.shape().bytes(tensor.type());
            if (tensor.begin() < 0 || tensor.end() < tensor.begin() || tensor.bytes() != needed) {
                throw new DataException(named + "lies at bytes " + tensor.begin() + " to " + tensor.end()
                        + ", but shape " + tensor.shape() + " of " + tensor.type() + " needs " + needed + " bytes");
            }
            if (tensor.begin() != next) {
                throw new DataException(named + "begins at byte " + tensor.begin()
                        + " of the data, but the tensors before it" + " end at " + next + " ("
                        + (tensor.begin() < next ? "they overlap" : "there is a gap") + ")");
            }
            next = tensor.end();
        }
        if (next != dataBytes) {
            throw new DataException(origin + ": the tensors take " + next + " bytes, but the file has " + dataBytes
                    + " behind its header" + (dataBytes < next ? "; it is incomplete" : ""));
        }
    }

    /** One pass over the header's JSON. */
    private static final class Parsing {

        private final JsonParser parser;
        private final String origin;
        private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        private final Map<String, String> metadata = new LinkedHashMap<>();

        Parsing(JsonParser parser, String origin) {
            this.parser = parser;
            this.origin = origin;
        }

        SafetensorsHeader header() throws IOException {
            expect(JsonToken.START_OBJECT, "the header");
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                if (name.equals(METADATA)) {
                    metadata();
                } else {
                    tensors.put(name, tensor(name));
                }
            }
            if (parser.nextToken() != null) {
                throw damaged("has something after its end");
            }
            return new SafetensorsHeader(tensors, metadata);
        }

        private void metadata() throws IOException {
            expect(JsonToken.START_OBJECT, METADATA);
            for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
                expect(JsonToken.VALUE_STRING, METADATA + " " + key);
                metadata.put(key, parser.getText());
            }
        }

        private TensorInfo tensor(String name) throws IOException {
            expect(JsonToken.START_OBJECT, name);
            ElementType type = null;
            Shape shape = null;
            List<Long> offsets = null;
            for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
                switch (key) {
                    case "dtype" -> type = type(name);
                    case "shape" -> shape = shape(name);
                    case "data_offsets" -> offsets = numbers(name, 2);
                    default -> throw damaged("has the unknown key '" + key + "' in '" + name + "'");
                }
            }
            if (type == null || shape == null || offsets == null || offsets.size() != 2) {
                throw damaged("lacks 'dtype', 'shape' or two 'data_offsets' in '" + name + "'");
            }
            return new TensorInfo(name, type, shape, offsets.get(0), offsets.get(1));
        }

        private ElementType type(String name) throws IOException {
            expect(JsonToken.VALUE_STRING, name + " dtype");
            String found = parser.getText();
            for (ElementType type : ElementType.values()) {
                if (type.name().equals(found)) {
                    return type;
                }
            }
            throw new DataException(origin + ": tensor '" + name + "' has dtype '" + found + "'; read are "
                    + List.of(ElementType.values()));
        }

        private Shape shape(String name) throws IOException {
            try {
                return new Shape(numbers(name, MAX_DIMENSIONS));
            } catch (DataException e) {
                throw new DataException(origin + ": tensor '" + name + "': " + e.getMessage(), e);
            }
        }

        private List<Long> numbers(String name, int most) throws IOException {
            expect(JsonToken.START_ARRAY, name);
            List<Long> numbers = new ArrayList<>();
            for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
                if (token != JsonToken.VALUE_NUMBER_INT || numbers.size() == most) {
                    throw damaged("has a list in '" + name + "' that is not of at most " + most + " whole numbers");
                }
                numbers.add(parser.getLongValue());
            }
            return numbers;
        }

        private void expect(JsonToken wanted, String where) throws IOException {
            JsonToken found = parser.nextToken();
            if (found != wanted) {
                throw damaged("has " + described(found) + " where " + described(wanted) + " belongs (" + where + ")");
            }
        }

        private static String described(@Nullable JsonToken token) {
            return token == null
                    ? "nothing"
                    : switch (token) {
                        case START_OBJECT -> "an object";
                        case START_ARRAY -> "a list";
                        case VALUE_STRING -> "a text";
                        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
                        default -> token.name();
                    };
        }

        private DataException damaged(String how) {
            return new DataException(origin + ": the safetensors header " + how);
        }
    }
}
