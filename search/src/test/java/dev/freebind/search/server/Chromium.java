package dev.freebind.search.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** An installed Chromium without a window, steered over the DevTools protocol. */
final class Chromium implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long SECONDS = 60;

    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final AtomicInteger numbers = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    /** What the page asked for and logged since the browser was started. */
    final List<JsonNode> events = new CopyOnWriteArrayList<>();

    /** The program, if one is installed. */
    static Optional<Path> program() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(folder -> Stream.of("chromium", "chromium-browser", "google-chrome")
                        .map(Path.of(folder)::resolve))
                .filter(Files::isExecutable)
                .findFirst();
    }

    Chromium(Path program, Path profile) throws Exception {
        process = new ProcessBuilder(
                        program.toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--mute-audio",
                        "--autoplay-policy=no-user-gesture-required",
                        "--window-size=1200,900",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(profile.resolveSibling("chromium.log").toFile())
                .start();
        Path port = profile.resolve("DevToolsActivePort");
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
                !(Files.exists(port) && Files.readString(port).contains("\n")); ) {
            if (System.nanoTime() > end || !process.isAlive()) {
                process.destroyForcibly();
                throw new IllegalStateException(Files.readString(profile.resolveSibling("chromium.log")));
            }
            Thread.sleep(50);
        }
        socket = client.newWebSocketBuilder()
                .buildAsync(
                        URI.create(page(
                                "http://127.0.0.1:" + Files.readAllLines(port).get(0))),
                        new Listener())
                .get(SECONDS, TimeUnit.SECONDS);
        command("Page.enable", JSON.createObjectNode());
        command("Log.enable", JSON.createObjectNode());
        command("Network.enable", JSON.createObjectNode());
    }

    private String page(String address) throws Exception {
        for (int i = 0; i < 100; i++) {
            for (JsonNode target : JSON.readTree(client.send(
                            HttpRequest.newBuilder(URI.create(address + "/json/list"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body())) {
                if (target.get("type").textValue().equals("page")) {
                    return target.get("webSocketDebuggerUrl").textValue();
                }
            }
            Thread.sleep(50);
        }
        throw new IllegalStateException("Chromium opened no page");
    }

    /** Sends a command and gives its result. */
    JsonNode command(String method, ObjectNode parameters) throws Exception {
        int number = numbers.incrementAndGet();
        CompletableFuture<JsonNode> result = new CompletableFuture<>();
        waiting.put(number, result);
        ObjectNode message = JSON.createObjectNode().put("id", number).put("method", method);
        message.set("params", parameters);
        socket.sendText(message.toString(), true).get(SECONDS, TimeUnit.SECONDS);
        JsonNode answer = result.get(SECONDS, TimeUnit.SECONDS);
        if (answer.has("error")) {
            throw new IllegalStateException(method + ": " + answer.get("error"));
        }
        return answer.get("result");
    }

    /** The value of a JavaScript expression; waits for promises. */
    JsonNode evaluate(String expression) throws Exception {
        JsonNode result = command(
                "Runtime.evaluate",
                JSON.createObjectNode()
                        .put("expression", expression)
                        .put("awaitPromise", true)
                        .put("returnByValue", true));
        if (result.has("exceptionDetails")) {
            throw new IllegalStateException(expression + ": " + result.get("exceptionDetails"));
        }
        return result.get("result").path("value");
    }

    /** Waits until an expression is true. */
    void await(String expression) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (!evaluate("!!(" + expression + ")").booleanValue()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("never became true: " + expression + "\n"
                        + evaluate("document.body.innerText").textValue());
            }
            Thread.sleep(20);
        }
    }

    void open(String address) throws Exception {
        command("Page.navigate", JSON.createObjectNode().put("url", address));
        await("document.documentElement?.dataset.ready !== undefined");
    }

    /** Types a text where the focus is. */
    void type(String text) throws Exception {
        command("Input.insertText", JSON.createObjectNode().put("text", text));
    }

    /** Presses a key where the focus is. */
    void press(String key, int code, String text) throws Exception {
        for (String kind : List.of("keyDown", "keyUp")) {
            ObjectNode event =
                    JSON.createObjectNode().put("type", kind).put("key", key).put("windowsVirtualKeyCode", code);
            if (kind.equals("keyDown")) {
                event.put("text", text);
            }
            command("Input.dispatchKeyEvent", event);
        }
    }

    /** Chooses a file as a person does in the file dialogue. */
    void choose(String selector, Path file) throws Exception {
        JsonNode root = command("DOM.getDocument", JSON.createObjectNode());
        JsonNode input = command(
                "DOM.querySelector",
                JSON.createObjectNode()
                        .put("nodeId", root.get("root").get("nodeId").asInt())
                        .put("selector", selector));
        ObjectNode chosen =
                JSON.createObjectNode().put("nodeId", input.get("nodeId").asInt());
        chosen.putArray("files").add(file.toString());
        command("DOM.setFileInputFiles", chosen);
    }

    /** What was logged about broken rules. */
    List<String> violations() {
        List<String> found = new ArrayList<>();
        for (JsonNode event : events) {
            String text = event.path("params").path("entry").path("text").asText();
            if (text.contains("Content Security Policy")) {
                found.add(text);
            }
        }
        return found;
    }

    /** The addresses that were asked for. */
    List<String> requests() {
        return events.stream()
                .filter(event -> event.path("method").asText().equals("Network.requestWillBeSent"))
                .map(event -> event.path("params").path("request").path("url").asText())
                .toList();
    }

    @Override
    public void close() throws Exception {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
    }

    private final class Listener implements WebSocket.Listener {

        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            message.append(data);
            if (last) {
                try {
                    JsonNode received = JSON.readTree(message.toString());
                    CompletableFuture<JsonNode> asked = received.has("id")
                            ? waiting.remove(received.get("id").asInt())
                            : null;
                    if (asked == null) {
                        events.add(received);
                    } else {
                        asked.complete(received);
                    }
                } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
                    throw new IllegalStateException(e);
                } finally {
                    message.setLength(0);
                }
            }
            from.request(1);
            return null;
        }
    }
}
