package dev.freebind.tensorflow.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkWeightsTest {

    private static final float[] ROW = {1, 2, 3, 4};
    private static final long[] ROW_SHAPE = {2, 2};

    private final FakeTensors tensors = new FakeTensors();

    @Test
    void weightsArriveUnderTheirNamesAndPrefixes() {
        tensors.put("a.b.weight", new float[] {1, 2, 3, 4, 5, 6}, 3, 2).put("a.b.bias", new float[] {10, 20, 30}, 3);

        try (Network network = new Network(tensors)) {
            float[] result =
                    network.run(ROW, Linear.of(network.weights.under("a").under("b"), 2, 3)::apply, ROW_SHAPE);

            assertThat(result)
                    .containsExactly(1 + 4 + 10, 3 + 8 + 20, 5 + 12 + 30, 3 + 8 + 10, 9 + 16 + 20, 15 + 24 + 30);
        }
    }

    @Test
    void buildingReadsNothingAndLoadingReadsEveryTensorOnce() {
        tensors.random("weight", 2, 2);
        tensors.random("bias", 2);

        try (Network network = new Network(tensors)) {
            Linear.of(network.weights, 2, 2);
            assertThat(tensors.read()).isEmpty();
            assertThat(network.weights.bytes()).isEqualTo(4 * (4 + 2));

            network.weights.load();
            assertThat(tensors.read()).containsExactly("weight as floats", "bias as floats");
        }
    }

    @Test
    void matricesInHalfPrecisionAreReadAsStoredIfTheCheckpointHasThatType() {
        tensors.put("weight", ElementType.BF16, new float[] {1, 2, -0.5f, 3}, 2, 2)
                .put("bias", ElementType.BF16, new float[] {0.25f, 0}, 2);

        try (Network network = new Network(tensors, WeightPrecision.BFLOAT16)) {
            float[] result = network.run(ROW, Linear.of(network.weights, 2, 2)::apply, ROW_SHAPE);

            assertThat(result).containsExactly(5.25f, 5.5f, 11.25f, 10.5f);
            assertThat(tensors.read()).containsExactly("weight as stored", "bias as floats");
            assertThat(network.weights.bytes()).isEqualTo(2 * 4 + 4 * 2);
        }
    }

    @Test
    void matricesOfOtherTypesAreRoundedToHalfPrecisionAndProductsAreNot() {
        float exact = 1 + 1f / 512; // needs nine bits behind the point: bfloat16 has seven, float16 ten
        tensors.put("weight", new float[] {exact, 0, 0, exact}, 2, 2);
        float[] input = {exact, 3, 1, exact};

        assertThat(halved(WeightPrecision.BFLOAT16, input)).containsExactly(exact, 3, 1, exact);
        assertThat(halved(WeightPrecision.FLOAT16, input))
                .containsExactly(exact * exact, 3 * exact, exact, exact * exact);
    }

    private float[] halved(WeightPrecision precision, float[] input) {
        try (Network network = new Network(tensors, precision)) {
            return network.run(input, Linear.withoutBias(network.weights, 2, 2)::apply, ROW_SHAPE);
        }
    }

    @Test
    void aPreparedTensorIsRearrangedOnceWhenLoaded() {
        tensors.put("weight", new float[] {1, 2, 3, 4, 5, 6}, 2, 3);

        try (Network network = new Network(tensors)) {
            Weight weight = network.weights.prepared(
                    "weight",
                    Shape.of(2, 3),
                    Shape.of(2),
                    values -> network.ops().sum(values, network.ops().constant(1)));

            assertThat(network.run(ROW, weight::values, ROW_SHAPE)).containsExactly(6, 15);
        }
    }

    @Test
    void manySmallAndLargeTensorsAllArrive() {
        float[] expected = new float[40];
        for (int i = 0; i < 40; i++) {
            float[] values = new float[i % 3 == 0 ? 2_000_000 : 1];
            values[values.length - 1] = i;
            expected[i] = i;
            tensors.put("t" + i, values, values.length);
        }

        try (Network network = new Network(tensors)) {
            float[] result = network.run(
                    ROW,
                    input -> network.ops()
                            .concat(
                                    java.util.stream.IntStream.range(0, 40)
                                            .mapToObj(i -> {
                                                int length = i % 3 == 0 ? 2_000_000 : 1;
                                                return (org.tensorflow.Operand<org.tensorflow.types.TFloat32>)
                                                        network.ops()
                                                                .slice(
                                                                        network.weights
                                                                                .weight("t" + i, length)
                                                                                .values(input),
                                                                        network.ops()
                                                                                .constant(new int[] {length - 1}),
                                                                        network.ops()
                                                                                .constant(new int[] {1}));
                                            })
                                            .toList(),
                                    network.ops().constant(0)),
                    ROW_SHAPE);

            assertThat(result).containsExactly(expected);
        }
    }

    @Test
    void whatIsMissingMisshapenOrExtraIsNamedAllAtOnce() {
        tensors.random("weight", 2, 3);
        tensors.random("extra", 1);
        tensors.random("state.step", 1);

        try (Network network = new Network(tensors)) {
            Linear.of(network.weights, 2, 2);
            network.weights.unused("state.*");

            assertThatThrownBy(network.claims::check)
                    .isInstanceOf(DataException.class)
                    .hasMessageContainingAll(
                            "fake.pt", "'weight' has shape (2, 3) and needs (2, 2)", "'bias'", "missing", "'extra'")
                    .hasMessageNotContaining("state.step");
        }
    }

    @Test
    void loadingAMisshapenTensorFailsEvenIfNobodyChecked() {
        tensors.random("weight", 2, 3);

        try (Network network = new Network(tensors)) {
            network.weights.weight("weight", 2, 2);

            assertThatThrownBy(network.weights::load)
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("'weight'");
        }
    }

    @Test
    void layersAreCountedAndSizesReadFromShapes() {
        tensors.random("blocks.0.weight", 5, 7);
        tensors.random("blocks.1.weight", 5, 7);
        tensors.random("blocks.3.weight", 5, 7);

        try (Network network = new Network(tensors)) {
            assertThat(network.weights.count("blocks")).isEqualTo(2);
            assertThat(network.weights.under("blocks.1").shape("weight", 2).lengths())
                    .isEqualTo(List.of(5L, 7L));
            assertThat(network.weights.has("blocks.2.weight")).isFalse();
        }
    }
}
