package dev.freebind.tensorflow.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Interpolated positions against the definition of cubic convolution. */
class PositionGridTest {

    private final FakeTensors tensors = new FakeTensors();
    private final Network network = new Network(tensors);

    @AfterEach
    void close() {
        network.close();
    }

    @Test
    void weightsAreThoseOfCubicConvolutionWithBordersRepeated() {
        float[][] doubled = PositionGrid.interpolation(2, 4);

        // Sample 1 lies a quarter behind position 0; with a = −0.75 the four taps at −1, 0, 1, 2 are these.
        float[] taps = {-0.10546875f, 0.87890625f, 0.26171875f, -0.03515625f};
        assertThat(doubled[1]).containsExactly(new float[] {taps[0] + taps[1], taps[2] + taps[3]}, within(1e-6f));
        // The last two mirror the first two.
        assertThat(doubled[2]).containsExactly(new float[] {doubled[1][1], doubled[1][0]}, within(1e-6f));
        assertThat(doubled[3]).containsExactly(new float[] {doubled[0][1], doubled[0][0]}, within(1e-6f));
    }

    @Test
    void weightsOfASampleAddUpToOneAndTheSameGridIsTakenAsItIs() {
        for (int to : new int[] {1, 5, 8, 16, 24, 26}) {
            for (float[] row : PositionGrid.interpolation(16, to)) {
                float sum = 0;
                for (float weight : row) {
                    sum += weight;
                }
                assertThat(sum).isCloseTo(1, within(1e-6f));
            }
        }
        assertThat(PositionGrid.interpolation(3, 3)).isDeepEqualTo(new float[][] {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}});
    }

    @Test
    void theClassTokensPositionStaysAndTheGridIsInterpolatedAlongBothSides() {
        float[] table = tensors.random("position", 1, 1 + 9, 2);

        Weight grown = PositionGrid.of(network.weights, "position", 3, 5, 2);
        float[] actual = network.run(new float[1], grown::values, 1);

        float[][] weights = PositionGrid.interpolation(3, 5);
        assertThat(actual).hasSize((1 + 25) * 2);
        assertThat(actual).startsWith(table[0], table[1]);
        for (int row = 0; row < 5; row++) {
            for (int column = 0; column < 5; column++) {
                for (int j = 0; j < 2; j++) {
                    double expected = 0;
                    for (int i = 0; i < 9; i++) {
                        expected += (double) weights[row][i / 3] * weights[column][i % 3] * table[(1 + i) * 2 + j];
                    }
                    assertThat(actual[(1 + row * 5 + column) * 2 + j]).isCloseTo((float) expected, within(1e-5f));
                }
            }
        }
    }

    @Test
    void withoutAnotherSizeTheTableIsTheStoredOne() {
        float[] table = tensors.random("position", 1, 1 + 4, 3);

        Weight same = PositionGrid.of(network.weights, "position", 2, 2, 3);

        assertThat(network.run(new float[1], same::values, 1)).containsExactly(table);
    }
}
