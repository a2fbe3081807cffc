package dev.freebind.tensorflow.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The gated layers against their definition, computed plainly in float64. */
class GatedFeedForwardTest {

    @Test
    void theGateIsActivatedAndMultipliesTheOtherBranch() {
        FakeTensors tensors = new FakeTensors();
        float[] gate = tensors.random("gate_proj.weight", 3, 2);
        float[] up = tensors.random("up_proj.weight", 3, 2);
        float[] down = tensors.random("down_proj.weight", 2, 3);
        float[] x = {0.5f, -1.5f};

        float[] actual;
        try (Network network = new Network(tensors)) {
            actual = network.run(x, GatedFeedForward.of(network.weights, 2, 3, Activation.SILU)::apply, 1, 2);
        }

        for (int out = 0; out < 2; out++) {
            double expected = 0;
            for (int h = 0; h < 3; h++) {
                double gated = (double) gate[h * 2] * x[0] + (double) gate[h * 2 + 1] * x[1];
                double other = (double) up[h * 2] * x[0] + (double) up[h * 2 + 1] * x[1];
                expected += down[out * 3 + h] * other * gated / (1 + Math.exp(-gated));
            }
            assertThat(actual[out]).isCloseTo((float) expected, within(1e-5f));
        }
    }
}
