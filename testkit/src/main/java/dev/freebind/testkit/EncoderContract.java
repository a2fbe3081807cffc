package dev.freebind.testkit;

import static dev.freebind.testkit.Failures.failure;

import dev.freebind.api.DataException;
import dev.freebind.api.Encoder;
import dev.freebind.api.FreeBindException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.PreparingEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that encoders keep the contract of {@link Encoder}: for authors who have one without a provider. Those who have a
 * provider inherit {@link EncoderProviderContract}, which proves this as well.
 *
 * <p>Most tests share one encoder, which stays open until the last of them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class EncoderContract {

    /** For subclasses. */
    protected EncoderContract() {}

    /** Opens an encoder anew; the caller closes it. */
    protected abstract Encoder open();

    private static final int FEWEST_ITEMS = 3;
    private static final int THREADS = 4;
    private static final long PATIENCE_SECONDS = 300;
    private static final double UNIT_TOLERANCE = 1e-4;

    @TempDir
    private @Nullable Path temporary;

    private @Nullable Encoder shared;

    /**
     * What to embed: at least three items that look different to the model.
     *
     * @param modality one of the opened encoder's
     */
    protected abstract List<? extends Item> items(Modality modality);

    /** How far a component of a row may differ between two ways of computing it; {@code 1e-5} if not overridden. */
    protected double tolerance() {
        return 1e-5;
    }

    /**
     * Content that is no item of a modality, like a damaged image.
     *
     * @return by default three bytes, or nothing for items that are texts, because every text is one
     */
    protected Optional<byte[]> damaged(Modality modality) {
        return takesTexts(modality) ? Optional.empty() : Optional.of(new byte[] {1, 2, 3});
    }

    @AfterAll
    void closeTheSharedEncoder() {
        if (shared != null) {
            shared.close();
        }
    }

    @Test
    void rowsHaveTheSpacesDimensionAndUnitLength() {
        forEachModality(modality -> {
            List<? extends Item> items = itemsOf(modality);
            float[][] rows = encoded(encoder(), modality, items);
            for (int i = 0; i < rows.length; i++) {
                String row = "the row of " + modality + " " + items.get(i).label();
                if (rows[i].length != encoder().space().dimension()) {
                    throw failure(
                            row + " has " + rows[i].length + " values, but the space has "
                                    + encoder().space().dimension() + " dimensions",
                            "give the network's output dimension to the EmbeddingSpace");
                }
                double length = Math.sqrt(Rows.product(rows[i], rows[i]));
                if (!(Math.abs(length - 1) <= UNIT_TOLERANCE)) {
                    throw failure(row + " has length " + length, "divide each row by its Euclidean length");
                }
            }
        });
    }

    @Test
    void differentItemsHaveDifferentRows() {
        forEachModality(modality -> {
            List<? extends Item> items = itemsOf(modality);
            float[][] rows = encoded(encoder(), modality, items);
            for (int i = 0; i < rows.length; i++) {
                for (int j = 0; j < i; j++) {
                    if (Rows.difference(rows[i], rows[j]) == 0) {
                        throw failure(
                                items.get(j).label() + " and " + items.get(i).label() + " have the same row",
                                "check that the items reach the network; or give items that the model can tell apart");
                    }
                }
            }
        });
    }

    @Test
    void rowsAreInTheOrderOfTheItems() {
        forEachModality(modality -> {
            List<Item> items = new ArrayList<>(itemsOf(modality));
            float[][] rows = encoded(encoder(), modality, items);
            Collections.reverse(items);
            float[][] reversed = encoded(encoder(), modality, items);
            Collections.reverse(Arrays.asList(reversed));
            assertClose(
                    reversed,
                    rows,
                    modality + " items in the opposite order do not give their rows in the opposite order",
                    "return rows in the order of the items, whatever order they are computed in");
        });
    }

    @Test
    void aBatchGivesWhatItsItemsGiveAlone() {
        forEachModality(modality -> {
            List<Item> items = new ArrayList<>(itemsOf(modality));
            items.add(items.get(0));
            float[][] together = encoded(encoder(), modality, items);
            for (int i = 0; i < items.size(); i++) {
                assertClose(
                        new float[][] {together[i]},
                        encoded(encoder(), modality, List.of(items.get(i))),
                        modality + " " + items.get(i).label() + " has another row among others than alone",
                        "let no item see the others: mask padding, use no statistics of the batch; or override"
                                + " tolerance() if only the last digits differ");
            }
        });
    }

    @Test
    void theSameItemsGiveTheSameRowsAgainAlsoAfterOpeningAgain() {
        forEachModality(modality -> {
            float[][] rows = encoded(encoder(), modality, itemsOf(modality));
            assertClose(
                    encoded(encoder(), modality, itemsOf(modality)),
                    rows,
                    modality + " items have other rows the second time",
                    "use no randomness, or one whose seed is an option");
            try (Encoder again = open()) {
                assertClose(
                        encoded(again, modality, itemsOf(modality)),
                        rows,
                        modality + " items have other rows when the encoder is opened again",
                        "use no randomness when opening, or one whose seed is an option");
            }
        });
    }

    @Test
    void noItemsGiveNoRows() {
        forEachModality(modality -> {
            float[][] rows = encoded(encoder(), modality, List.of());
            if (rows.length != 0) {
                throw failure("no " + modality + " items give " + rows.length + " rows", "return new float[0][]");
            }
        });
    }

    @Test
    void theRowsBelongToTheCaller() {
        forEachModality(modality -> {
            float[][] rows = encoded(encoder(), modality, itemsOf(modality));
            float[][] before = Arrays.stream(rows).map(float[]::clone).toArray(float[][]::new);
            for (float[] row : rows) {
                Arrays.fill(row, 7);
            }
            assertClose(
                    encoded(encoder(), modality, itemsOf(modality)),
                    before,
                    "changing the rows that were returned for " + modality + " changes later ones",
                    "return new arrays every time");
        });
    }

    @Test
    void bothStagesTogetherGiveWhatEncodingGives() {
        Assumptions.assumeTrue(encoder() instanceof PreparingEncoder, "only for encoders that work in two stages");
        PreparingEncoder encoder = (PreparingEncoder) encoder();
        if (encoder.batchSize() < 1) {
            throw failure("batchSize() is " + encoder.batchSize(), "return 1 or more");
        }
        forEachModality(modality -> {
            List<? extends Item> items = itemsOf(modality);
            float[][] rows = new float[items.size()][];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = encoder.encodePrepared(modality, List.of(encoder.prepare(modality, items.get(i))))[0];
            }
            assertClose(
                    rows,
                    encoded(encoder, modality, items),
                    "prepare(…) and encodePrepared(…) give other rows for " + modality + " than encode(…)",
                    "do not override encode(…), or do the same in it");
        });
    }

    @Test
    void anUnsupportedModalityIsRefusedNamingTheKnownOnes() {
        Modality unknown = new Modality("unheardof");
        for (List<? extends Item> items : List.of(List.<Item>of(), List.of(new Item.Text("a")))) {
            FreeBindException thrown = thrown(
                    () -> encoder().encode(unknown, items),
                    "encoding " + items.size() + " items of the modality '" + unknown + "'",
                    "check the modality against space().modalities() first, and throw InvalidRequestException");
            if (!(thrown instanceof InvalidRequestException)) {
                throw failure(
                        "a modality that the space does not know is a "
                                + thrown.getClass().getSimpleName(),
                        "throw InvalidRequestException: the request is wrong, not the data",
                        thrown);
            }
            for (Modality known : encoder().space().modalities()) {
                if (!String.valueOf(thrown.getMessage()).contains(known.name())) {
                    throw failure(
                            "the message about an unknown modality does not name '" + known + "': "
                                    + thrown.getMessage(),
                            "name the modalities of the space in it",
                            thrown);
                }
            }
        }
    }

    @Test
    void aMissingFileIsNamed() {
        forEachModality(modality -> {
            if (!takesTexts(modality)) {
                assertNamed(modality, new Item.File(folderForTests().resolve("no-such.file")), "no-such.file");
            }
        });
    }

    @Test
    void damagedContentIsNamed() {
        forEachModality(modality -> damaged(modality).ifPresent(content -> {
            Path file = folderForTests().resolve("damaged." + modality);
            write(file, content);
            assertNamed(modality, new Item.File(file), file.getFileName().toString());
            assertNamed(modality, new Item.Bytes("damaged-content", content), "damaged-content");
        }));
    }

    /** An item among good ones that cannot be read. */
    private void assertNamed(Modality modality, Item bad, String name) {
        List<Item> items = new ArrayList<>(itemsOf(modality));
        items.add(1, bad);
        FreeBindException thrown = thrown(
                () -> encoder().encode(modality, items),
                "encoding the " + modality + " item " + bad.label() + ", which cannot be read,",
                "throw DataException; never leave out the item or give it a row");
        if (!(thrown instanceof DataException)) {
            throw failure(
                    "an item that cannot be read is a " + thrown.getClass().getSimpleName(),
                    "throw DataException: the data is wrong, not the request",
                    thrown);
        }
        if (!String.valueOf(thrown.getMessage()).contains(name)) {
            throw failure(
                    "the message does not name the item that cannot be read, " + bad.label() + ": "
                            + thrown.getMessage(),
                    "begin the message with item.label()",
                    thrown);
        }
    }

    @Test
    void anItemOfAnotherKindIsRefusedByItsLabel() {
        forEachModality(modality -> {
            Path file = folderForTests().resolve("a-text.txt");
            write(file, "a text".getBytes(StandardCharsets.UTF_8));
            boolean texts = takesTexts(modality);
            Item other = texts ? new Item.File(file) : new Item.Text("just words");
            String what = "encoding " + (texts ? "a file" : "a text") + " as " + modality;
            float[][] rows;
            try {
                rows = encoder().encode(modality, List.of(other));
            } catch (FreeBindException e) {
                if (!String.valueOf(e.getMessage()).contains(texts ? "a-text.txt" : "just words")) {
                    throw failure(
                            "the message about " + (texts ? "a file" : "a text") + " given as " + modality
                                    + " does not name it: " + e.getMessage(),
                            "name the item by item.label()",
                            e);
                }
                return;
            } catch (RuntimeException e) {
                throw failure(
                        what + " throws " + e.getClass().getName() + ": " + e.getMessage(),
                        "throw InvalidRequestException for kinds of items that the modality does not take",
                        e);
            }
            if (!texts) {
                throw failure(
                        what + " gives " + rows.length + " rows",
                        "throw InvalidRequestException for kinds of items that the modality does not take");
            }
        });
    }

    @Test
    void aFileAndItsContentGiveTheSameRow() {
        forEachModality(modality -> {
            for (Item item : itemsOf(modality)) {
                if (item instanceof Item.File file) {
                    Item content = new Item.Bytes(file.label(), read(file.path()));
                    assertClose(
                            encoded(encoder(), modality, List.of(content)),
                            encoded(encoder(), modality, List.of(file)),
                            "the content of " + file.label() + " has another row than the file",
                            "treat Item.Bytes as the content of an Item.File; do not look at file names");
                }
            }
        });
    }

    @Test
    void severalThreadsMayEncodeAtOnce() throws InterruptedException {
        Map<Modality, float[][]> expected = new HashMap<>();
        forEachModality(modality -> expected.put(modality, encoded(encoder(), modality, itemsOf(modality))));
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        // A new encoder, so that the threads also meet at whatever it does first.
        try (Encoder fresh = open()) {
            List<Future<?>> runs = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                for (Modality modality : expected.keySet()) {
                    runs.add(threads.submit(() -> assertClose(
                            encoded(fresh, modality, itemsOf(modality)),
                            expected.get(modality),
                            modality + " items have other rows when several threads encode at once",
                            "share nothing that changes between calls of encode(…), or lock it")));
                }
            }
            for (Future<?> run : runs) {
                run.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AssertionError error) {
                throw error;
            }
            throw failure(
                    "encoding from several threads at once throws " + e.getCause(),
                    "share nothing that changes between calls of encode(…), or lock it",
                    e);
        } catch (TimeoutException e) {
            throw failure(
                    "encoding from several threads at once does not end within " + PATIENCE_SECONDS + " s",
                    "look for a deadlock",
                    e);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void closingTwiceIsHarmless() {
        Encoder closed = open();
        closed.close();
        try {
            closed.close();
        } catch (RuntimeException e) {
            throw failure("closing a second time throws " + e, "remember that it is closed, and then do nothing", e);
        }
    }

    @Test
    void aClosedEncoderRefusesToEncode() {
        Encoder closed = open();
        List<Modality> modalities = closed.space().modalities();
        closed.close();
        for (Modality modality : modalities) {
            for (List<? extends Item> items : List.of(itemsOf(modality), List.<Item>of())) {
                @Nullable RuntimeException thrown = null;
                try {
                    closed.encode(modality, items);
                } catch (RuntimeException e) {
                    thrown = e;
                }
                if (!(thrown instanceof IllegalStateException)) {
                    throw failure(
                            "encoding " + items.size() + " " + modality + " items after close() "
                                    + (thrown == null ? "gives rows" : "throws " + thrown),
                            "throw IllegalStateException, also if there are no items");
                }
            }
        }
    }

    @Test
    void closingOneEncoderLeavesOthersOpen() {
        try (Encoder other = open()) {
            open().close();
            try {
                other.space().modalities().forEach(modality -> encoded(other, modality, itemsOf(modality)));
            } catch (RuntimeException e) {
                throw failure(
                        "closing one encoder breaks another: " + e,
                        "let each encoder own what it closes, or count the users of what they share",
                        e);
            }
        }
    }

    synchronized Encoder encoder() {
        Encoder opened = shared;
        if (opened == null) {
            opened = open();
            shared = opened;
        }
        return opened;
    }

    private void forEachModality(Consumer<Modality> check) {
        encoder().space().modalities().forEach(check);
    }

    private List<? extends Item> itemsOf(Modality modality) {
        List<? extends Item> items = List.copyOf(items(modality));
        if (items.size() < FEWEST_ITEMS) {
            throw failure(
                    "the test gives " + items.size() + " items of " + modality,
                    "give at least " + FEWEST_ITEMS + " that look different to the model");
        }
        return items;
    }

    private boolean takesTexts(Modality modality) {
        return items(modality).stream().anyMatch(Item.Text.class::isInstance);
    }

    private static float[][] encoded(Encoder encoder, Modality modality, List<? extends Item> items) {
        float[][] rows = encoder.encode(modality, List.copyOf(items));
        if (rows.length != items.size()) {
            throw failure(
                    items.size() + " " + modality + " items give " + rows.length + " rows",
                    "return exactly one row for each item");
        }
        return rows;
    }

    /** Runs what must fail with a message for users. */
    private static FreeBindException thrown(Runnable work, String what, String fix) {
        try {
            work.run();
        } catch (FreeBindException e) {
            return e;
        } catch (RuntimeException e) {
            throw failure(what + " throws " + e.getClass().getName() + ": " + e.getMessage(), fix, e);
        }
        throw failure(what + " is not refused", fix);
    }

    private void assertClose(float[][] actual, float[][] expected, String what, String fix) {
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Rows.difference(actual[i], expected[i]));
        }
        if (largest > tolerance()) {
            throw failure(what + ": the largest difference is " + largest + ", allowed is " + tolerance(), fix);
        }
    }

    Path folderForTests() {
        if (temporary == null) {
            throw new IllegalStateException("JUnit gave no temporary folder");
        }
        return temporary;
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new IllegalStateException(file + " of items(…) cannot be read", e);
        }
    }

    private static void write(Path file, byte[] content) {
        try {
            Files.write(file, content);
        } catch (IOException e) {
            throw new IllegalStateException(file + " cannot be written", e);
        }
    }
}
