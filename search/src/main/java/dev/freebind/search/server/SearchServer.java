package dev.freebind.search.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.search.Gallery;
import dev.freebind.search.SpaceSearch;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Search over HTTP; see the package for what it refuses.
 *
 * <p>Answers from the moment it is started until it is closed. Galleries and space are the caller's.
 */
public final class SearchServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SearchServer.class);

    private static final int THREADS = 16;
    private static final int WAITING = 64;
    /** What is left of a stop once the requests under way had their time: they were interrupted, or wait for a visitor. */
    private static final int END_SECONDS = 2;

    private static final Pattern MEDIA = Pattern.compile("/media/([a-z0-9._-]{1,200})/([0-9]{1,18})");

    /** Sent with every answer: nothing is loaded from elsewhere, embedded elsewhere, or guessed to be of another type. */
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:;"
                    + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "X-Frame-Options",
            "DENY",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            "Cross-Origin-Opener-Policy",
            "same-origin");

    static {
        // Read by the JDK's server when its first class is loaded. Seconds that a request may take to arrive, so that
        // slow
        // clients cannot hold all threads; and no waiting for full packets.
        setUnlessSet("sun.net.httpserver.maxReqTime", "60");
        setUnlessSet("sun.net.httpserver.nodelay", "true");
    }

    private final ServerSettings settings;
    private final Map<String, ServedGallery> galleries = new LinkedHashMap<>();
    private final SearchRoutes routes;
    private final RequestGuard guard;
    private final MediaFiles media;
    private final PageFiles page = new PageFiles();
    private final ObjectMapper json;
    private final HttpServer server;
    private final ThreadPoolExecutor threads;
    private final RequestsUnderWay underWay = new RequestsUnderWay();

    /** A route, answered for one method. */
    private interface Route {
        Answer answer(HttpExchange exchange) throws IOException;
    }

    private final Map<String, Route> gets;
    private final Map<String, Route> posts;

    private SearchServer(SpaceSearch search, List<ServedGallery> served, ServerSettings settings) throws IOException {
        this.settings = settings;
        served.forEach(gallery -> galleries.put(gallery.gallery().name(), gallery));
        routes = new SearchRoutes(search, settings.limits());
        guard = new RequestGuard(settings.allowedHosts());
        media = new MediaFiles(settings.media());
        json = new ObjectMapper(JsonFactory.builder()
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(16)
                                .maxStringLength(settings.limits().bodyBytes())
                                .build())
                        .build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
        gets = Map.of(
                "/space", exchange -> Answer.json(routes.space()),
                "/indices-list", exchange -> Answer.json(routes.indicesList()));
        posts = Map.of(
                "/search", exchange -> Answer.json(routes.search(body(exchange))),
                "/knn-service", exchange -> Answer.json(routes.knnService(body(exchange))),
                "/metadata", exchange -> Answer.json(routes.metadata(body(exchange))));
        server = HttpServer.create(settings.address(), WAITING);
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                THREADS, THREADS, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(WAITING), work -> {
                    Thread thread = new Thread(work, "search-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        server.setExecutor(threads);
        server.createContext("/", this::handle);
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /**
     * Starts to answer.
     *
     * @param search finds; its galleries are served
     * @param galleries the same galleries, with what is needed to show their files
     * @return to be closed by the caller
     * @throws InvalidRequestException if the address is taken or not of this machine
     */
    public static SearchServer start(SpaceSearch search, List<ServedGallery> galleries, ServerSettings settings) {
        try {
            SearchServer started = new SearchServer(search, galleries, settings);
            started.server.start();
            return started;
        } catch (BindException e) {
            throw new InvalidRequestException(
                    "cannot listen on " + settings.address() + ": " + e.getMessage()
                            + "; choose another --port or --host",
                    e);
        } catch (IOException e) {
            throw new DataException("cannot listen on " + settings.address() + ": " + e.getMessage(), e);
        }
    }

    /** Where people find it. */
    public URI address() {
        InetSocketAddress bound = server.getAddress();
        String host = bound.getAddress().getHostAddress();
        return URI.create("http://" + (host.contains(":") ? "[" + host.replaceFirst("%.*", "") + "]" : host) + ":"
                + bound.getPort() + "/");
    }

    private void handle(HttpExchange exchange) {
        boolean open = underWay.begin();
        try (exchange) {
            boolean head = exchange.getRequestMethod().equals("HEAD");
            Answer answer = open
                    ? answered(exchange, head)
                    : Answer.problem(503, "the server is stopping", Map.of("Connection", "close"));
            send(exchange, answer, head);
        } catch (IOException e) {
            LOG.debug("a visitor went away", e);
        } finally {
            underWay.end();
        }
    }

    private Answer answered(HttpExchange exchange, boolean head) {
        try {
            return answer(exchange, head);
        } catch (HttpProblem e) {
            return Answer.problem(e.status(), String.valueOf(e.getMessage()), e.headers());
        } catch (InvalidRequestException e) {
            return Answer.problem(400, String.valueOf(e.getMessage()), Map.of());
        } catch (DataException e) {
            // of what the visitor sent, or of the galleries: either way the message names it
            return Answer.problem(422, String.valueOf(e.getMessage()), Map.of());
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            LOG.error(
                    "{} {} failed",
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getPath(),
                    e);
            return Answer.problem(500, "something unexpected went wrong; the server's log says more", Map.of());
        }
    }

    private Answer answer(HttpExchange exchange, boolean head) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String method = head ? "GET" : exchange.getRequestMethod();
        boolean isPage = page.has(path);
        guard.check(exchange.getRequestHeaders(), isPage && path.equals("/"));
        Matcher file = MEDIA.matcher(path);
        Route route = isPage
                ? ignored -> page.answer(path)
                : file.matches()
                        ? asking -> media(asking, file.group(1), Long.parseLong(file.group(2)))
                        : gets.get(path);
        Route post = posts.get(path);
        if (route == null && post == null) {
            throw new HttpProblem(404, "there is nothing at " + path);
        }
        if (method.equals("GET") && route != null) {
            return route.answer(exchange);
        }
        if (method.equals("POST") && post != null) {
            return post.answer(exchange);
        }
        throw new HttpProblem(
                405,
                "ask " + path + " by " + (route != null ? "GET" : "POST"),
                Map.of("Allow", route != null ? "GET" : "POST"));
    }

    private Answer media(HttpExchange exchange, String name, long row) throws IOException {
        ServedGallery served = galleries.get(name);
        if (served == null || row >= served.gallery().embeddings().rows()) {
            throw new HttpProblem(404, "there is no item " + name + "/" + row);
        }
        Gallery gallery = served.gallery();
        MediaFiles.MediaFile file = media.find(gallery.describe(List.of(row)).get(0), served.base())
                .orElseThrow(() -> new HttpProblem(
                        404, "item " + name + "/" + row + " has no image or sound in the folders that are shown"));
        return FileAnswer.of(file, exchange.getRequestHeaders().getFirst("Range"));
    }

    private JsonNode body(HttpExchange exchange) throws IOException {
        int most = settings.limits().bodyBytes();
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        if (length != null && (!length.matches("[0-9]{1,18}") || Long.parseLong(length) > most)) {
            throw tooLarge(most);
        }
        byte[] bytes;
        try (InputStream stream = exchange.getRequestBody()) {
            bytes = stream.readNBytes(most + 1);
            if (bytes.length > most) {
                throw tooLarge(most);
            }
        }
        try {
            JsonNode parsed = json.readTree(bytes);
            if (parsed == null || !parsed.isObject()) {
                throw new HttpProblem(400, "the body must be a JSON object");
            }
            return parsed;
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            throw new HttpProblem(
                    400,
                    "the body is not JSON"
                            + (at == null ? "" : ": line " + at.getLineNr() + ", column " + at.getColumnNr()));
        }
    }

    private static HttpProblem tooLarge(int most) {
        return new HttpProblem(413, "the body is too large; at most " + most + " bytes are read");
    }

    private static void send(HttpExchange exchange, Answer answer, boolean head) throws IOException {
        HEADERS.forEach(exchange.getResponseHeaders()::set);
        answer.headers().forEach(exchange.getResponseHeaders()::set);
        if (head) {
            exchange.getResponseHeaders().set("Content-Length", Long.toString(answer.length()));
        }
        // the JDK's server takes -1 for no body, and 0 for one of unknown length
        boolean empty = head || answer.length() == 0;
        exchange.sendResponseHeaders(answer.status(), empty ? -1 : answer.length());
        if (!empty) {
            try (OutputStream stream = exchange.getResponseBody()) {
                answer.body().writeTo(stream);
            }
        }
    }

    /**
     * Refuses further requests, lets those under way end for as long as the settings say, interrupts what is left, and stops.
     * When this returns, no request reads galleries any more, unless one takes no notice of being interrupted. Closing twice is
     * harmless.
     */
    @Override
    public void close() {
        underWay.stop();
        boolean interrupted = false;
        try {
            underWay.awaitNone(settings.limits().stopWait());
        } catch (InterruptedException e) {
            interrupted = true;
        }
        server.stop(0);
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a request is still being answered");
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
