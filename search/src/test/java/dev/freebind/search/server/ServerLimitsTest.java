package dev.freebind.search.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.search.Gallery;
import dev.freebind.search.SearchedSpace;
import dev.freebind.search.SpaceSearch;
import dev.freebind.search.TinySpace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a server does when there is too much to do, or when it is to stop while there is something to do. */
@Timeout(60)
class ServerLimitsTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(200);

    private final HttpClient client = HttpClient.newHttpClient();
    private final SlowSpace space = new SlowSpace();
    private SearchServer server;

    private void start(int concurrentSearches, Duration searchWait, Duration stopWait) {
        Gallery gallery = new Gallery(
                "g", Modality.TEXT, Embeddings.of(TinySpace.unit(new byte[] {1}), TinySpace.DIMENSION, "g.npy"), null);
        server = SearchServer.start(
                new SpaceSearch(space, List.of(gallery), 1),
                List.of(new ServedGallery(gallery, null)),
                new ServerSettings(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Set.of(),
                        List.of(),
                        new ServerLimits(1 << 20, concurrentSearches, searchWait, stopWait)));
    }

    @AfterEach
    void stop() {
        space.mayGoOn.release(100);
        if (server != null) {
            server.close();
        }
    }

    private CompletableFuture<HttpResponse<String>> search() {
        return send(HttpRequest.newBuilder(URI.create(server.address() + "search"))
                .POST(HttpRequest.BodyPublishers.ofString("{\"query\": \"rain\"}")));
    }

    private CompletableFuture<HttpResponse<String>> send(HttpRequest.Builder request) {
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** A search that has begun and does not end before it is allowed to. */
    private CompletableFuture<HttpResponse<String>> searchUnderWay() throws InterruptedException {
        CompletableFuture<HttpResponse<String>> answer = search();
        assertThat(space.begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        return answer;
    }

    @Test
    void searchesBeyondTheLimitAreRefusedAfterAWhileAndTellWhenToComeBack() throws Exception {
        start(2, SHORT, LONG);
        var first = searchUnderWay();
        var second = searchUnderWay();

        HttpResponse<String> third = search().get();

        assertThat(third.statusCode()).isEqualTo(503);
        assertThat(third.headers().firstValue("Retry-After")).isPresent();
        assertThat(third.body()).contains("too many searches at once");
        assertThat(send(HttpRequest.newBuilder(server.address().resolve("/space")))
                        .get()
                        .statusCode())
                .as("what is no search")
                .isEqualTo(200);
        space.mayGoOn.release(2);
        assertThat(first.get().statusCode()).isEqualTo(200);
        assertThat(second.get().statusCode()).isEqualTo(200);
    }

    @Test
    void aSearchThatWaitsGetsItsTurn() throws Exception {
        start(1, LONG, LONG);
        var first = searchUnderWay();
        var second = search();
        space.mayGoOn.release(2);
        assertThat(first.get().statusCode()).isEqualTo(200);
        assertThat(second.get().statusCode()).isEqualTo(200);
    }

    @Test
    void aServerThatStopsEndsWhatIsUnderWayAndRefusesTheRest() throws Exception {
        start(2, LONG, LONG);
        var underWay = searchUnderWay();
        // in a thread of its own: the HTTP client needs the common pool, which has one thread on two cores
        CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close, task -> new Thread(task).start());

        int refused = 0;
        for (int tries = 0; refused != 503 && tries < 500; tries++) {
            Thread.sleep(10);
            refused = send(HttpRequest.newBuilder(server.address().resolve("/space")))
                    .get()
                    .statusCode();
        }
        assertThat(refused).isEqualTo(503);
        assertThat(stopped).isNotDone();

        space.mayGoOn.release();
        assertThat(underWay.get().statusCode()).isEqualTo(200);
        stopped.get();
        assertThatThrownBy(() -> search().get())
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IOException.class);
    }

    @Test
    void aServerThatHasNothingToDoStopsAtOnce() {
        start(2, LONG, LONG);
        long begin = System.nanoTime();
        server.close();
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(LONG.dividedBy(3));
        server.close();
    }

    @Test
    void aRequestThatTakesTooLongIsCutOff() throws Exception {
        start(2, LONG, SHORT);
        var underWay = searchUnderWay();

        server.close();

        assertThatThrownBy(underWay::get).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(IOException.class);
        assertThat(space.interrupted).isTrue();
    }

    @Test
    void limitsMustBePositive() {
        assertThatThrownBy(() -> new ServerLimits(0, 1, LONG, LONG)).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> new ServerLimits(1, 0, LONG, LONG)).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> new ServerLimits(1, 1, Duration.ofSeconds(-1), LONG))
                .isInstanceOf(InvalidRequestException.class);
    }

    /** Embeds an item only when it is allowed to. */
    private static final class SlowSpace implements SearchedSpace {

        private final TinySpace space = new TinySpace("a");
        private final Semaphore begun = new Semaphore(0);
        private final Semaphore mayGoOn = new Semaphore(0);
        private volatile boolean interrupted;

        @Override
        public EmbeddingSpace space() {
            return space.space();
        }

        @Override
        public List<Modality> encodable() {
            return space.encodable();
        }

        @Override
        public String fingerprint() {
            return space.fingerprint();
        }

        @Override
        public float[] embed(Modality modality, Item item) {
            begun.release();
            try {
                mayGoOn.acquire();
            } catch (InterruptedException e) {
                interrupted = true;
                Thread.currentThread().interrupt();
            }
            return space.embed(modality, item);
        }

        @Override
        public Embeddings embed(Modality modality, Map<String, Embeddings> leaves) {
            return space.embed(modality, leaves);
        }
    }
}
