package dev.freebind.search;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Hits as JSON. */
public final class HitsJson {

    private static final ObjectMapper JSON = new ObjectMapper();

    private HitsJson() {}

    /**
     * The hits of one gallery: {@code {"gallery": …, "modality": …, "rows": …, "hits": [{"row": …, "score": …, "metadata": {…}},
     * …]}}.
     *
     * @param hits best first
     */
    public static ObjectNode of(Gallery gallery, List<Hit> hits) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("gallery", gallery.name());
        json.put("modality", gallery.modality().name());
        json.put("rows", gallery.embeddings().rows());
        ArrayNode found = json.putArray("hits");
        for (Hit hit : hits) {
            ObjectNode item = found.addObject();
            item.put("row", hit.row());
            item.put("score", hit.score());
            item.set("metadata", JSON.valueToTree(hit.metadata().fields()));
        }
        return json;
    }
}
