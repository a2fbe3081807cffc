package dev.freebind.search.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/**
 * What is sent back.
 *
 * @param status the HTTP status
 * @param headers beside those that every answer has
 * @param length of the body in bytes
 * @param body writes it
 */
record Answer(int status, Map<String, String> headers, long length, Body body) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Writes a body. */
    @FunctionalInterface
    interface Body {
        /** Writes all of it; does not close the stream. */
        void writeTo(OutputStream stream) throws IOException;
    }

    static Answer json(JsonNode json) {
        return json(200, json, Map.of());
    }

    static Answer problem(int status, String message, Map<String, String> headers) {
        return json(status, JSON.createObjectNode().put("error", message), headers);
    }

    private static Answer json(int status, JsonNode json, Map<String, String> headers) {
        try {
            Map<String, String> all = new java.util.HashMap<>(headers);
            all.put("Content-Type", "application/json; charset=utf-8");
            all.put("Cache-Control", "no-store");
            return bytes(status, all, JSON.writeValueAsBytes(json));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    static Answer bytes(int status, Map<String, String> headers, byte[] bytes) {
        return new Answer(status, headers, bytes.length, stream -> stream.write(bytes));
    }
}
