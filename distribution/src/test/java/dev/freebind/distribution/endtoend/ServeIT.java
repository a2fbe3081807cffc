package dev.freebind.distribution.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.distribution.Invocation;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** {@code serve} of the distribution, with a real encoder plugin, real indexes and real TensorFlow. */
class ServeIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

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
        HttpResponse<String> response = CLIENT.send(
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

    /** The distribution's server on a free port. */
    private record Running(Process process, BufferedReader out, URI address) implements AutoCloseable {

        static Running start(String javaOptions) throws Exception {
            Process process = world.installation()
                    .with("FREEBIND_OPTS", javaOptions)
                    .started(
                            world.folder(),
                            List.of("serve", "my-space", "--index", scratch + "/pictures", "--port", "0"));
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            return new Running(process, out, URI.create(out.readLine()));
        }

        Socket connect() throws Exception {
            Socket socket = new Socket(address.getHost(), address.getPort());
            socket.setSoTimeout(30_000);
            return socket;
        }

        int status(String path) throws Exception {
            return CLIENT.send(
                            HttpRequest.newBuilder(address.resolve(path)).build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }

        @Override
        public void close() throws Exception {
            process.destroyForcibly().waitFor();
            out.close();
        }
    }

    private static void send(Socket socket, String text) throws Exception {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String received(Socket socket) throws Exception {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static final String HALF_A_REQUEST = "POST /search HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + "Content-Length: 17\r\n\r\n{\"query\":";

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there, a process cannot be asked to end")
    void whenItIsToStopTheRequestUnderWayEndsOthersAreRefusedAndTheExitCodeIsZero() throws Exception {
        try (Running server = Running.start("-Xmx1g");
                Socket underWay = server.connect()) {
            send(underWay, HALF_A_REQUEST);
            // answered after the half request was accepted, so that one is under way now or very soon
            assertThat(server.status("/space")).isEqualTo(200);
            Thread.sleep(300);

            server.process().destroy();
            int refused = 0;
            for (int tries = 0; refused != 503 && tries < 200; tries++) {
                Thread.sleep(10);
                refused = server.status("/space");
            }
            assertThat(refused).isEqualTo(503);
            assertThat(server.process().isAlive()).isTrue();

            send(underWay, "\"row:0\"}");
            assertThat(received(underWay)).startsWith("HTTP/1.1 200").contains("\"hits\"");
            assertThat(server.process().waitFor(30, TimeUnit.SECONDS))
                    .as("stopped")
                    .isTrue();
            assertThat(server.process().exitValue()).isZero();
        }
    }

    @Test
    void requestsThatComeTooSlowlyAreCutOffAndHoldUpNobody() throws Exception {
        try (Running server = Running.start("-Xmx1g -Dsun.net.httpserver.maxReqTime=1")) {
            List<Socket> slow = new ArrayList<>();
            try {
                for (int i = 0; i < 16; i++) {
                    Socket socket = server.connect();
                    slow.add(socket);
                    send(socket, i % 2 == 0 ? HALF_A_REQUEST : "GET /space HTTP/1.1\r\nHost: local");
                }
                // as many as there are threads; the next one is answered when their time is over
                assertThat(server.status("/space")).isEqualTo(200);
                for (Socket socket : slow) {
                    assertThat(endsWithoutAnAnswer(socket)).isTrue();
                }
            } finally {
                for (Socket socket : slow) {
                    socket.close();
                }
            }
        }
    }

    private static boolean endsWithoutAnAnswer(Socket socket) throws Exception {
        try {
            return received(socket).isEmpty();
        } catch (SocketException reset) {
            return true;
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
