package dev.freebind.distribution.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.distribution.Invocation;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code serve} of the distribution, with a real encoder plugin, real indexes and real TensorFlow. */
class ServeIT {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static BoundWorld world;
    private static Path scratch;

    @BeforeAll
    static void index() throws Exception {
        world = BoundWorld.get();
        scratch = world.scratch("serve");
        Files.writeString(scratch.resolve("0.jpg"), "a picture of a dog");
        Files.writeString(scratch.resolve("1.jpg"), "a picture of the sea");
        Files.writeString(scratch.resolve("2.jpg"), "a picture of a cat");
        Files.writeString(scratch.resolve("pictures.txt"), "0.jpg\n1.jpg\n2.jpg\n");
        world.run(
                        "index",
                        "my-space",
                        "--modality",
                        "image",
                        "--items",
                        scratch + "/pictures.txt",
                        "--output",
                        scratch + "/pictures")
                .succeeded();
    }

    private static JsonNode post(String address, String body) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(address))
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    @Test
    void picturesAreFoundByTheirContentAndShownUntilTheServerIsStopped() throws Exception {
        Process server = world.installation()
                .started(
                        world.folder(),
                        List.of(
                                "serve",
                                "my-space",
                                "--index",
                                scratch + "/pictures",
                                "--port",
                                "0",
                                "--device",
                                "cpu"));
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))) {
            String address = out.readLine();
            assertThat(address).matches("http://127\\.0\\.0\\.1:[0-9]+/");

            String sea = Base64.getEncoder().encodeToString("a picture of the sea".getBytes(StandardCharsets.UTF_8));
            JsonNode found = post(
                    address + "search",
                    "{\"query\": \"2*image:x.jpg - row:0\", \"files\": {\"x.jpg\": \"" + sea + "\"}}");
            JsonNode best = found.get("hits").get(0);
            assertThat(best.get("row").asInt()).isEqualTo(1);
            assertThat(post(address + "knn-service", "{\"image\": \"" + sea + "\", \"modality\": \"image\"}")
                            .get(0)
                            .get("id")
                            .asInt())
                    .isEqualTo(1);
            try (var picture = URI.create(
                            address + best.get("media").textValue().substring(1))
                    .toURL()
                    .openStream()) {
                assertThat(picture.readAllBytes())
                        .asString(StandardCharsets.UTF_8)
                        .isEqualTo("a picture of the sea");
            }

            server.destroy();
            assertThat(server.waitFor(30, TimeUnit.SECONDS)).as("stopped").isTrue();
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void wrongRequestsAreExitTwo() {
        String pictures = scratch + "/pictures";
        assertThat(refused("--index", pictures, "--port", "70000")).contains("--port 70000", "0 to 65535");
        assertThat(refused("--index", pictures, "--host", "nowhere.invalid"))
                .contains("not an address of this machine");
        assertThat(refused("--index", pictures, "--media", scratch + "/nowhere"))
                .contains("no such folder");
        assertThat(refused("--index", scratch.toString())).contains("is not an index");
        assertThat(refused("--index", pictures, "--index", pictures)).contains("two galleries are named 'pictures'");
        assertThat(refused()).contains("--index");
    }

    private static String refused(String... more) {
        String[] arguments = new String[more.length + 2];
        arguments[0] = "serve";
        arguments[1] = world.space().toString();
        System.arraycopy(more, 0, arguments, 2, more.length);
        Invocation refused = Invocation.of(arguments);
        assertThat(refused.exitCode()).as(refused.err()).isEqualTo(2);
        return refused.err();
    }
}
