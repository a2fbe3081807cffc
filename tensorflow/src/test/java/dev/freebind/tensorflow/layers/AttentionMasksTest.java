package dev.freebind.tensorflow.layers;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.tensorflow.op.Ops;

/** What attention is kept from seeing. */
class AttentionMasksTest {

    private static final float HIDDEN = Float.NEGATIVE_INFINITY;

    @Test
    void causalHidesWhatComesLater() {
        try (Network network = new Network(new FakeTensors())) {
            Ops tf = network.ops();

            assertThat(network.run(new float[1], input -> DotProductAttention.causal(tf, tf.constant(3)), 1))
                    .containsExactly(0, HIDDEN, HIDDEN, 0, 0, HIDDEN, 0, 0, 0);
        }
    }

    @Test
    void hidingHidesAKeyFromAllQueriesOfItsSequenceAndAddsToOtherMasks() {
        try (Network network = new Network(new FakeTensors())) {
            Ops tf = network.ops();
            float[] padded = {1, 1, 0, 1, 0, 0}; // 2 sequences of 3 keys

            assertThat(network.run(
                            padded,
                            input -> DotProductAttention.hiding(tf, tf.math.greater(input, tf.constant(0f))),
                            2,
                            3))
                    .containsExactly(0, 0, HIDDEN, 0, HIDDEN, HIDDEN);
            assertThat(network.run(
                            padded,
                            input -> tf.math.add(
                                    DotProductAttention.hiding(tf, tf.math.greater(input, tf.constant(0f))),
                                    DotProductAttention.causal(tf, tf.constant(3))),
                            2,
                            3))
                    .startsWith(0, HIDDEN, HIDDEN, 0, 0, HIDDEN, 0, 0, HIDDEN)
                    .endsWith(0, HIDDEN, HIDDEN, 0, HIDDEN, HIDDEN, 0, HIDDEN, HIDDEN);
        }
    }
}
