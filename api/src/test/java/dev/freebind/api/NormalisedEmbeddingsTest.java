package dev.freebind.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NormalisedEmbeddingsTest {

    private static float[] read(Embeddings embeddings, long firstRow, int count) {
        FloatBuffer target = FloatBuffer.allocate(count * embeddings.dimension());
        embeddings.read(firstRow, count, target);
        assertThat(target.hasRemaining()).isFalse();
        return target.array();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 64, 101})
    void everyRowHasUnitLengthAndItsOldDirection(int dimension) {
        Random random = new Random(dimension);
        float[] values = new float[dimension * 9];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * 30);
        }
        float[] scaled = read(Embeddings.of(values, dimension, "memory").normalised(), 0, 9);
        for (int row = 0; row < 9; row++) {
            double norm = 0;
            for (int j = 0; j < dimension; j++) {
                norm += Math.pow(values[row * dimension + j], 2);
            }
            norm = Math.sqrt(norm);
            for (int j = row * dimension; j < (row + 1) * dimension; j++) {
                assertThat((double) scaled[j]).isCloseTo(values[j] / norm, Offset.offset(2e-7));
            }
        }
    }

    @Test
    void rowsOfTheSmallestAndLargestNumbersAreScaledToo() {
        float[] values = {3 * Float.MIN_VALUE, 4 * Float.MIN_VALUE, Float.MAX_VALUE, 0};
        assertThat(read(Embeddings.of(values, 2, "memory").normalised(), 0, 2)).containsExactly(0.6f, 0.8f, 1, 0);
    }

    @Test
    void aBadRowIsNamedByWhereItComesFrom() {
        Embeddings good = Embeddings.of(new float[] {1, 2, 3, 4}, 2, "good.npy");
        Embeddings bad = Embeddings.of(new float[] {1, 2, 0, 0, 5, Float.NaN}, 2, "bad.npy");
        Embeddings all =
                Embeddings.concatenation(List.of(good, bad)).slice(1, 4).normalised();
        assertThat(read(all, 0, 2)).hasSize(4);
        assertThatThrownBy(() -> read(all, 1, 2))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("bad.npy, row 1: all values are zero");
        assertThatThrownBy(() -> read(all, 3, 1))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("bad.npy, row 2: a value is not finite");
    }
}
