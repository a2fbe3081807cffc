package dev.freebind.search.server;

import com.fasterxml.jackson.databind.JsonNode;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.search.QueryInputs;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** What a query of a request can name: the files that came with it, and nothing of this machine. */
final class Attachments implements QueryInputs {

    private static final int MOST = 16;

    private final Map<String, byte[]> files = new HashMap<>();

    /**
     * Takes {@code {name: base64, …}}.
     *
     * @param json missing for none
     * @throws InvalidRequestException if it is not that
     */
    static Attachments of(JsonNode json) {
        Attachments attachments = new Attachments();
        if (json.isMissingNode() || json.isNull()) {
            return attachments;
        }
        if (!json.isObject() || json.size() > MOST) {
            throw new InvalidRequestException(
                    "'files' must be an object of at most " + MOST + " files, with their content in base64 by name");
        }
        for (Map.Entry<String, JsonNode> file : json.properties()) {
            attachments.files.put(file.getKey(), decode("file '" + file.getKey() + "'", file.getValue()));
        }
        return attachments;
    }

    /**
     * Decodes base64.
     *
     * @param what is decoded, for the message
     */
    static byte[] decode(String what, JsonNode value) {
        if (!value.isTextual()) {
            throw new InvalidRequestException(what + " must be a text in base64");
        }
        try {
            return Base64.getDecoder().decode(value.textValue());
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(what + " is not base64: " + e.getMessage(), e);
        }
    }

    @Override
    public Item item(Modality modality, String value) {
        if (modality.equals(Modality.TEXT)) {
            return new Item.Text(value);
        }
        byte[] content = files.get(value);
        if (content == null) {
            throw new InvalidRequestException(modality + ":" + value
                    + ": no file of this name is attached; this server reads no files or addresses that a query names");
        }
        return new Item.Bytes(value, content);
    }

    @Override
    public String embeddings(String name) {
        throw new InvalidRequestException(name + ": this server reads no files that a query names; send embedding_input"
                + " to /knn-service, or name an item by row:GALLERY/ROW");
    }
}
