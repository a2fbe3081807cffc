package dev.freebind.search.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.search.TinySpace;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SearchServerTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    private static Path folder;

    private static ServedWorld world;

    @BeforeAll
    static void start() throws Exception {
        world = new ServedWorld(folder);
    }

    @AfterAll
    static void stop() throws Exception {
        world.close();
    }

    private static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create(world.server.address() + path.substring(1)));
    }

    private static HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static HttpResponse<byte[]> get(String path) throws Exception {
        return send(to(path));
    }

    private static HttpResponse<byte[]> post(String path, String body) throws Exception {
        return send(to(path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private static JsonNode answer(String path, JsonNode body) throws Exception {
        HttpResponse<byte[]> response = post(path, JSON.writeValueAsString(body));
        assertThat(response.statusCode())
                .as(new String(response.body(), StandardCharsets.UTF_8))
                .isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private static String refused(int status, String path, String body) throws Exception {
        HttpResponse<byte[]> response = post(path, body);
        assertThat(response.statusCode()).as(body).isEqualTo(status);
        return JSON.readTree(response.body()).get("error").textValue();
    }

    private static ObjectNode query(String query, String gallery) {
        return JSON.createObjectNode().put("query", query).put("gallery", gallery);
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    @Test
    void theSpaceTellsWhatCanBeSearched() throws Exception {
        assertThat(get("/space").body())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("{\"space\":\"tiny\",\"encodable\":[\"audio\",\"image\",\"text\"],\"galleries\":["
                        + "{\"name\":\"photos\",\"modality\":\"image\",\"rows\":12},"
                        + "{\"name\":\"sounds\",\"modality\":\"audio\",\"rows\":2},"
                        + "{\"name\":\"texts\",\"modality\":\"text\",\"rows\":3}]}");
    }

    @Test
    void aTextFindsItself() throws Exception {
        JsonNode found = answer("/search", query("rain on a roof", "texts").put("k", 2));

        assertThat(found.get("hits")).hasSize(2);
        JsonNode best = found.get("hits").get(0);
        assertThat(best.get("row").asInt()).isEqualTo(1);
        assertThat(best.get("score").floatValue()).isCloseTo(1, within(1e-6f));
        assertThat(best.get("label").textValue()).isEqualTo("rain on a roof");
        assertThat(best.has("media")).isFalse();
    }

    @Test
    void anAttachedImageFindsItselfAlsoInACombination() throws Exception {
        ObjectNode request = query("3*image:\"my picture.png\" - \"a dog barks\" + row:sounds/1", "photos");
        request.putObject("files").put("my picture.png", base64(ServedWorld.image(Color.GREEN)));

        JsonNode best = answer("/search", request).get("hits").get(0);

        assertThat(best.get("row").asInt()).isEqualTo(1);
        assertThat(best.get("media").textValue()).isEqualTo("/media/photos/1");
        assertThat(best.get("type").textValue()).isEqualTo("image/png");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "image:/etc/passwd",
                "image:../outside.png",
                "image:\"http://169.254.169.254/latest/meta-data\"",
                "npy:/data/a.npy#1",
                "audio@leaf:/data/a.npy#1",
                "image:file:///etc/passwd",
            })
    void aQueryNamesNoFilesOrAddressesOfTheServer(String query) throws Exception {
        assertThat(refused(400, "/search", JSON.writeValueAsString(query(query, "photos"))))
                .contains("this server reads no files");
    }

    @Test
    void wrongRequestsSayWhatIsAllowed() throws Exception {
        assertThat(refused(400, "/search", "{}")).contains("which gallery", "photos, sounds, texts");
        assertThat(refused(400, "/search", "{\"gallery\": \"texts\"}")).contains("'query' is missing");
        assertThat(refused(400, "/search", "{\"gallery\": \"texts\", \"query\": 7}"))
                .contains("must be a text");
        assertThat(refused(400, "/search", "{\"gallery\": \"text\", \"query\": \"a\"}"))
                .contains("did you mean 'texts'?");
        assertThat(refused(400, "/search", "{\"gallery\": \"texts\", \"query\": \"row:1 row:2\"}"))
                .contains("at character 7");
        assertThat(refused(400, "/search", "{\"gallery\": \"texts\", \"query\": \"a\", \"k\": 1001}"))
                .contains("from 1 to 1000");
        assertThat(refused(400, "/search", "{\"gallery\": \"texts\", \"query\": \"a\", \"files\": {\"x\": \"%\"}}"))
                .contains("file 'x' is not base64");
        assertThat(refused(400, "/search", "[]")).contains("must be a JSON object");
        assertThat(refused(400, "/search", "{")).contains("not JSON");
        assertThat(refused(400, "/search", "{} {}")).contains("not JSON");
        assertThat(refused(400, "/search", "{\"a\":".repeat(50))).contains("not JSON");
        assertThat(refused(400, "/search", "")).contains("must be a JSON object");
    }

    @Test
    void clientsOfClipRetrievalAreAnswered() throws Exception {
        ObjectNode request = JSON.createObjectNode();
        request.put("text", "rain on a roof");
        request.putNull("image").putNull("image_url").putNull("embedding_input");
        request.put("modality", "text")
                .put("num_images", 1)
                .put("num_result_ids", 3)
                .put("indice_name", "texts");
        request.put("deduplicate", true).put("use_safety_model", true).put("aesthetic_score", 9);

        JsonNode found = answer("/knn-service", request);

        assertThat(found).hasSize(3);
        assertThat(found.get(0).get("id").asInt()).isEqualTo(1);
        assertThat(found.get(0).get("similarity").floatValue()).isCloseTo(1, within(1e-6f));
        assertThat(found.get(0).get("text").textValue()).isEqualTo("rain on a roof");
        assertThat(found.get(1).has("text")).isFalse();
        assertThat(JSON.readTree(get("/indices-list").body()))
                .isEqualTo(JSON.readTree("[\"photos\",\"sounds\",\"texts\"]"));
        JsonNode metadata = answer(
                "/metadata", JSON.createObjectNode().put("indice_name", "texts").set("ids", JSON.readTree("[1]")));
        assertThat(metadata.get(0).get("id").asInt()).isEqualTo(1);
        assertThat(metadata.get(0).get("metadata").get("text").textValue()).isEqualTo("rain on a roof");
    }

    @Test
    void withoutANameTheModalityChoosesTheGallery() throws Exception {
        ObjectNode image = JSON.createObjectNode().put("modality", "image");
        image.put("image", base64(ServedWorld.image(Color.BLUE)));
        JsonNode hit = answer("/knn-service", image).get(0);
        assertThat(hit.get("id").asInt()).isEqualTo(2);
        assertThat(hit.get("media").textValue()).isEqualTo("/media/photos/2");

        ObjectNode audio = JSON.createObjectNode().put("modality", "audio");
        audio.put("audio", base64(ServedWorld.sound(440)));
        assertThat(answer("/knn-service", audio).get(0).get("id").asInt()).isEqualTo(1);
    }

    @Test
    void anEmbeddingIsScaledToUnitLength() throws Exception {
        ObjectNode request = JSON.createObjectNode().put("indice_name", "texts");
        for (float value : TinySpace.unit("a dog barks".getBytes(StandardCharsets.UTF_8))) {
            request.withArray("embedding_input").add(5 * value);
        }
        JsonNode best = answer("/knn-service", request).get(0);
        assertThat(best.get("id").asInt()).isZero();
        assertThat(best.get("similarity").floatValue()).isCloseTo(1, within(1e-6f));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"image_url\": \"http://127.0.0.1/\"}| fetches no addresses",
                "{\"indice_name\": \"texts\"}| given: none",
                "{\"indice_name\": \"texts\", \"text\": \"a\", \"query\": \"b\"}| given: text, query",
                "{\"indice_name\": \"texts\", \"embedding_input\": [1, 2]}| a list of 16 numbers",
                "{\"indice_name\": \"texts\", \"embedding_input\": [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}| not all 0",
                "{\"indice_name\": \"texts\", \"embedding_input\": [1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,\"x\"]}| finite numbers",
                "{\"indice_name\": \"photos\", \"image\": \"%%\"}| is not base64",
                "{\"modality\": \"image\", \"text\": \"a\", \"num_images\": 0}| from 1 to 1000",
            })
    void whatClipRetrievalTakesButThisServerDoesNotIsRefusedInWords(String body, String message) throws Exception {
        assertThat(refused(400, "/knn-service", body)).contains(message);
    }

    @Test
    void rowsThatDoNotExistHaveNoMetadata() throws Exception {
        assertThat(refused(400, "/metadata", "{\"indice_name\": \"texts\", \"ids\": [3]}"))
                .contains("3 is not a row");
        assertThat(refused(400, "/metadata", "{\"indice_name\": \"texts\", \"ids\": [-1]}"))
                .contains("-1 is not a row");
        assertThat(refused(400, "/metadata", "{\"indice_name\": \"texts\", \"ids\": []}"))
                .contains("1 to 1000");
    }

    @Test
    void imagesAndSoundsAreShownWholeOrInParts() throws Exception {
        HttpResponse<byte[]> image = get("/media/photos/0");
        assertThat(image.statusCode()).isEqualTo(200);
        assertThat(image.body()).isEqualTo(ServedWorld.image(Color.RED));
        assertThat(image.headers().firstValue("Content-Type")).contains("image/png");

        byte[] sound = ServedWorld.sound(440);
        HttpResponse<byte[]> part = send(to("/media/sounds/1").header("Range", "bytes=10-19"));
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo(java.util.Arrays.copyOfRange(sound, 10, 20));
        assertThat(part.headers().firstValue("Content-Range")).contains("bytes 10-19/" + sound.length);
        assertThat(send(to("/media/sounds/1").header("Range", "bytes=-5")).body())
                .isEqualTo(java.util.Arrays.copyOfRange(sound, sound.length - 5, sound.length));
        assertThat(send(to("/media/sounds/1").header("Range", "bytes=7-")).body())
                .hasSize(sound.length - 7);
        assertThat(send(to("/media/sounds/1").header("Range", "bytes=99999-")).statusCode())
                .isEqualTo(416);
        assertThat(send(to("/media/sounds/1").header("Range", "bytes=9-3")).statusCode())
                .isEqualTo(416);
        assertThat(send(to("/media/sounds/1").header("Range", "lines=1-2")).body())
                .isEqualTo(sound);

        HttpResponse<byte[]> head = send(to("/media/sounds/1").method("HEAD", HttpRequest.BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("Content-Length")).contains(Integer.toString(sound.length));
    }

    /** Rows 3 to 11: outside by name, by link, no image behind the link, no image by name, absolute, an address, … */
    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5, 6, 7, 8, 9, 10, 11})
    void nothingElseIsShown(int row) throws Exception {
        HttpResponse<byte[]> response = get("/media/photos/" + row);
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).asString(StandardCharsets.UTF_8).doesNotContain("secret", "root:");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/media/photos/12",
                "/media/photos/-1",
                "/media/photos/../../outside.png",
                "/media/photos/..%2f..%2foutside.png",
                "/media/%2e%2e/0",
                "/media/nowhere/0",
                "/media/photos/0/",
                "/media/photos/00000000000000000000000000001",
                "/page.html",
                "/../page.html",
                "//page.css",
                "/dev/freebind/search/server/page.html",
                "/nowhere",
            })
    void whatIsNotThereIsNotFound(String path) throws Exception {
        assertThat(get(path).statusCode()).isEqualTo(404);
    }

    @Test
    void methodsThatDoNotFitAreNamed() throws Exception {
        HttpResponse<byte[]> response = get("/search");
        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("Allow")).contains("POST");
        assertThat(post("/space", "{}").statusCode()).isEqualTo(405);
        assertThat(send(to("/").method("DELETE", HttpRequest.BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(405);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/page.css", "/space", "/media/photos/0", "/nowhere"})
    void everyAnswerForbidsWhatItDoesNotNeed(String path) throws Exception {
        HttpResponse<byte[]> response = get(path);
        assertThat(response.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'none'")
                .doesNotContain("unsafe");
        assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(response.headers().firstValue("Cross-Origin-Resource-Policy"))
                .contains("same-origin");
        assertThat(response.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    }

    @Test
    void thePageLoadsNothingFromElsewhere() throws Exception {
        for (String file : List.of("/", "/page.css", "/page.js", "/icon.svg")) {
            HttpResponse<byte[]> response = get(file);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(new String(response.body(), StandardCharsets.UTF_8).replace("http://www.w3.org/2000/svg", ""))
                    .doesNotContain("http://", "https://", "innerHTML", "style=", "onclick");
        }
    }

    /** Sends bytes as they are, because the JDK's client does not let us lie about the host. */
    private static String raw(String request) throws Exception {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(
                    world.server.address().getHost(), world.server.address().getPort()));
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            try (InputStream answer = socket.getInputStream()) {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                answer.transferTo(bytes);
                return bytes.toString(StandardCharsets.UTF_8);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, 200",
        "localhost:1234, 200",
        "127.0.0.1:80, 200",
        "[::1]:80, 200",
        "search.example:1, 200",
        "evil.example, 403",
        "localhost.evil.example, 403",
        "127.0.0.1.evil.example, 403",
        "evil.example:80, 403",
    })
    void aNameThatIsPointedHereIsRefused(String host, int status) throws Exception {
        assertThat(raw("GET /space HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 " + status);
    }

    @Test
    void requestsWithoutOrWithTwoHostsAreRefused() throws Exception {
        assertThat(raw("GET /space HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 403");
        assertThat(raw("GET /space HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .matches("(?s)HTTP/1.1 40[03].*");
        assertThat(raw("GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 404");
    }

    @Test
    void otherSitesCannotAskThroughAVisitorsBrowser() throws Exception {
        assertThat(send(to("/search")
                                .header("Origin", "https://evil.example")
                                .POST(HttpRequest.BodyPublishers.ofString("{}")))
                        .statusCode())
                .isEqualTo(403);
        assertThat(send(to("/search").header("Origin", "null").POST(HttpRequest.BodyPublishers.ofString("{}")))
                        .statusCode())
                .isEqualTo(403);
        assertThat(send(to("/media/photos/0").header("Sec-Fetch-Site", "cross-site"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(send(to("/").header("Sec-Fetch-Site", "cross-site")).statusCode())
                .as("a link to the page")
                .isEqualTo(200);
        String own = "http://" + world.server.address().getAuthority();
        assertThat(send(to("/space").header("Origin", own).header("Sec-Fetch-Site", "same-origin"))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void bodiesThatAreTooLargeAreRefusedHoweverTheyCome() throws Exception {
        byte[] large = new byte[ServedWorld.BODY_BYTES + 1];
        assertThat(send(to("/search").POST(HttpRequest.BodyPublishers.ofByteArray(large)))
                        .statusCode())
                .isEqualTo(413);
        HttpRequest.BodyPublisher chunked =
                HttpRequest.BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(large));
        assertThat(send(to("/search").POST(chunked)).statusCode()).isEqualTo(413);
        assertThat(raw("POST /search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n{}"))
                .doesNotContain("HTTP/1.1 200");
    }

    @Test
    void manyVisitorsAtOnceAreAllAnswered() throws Exception {
        String body = JSON.writeValueAsString(query("rain on a roof", "texts"));
        var answers = java.util.stream.IntStream.range(0, 60)
                .mapToObj(i -> CLIENT.sendAsync(
                        to("/search")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString()))
                .toList();
        for (var answer : answers) {
            JsonNode found = JSON.readTree(answer.get().body());
            assertThat(StreamSupport.stream(found.get("hits").spliterator(), false)
                            .map(hit -> hit.get("row").asInt())
                            .toList())
                    .startsWith(1);
        }
    }

    @Test
    void anAddressThatIsTakenIsAWrongRequest() throws Exception {
        Path other = Files.createDirectories(folder.resolve("other"));
        try (ServedWorld second = new ServedWorld(other)) {
            assertThat(second.server.address()).isNotEqualTo(world.server.address());
        }
        assertThatThrownBy(() -> SearchServer.start(
                        new dev.freebind.search.SpaceSearch(
                                new TinySpace("a"),
                                List.of(new dev.freebind.search.Gallery(
                                        "g",
                                        dev.freebind.api.Modality.TEXT,
                                        dev.freebind.api.Embeddings.of(new float[16], 16, "g"),
                                        null)),
                                1),
                        List.of(),
                        new ServerSettings(
                                new InetSocketAddress(
                                        "127.0.0.1", world.server.address().getPort()),
                                Set.of(),
                                List.of(),
                                ServerLimits.DEFAULT)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("choose another --port");
    }
}
