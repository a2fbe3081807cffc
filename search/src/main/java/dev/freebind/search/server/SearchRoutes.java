package dev.freebind.search.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.search.Gallery;
import dev.freebind.search.Hit;
import dev.freebind.search.SpaceSearch;
import dev.freebind.search.metadata.MetadataRow;
import dev.freebind.search.query.Operand;
import dev.freebind.search.query.Query;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What requests ask for and what they get, as JSON: our own {@code /search}, and what clip-retrieval's clients know. */
final class SearchRoutes {

    /** Most items that one answer describes. */
    static final int MOST_HITS = 1000;

    /** Most items that one answer counts up. */
    static final int MOST_IDS = 10_000;

    private static final int DEFAULT_HITS = 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final SpaceSearch search;
    private final Semaphore running;
    private final Duration wait;

    SearchRoutes(SpaceSearch search, ServerLimits limits) {
        this.search = search;
        this.running = new Semaphore(limits.concurrentSearches(), true);
        this.wait = limits.searchWait();
    }

    /** {@code GET /space}: what the page must know before the first query. */
    JsonNode space() {
        EmbeddingSpace space = search.space().space();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("space", space.name());
        ArrayNode modalities = json.putArray("encodable");
        search.space().encodable().forEach(modality -> modalities.add(modality.name()));
        ArrayNode galleries = json.putArray("galleries");
        for (Gallery gallery : search.galleries()) {
            galleries
                    .addObject()
                    .put("name", gallery.name())
                    .put("modality", gallery.modality().name())
                    .put("rows", gallery.embeddings().rows());
        }
        return json;
    }

    /** {@code POST /search}: {@code {"query": …, "files": {name: base64}, "gallery": …, "k": …}}. */
    JsonNode search(JsonNode request) {
        Gallery gallery = search.gallery(text(request, "gallery"));
        int k = number(request, "k", DEFAULT_HITS, MOST_HITS);
        String query = text(request, "query");
        if (query == null) {
            throw new InvalidRequestException("'query' is missing; send for example {\"query\": \"rain\"}");
        }
        Query parsed = Query.parse(query);
        Attachments attachments = Attachments.of(request.path("files"));
        long begin = System.nanoTime();
        List<Hit> hits = limited(() -> search.find(search.embed(parsed, attachments), gallery, k, Progress.SILENT));
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("gallery", gallery.name());
        json.put("modality", gallery.modality().name());
        json.put("rows", gallery.embeddings().rows());
        json.put("seconds", (System.nanoTime() - begin) / 1e9);
        ArrayNode found = json.putArray("hits");
        for (Hit hit : hits) {
            ObjectNode item = found.addObject();
            item.put("row", hit.row());
            item.put("score", hit.score());
            hit.metadata().label().ifPresent(label -> item.put("label", label));
            MediaFiles.type(hit.metadata()).ifPresent(type -> {
                item.put("media", media(gallery, hit.row()));
                item.put("type", type);
            });
            item.set("metadata", JSON.valueToTree(hit.metadata().fields()));
        }
        return json;
    }

    /**
     * {@code POST /knn-service} of clip-retrieval: one of {@code text}, {@code image} (base64) and {@code embedding_input}, or
     * beyond it {@code audio} (base64) and {@code query} with {@code files}; {@code indice_name}, or else the first gallery of
     * {@code modality}. What it says about safety, aesthetics and duplicates does not apply here.
     */
    JsonNode knnService(JsonNode request) {
        if (request.hasNonNull("image_url")) {
            throw new InvalidRequestException(
                    "image_url is refused: this server fetches no addresses; send the image itself as 'image' in base64");
        }
        Gallery gallery = indice(request);
        int described = number(request, "num_images", 100, MOST_HITS);
        int counted = Math.max(described, number(request, "num_result_ids", described, MOST_IDS));
        List<Hit> hits = limited(() -> search.find(direction(request), gallery, counted, Progress.SILENT));
        ArrayNode results = JsonNodeFactory.instance.arrayNode();
        for (Hit hit : hits) {
            ObjectNode result = results.addObject();
            if (results.size() <= described) {
                result.setAll(fields(hit.metadata()));
                MediaFiles.type(hit.metadata()).ifPresent(type -> result.put("media", media(gallery, hit.row())));
            }
            result.put("id", hit.row());
            result.put("similarity", hit.score());
        }
        return results;
    }

    private float[] direction(JsonNode request) {
        List<String> given = List.of("text", "image", "audio", "embedding_input", "query").stream()
                .filter(request::hasNonNull)
                .toList();
        if (given.size() != 1) {
            throw new InvalidRequestException("one of text, image, audio, embedding_input and query is needed; given: "
                    + (given.isEmpty() ? "none" : String.join(", ", given)));
        }
        String kind = given.get(0);
        return switch (kind) {
            case "embedding_input" -> embedding(request.get(kind));
            case "query" ->
                search.embed(Query.parse(String.valueOf(text(request, kind))), Attachments.of(request.path("files")));
            case "text" ->
                search.embed(
                        new Query(List.of(new Query.Term(
                                1, new Operand.Raw(Modality.TEXT, String.valueOf(text(request, kind)))))),
                        new Attachments());
            default ->
                search.embed(
                        new Query(List.of(new Query.Term(1, new Operand.Raw(new Modality(kind), kind)))),
                        Attachments.of(JSON.createObjectNode().set(kind, request.get(kind))));
        };
    }

    private float[] embedding(JsonNode values) {
        int dimension = search.space().space().dimension();
        if (!values.isArray() || values.size() != dimension) {
            throw new InvalidRequestException("embedding_input must be a list of " + dimension
                    + " numbers, an embedding of '" + search.space().space().name() + "'");
        }
        double squares = 0;
        for (JsonNode value : values) {
            squares += value.isNumber() ? value.doubleValue() * value.doubleValue() : Double.NaN;
        }
        if (!(squares > 0) || Double.isInfinite(squares)) {
            throw new InvalidRequestException("embedding_input must hold finite numbers that are not all 0");
        }
        float[] direction = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            direction[i] = (float) (values.get(i).doubleValue() / Math.sqrt(squares));
        }
        return direction;
    }

    /** {@code POST /metadata} of clip-retrieval: {@code {"ids": […], "indice_name": …}}. */
    JsonNode metadata(JsonNode request) {
        Gallery gallery = indice(request);
        JsonNode ids = request.path("ids");
        if (!ids.isArray() || ids.isEmpty() || ids.size() > MOST_HITS) {
            throw new InvalidRequestException("'ids' must be a list of 1 to " + MOST_HITS + " rows");
        }
        List<Long> rows = new java.util.ArrayList<>();
        for (JsonNode id : ids) {
            if (!id.isIntegralNumber()
                    || id.longValue() < 0
                    || id.longValue() >= gallery.embeddings().rows()) {
                throw new InvalidRequestException("'ids': " + id + " is not a row of '" + gallery.name()
                        + "', which has " + gallery.embeddings().rows() + ", counted from 0");
            }
            rows.add(id.longValue());
        }
        List<MetadataRow> found = gallery.describe(rows);
        ArrayNode results = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < rows.size(); i++) {
            results.addObject().put("id", rows.get(i)).set("metadata", fields(found.get(i)));
        }
        return results;
    }

    /** {@code GET /indices-list} of clip-retrieval: the galleries' names. */
    JsonNode indicesList() {
        ArrayNode names = JsonNodeFactory.instance.arrayNode();
        search.galleries().forEach(gallery -> names.add(gallery.name()));
        return names;
    }

    private Gallery indice(JsonNode request) {
        String name = text(request, "indice_name");
        String modality = text(request, "modality");
        if (name == null && modality != null) {
            for (Gallery gallery : search.galleries()) {
                if (gallery.modality().name().equals(modality)) {
                    return gallery;
                }
            }
        }
        return search.gallery(name);
    }

    private static ObjectNode fields(MetadataRow metadata) {
        return JSON.valueToTree(metadata.fields());
    }

    private static String media(Gallery gallery, long row) {
        return "/media/" + gallery.name() + "/" + row;
    }

    private static @Nullable String text(JsonNode request, String field) {
        JsonNode value = request.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw new InvalidRequestException("'" + field + "' must be a text");
        }
        return value.textValue();
    }

    private static int number(JsonNode request, String field, int otherwise, int most) {
        JsonNode value = request.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return otherwise;
        }
        if (!value.isIntegralNumber() || value.longValue() < 1 || value.longValue() > most) {
            throw new InvalidRequestException("'" + field + "' must be a whole number from 1 to " + most);
        }
        return value.intValue();
    }

    /** Waits for its turn, but not for ever. */
    private <T> T limited(java.util.function.Supplier<T> work) {
        try {
            if (!running.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new HttpProblem(
                        503, "too many searches at once; ask again in a few seconds", Map.of("Retry-After", "5"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HttpProblem(503, "the server is stopping");
        }
        try {
            return work.get();
        } finally {
            running.release();
        }
    }
}
