package dev.freebind.evaluation.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.bonds.router.RouterKey;
import dev.freebind.evaluation.routing.RouterLoad.SourceLoad;
import java.util.List;
import org.junit.jupiter.api.Test;

class RouterLoadTest {

    private static final RouterKey ROUTER = new RouterKey("omni", Modality.TEXT);

    private static RouterLoad of(int sources, float... weights) {
        return RouterLoad.of(
                ROUTER,
                "test",
                List.of("at", "vt", "unified").subList(0, sources),
                Embeddings.of(weights, sources, "weights"));
    }

    @Test
    void meansSpreadsAndLoadsAreThoseOfTheWeights() {
        RouterLoad load = of(3, 0.5f, 0.25f, 0.25f, 0.75f, 0.125f, 0.125f, 0.25f, 0.625f, 0.125f, 0, 0.25f, 0.75f);
        assertThat(load.count()).isEqualTo(4);
        assertThat(load.sources())
                .containsExactly(
                        new SourceLoad("at", 0.375, 0, 0.75, 0.5),
                        new SourceLoad("vt", 0.3125, 0.125, 0.625, 0.25),
                        new SourceLoad("unified", 0.3125, 0.125, 0.75, 0.25));
    }

    @Test
    void anItemWithTwoLargestWeightsCountsHalfForEach() {
        assertThat(of(3, 0.4f, 0.4f, 0.2f, 0.1f, 0.1f, 0.8f).sources())
                .extracting(SourceLoad::load)
                .containsExactly(0.25, 0.25, 0.5);
    }

    @Test
    void percentilesLeaveOutTheOutermostTenthsHoweverManyBlocksThereAre() {
        int items = 5_000;
        float[] weights = new float[2 * items];
        for (int i = 0; i < items; i++) {
            // every multiple of 1/5000 once, in an order that mixes small and large
            float weight = (float) ((i * 1_237L) % items + 1) / items;
            weights[2 * i] = weight;
            weights[2 * i + 1] = 1 - weight;
        }
        RouterLoad load = of(2, weights);
        SourceLoad first = load.sources().get(0);
        assertThat(load.count()).isEqualTo(items);
        assertThat(first.mean()).isCloseTo(0.5001, within(1e-6));
        assertThat(first.low()).isEqualTo(0.1);
        assertThat(first.high()).isEqualTo(0.9);
        // weights above one half, and half of the one that ties
        assertThat(first.load()).isCloseTo(2_500.5 / items, within(1e-9));
    }

    @Test
    void oneItemIsItsOwnSpread() {
        assertThat(of(2, 0.25f, 0.75f).sources())
                .containsExactly(new SourceLoad("at", 0.25, 0.25, 0.25, 0), new SourceLoad("vt", 0.75, 0.75, 0.75, 1));
    }

    @Test
    void rowsThatDoNotFitTheSourcesAreRefused() {
        Embeddings weights = Embeddings.of(new float[] {0.5f, 0.5f}, 2, "weights");
        assertThatThrownBy(() -> RouterLoad.of(ROUTER, "test", List.of("at"), weights))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected rows of 1 weights, found 1 of 2");
    }
}
