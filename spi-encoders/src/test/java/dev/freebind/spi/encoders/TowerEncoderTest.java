package dev.freebind.spi.encoders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TowerEncoderTest {

    private final List<Integer> batches = new ArrayList<>();
    private final AtomicInteger released = new AtomicInteger();

    /** Texts are numbers, {@code "3 4"}; sounds have two rows each, of which the second is the first backwards. */
    private final class Numbers extends TowerEncoder {

        Numbers() {
            super(
                    new EmbeddingSpace("numbers", 2, List.of(Modality.AUDIO, Modality.TEXT)),
                    Map.of(
                            Modality.TEXT,
                                    new Tower<>(item -> numbers(text(item)), values -> {
                                        synchronized (batches) {
                                            batches.add(values.size());
                                        }
                                        return array(joined(values));
                                    }),
                            Modality.AUDIO,
                                    new Tower<>(item -> new float[] {1, 2, 2, 1}, values -> array(joined(values)), 2)),
                    3);
        }

        @Override
        protected String hint(Modality modality) {
            return modality.equals(Modality.IMAGE) ? "; give the option 'eyes'" : "";
        }

        @Override
        protected void release() {
            released.incrementAndGet();
        }
    }

    private static float[] numbers(String text) {
        String[] words = text.split(" ");
        return new float[] {Float.parseFloat(words[0]), Float.parseFloat(words[1])};
    }

    private static float[] array(FloatBuffer buffer) {
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return values;
    }

    private static List<Item> texts(String... texts) {
        List<Item> items = new ArrayList<>();
        for (String text : texts) {
            items.add(new Item.Text(text));
        }
        return items;
    }

    @Test
    void rowsAreUnitInTheOrderOfTheItemsAndMadeInBatches() {
        float[][] rows = new Numbers().encode(Modality.TEXT, texts("3 4", "0 2", "-5 0", "8 6"));

        assertThat(rows).isDeepEqualTo(new float[][] {{0.6f, 0.8f}, {0, 1}, {-1, 0}, {0.8f, 0.6f}});
        assertThat(batches).containsExactly(3, 1);
    }

    @Test
    void theRowsOfAnItemsPartsBecomeOne() {
        float half = (float) Math.sqrt(0.5);

        assertThat(new Numbers()
                        .encode(Modality.AUDIO, List.of(new Item.File(Path.of("a")), new Item.File(Path.of("b")))))
                .isDeepEqualTo(new float[][] {{half, half}, {half, half}});
    }

    @Test
    void noItemsGiveNoRowsAndTroubleNoNetwork() {
        assertThat(new Numbers().encode(Modality.TEXT, List.of())).isEmpty();
        assertThat(batches).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"NaN 1,not finite", "1 Infinity,not finite", "0 0,zero"})
    void whatIsNoDirectionIsRefusedNamingTheItem(String text, String reason) {
        assertThatThrownBy(() -> new Numbers().encode(Modality.TEXT, texts("1 1", text)))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith('"' + text + '"')
                .hasMessageContaining("'numbers' is " + reason);
    }

    @Test
    void otherModalitiesAndKindsAreRefused() {
        assertThatThrownBy(() -> new Numbers().encode(Modality.IMAGE, List.of()))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessage("space 'numbers' embeds audio, text, not image; give the option 'eyes'");
        assertThatThrownBy(() -> new Numbers().encode(Modality.TEXT, List.of(new Item.File(Path.of("a.txt")))))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("a.txt");
    }

    @Test
    void closingReleasesOnceAndEndsEncoding() {
        Numbers encoder = new Numbers();

        encoder.close();
        encoder.close();

        assertThat(released).hasValue(1);
        assertThatThrownBy(() -> encoder.encode(Modality.TEXT, List.of())).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> encoder.prepare(Modality.TEXT, new Item.Text("1 1")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'numbers' is closed");
    }

    @Test
    void closingWaitsForATowerAtWork() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        List<String> order = java.util.Collections.synchronizedList(new ArrayList<>());
        TowerEncoder encoder =
                new TowerEncoder(
                        new EmbeddingSpace("slow", 1, List.of(Modality.TEXT)),
                        Map.of(Modality.TEXT, new TowerEncoder.Tower<>(item -> item, items -> {
                            working.countDown();
                            try {
                                goOn.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                            order.add("encoded");
                            return new float[] {1};
                        })),
                        1) {
                    @Override
                    protected void release() {
                        order.add("released");
                    }
                };
        Thread encoding = new Thread(() -> encoder.encode(Modality.TEXT, texts("a")));
        Thread closing = new Thread(encoder::close);

        encoding.start();
        working.await();
        closing.start();
        while (closing.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        goOn.countDown();
        encoding.join();
        closing.join();

        assertThat(order).containsExactly("encoded", "released");
    }

    @Test
    void everyModalityOfTheSpaceNeedsATower() {
        assertThatThrownBy(() -> new TowerEncoder(new EmbeddingSpace("none", 1, List.of(Modality.TEXT)), Map.of(), 1) {
                    @Override
                    protected void release() {}
                })
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[text]");
    }
}
