package dev.freebind.tensorflow.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The layers of Swin transformers against their definitions, computed plainly in float64 on the square itself. */
class SwinTest {

    private static final Offset<Float> CLOSE = within(5e-5f);
    private static final int SIDE = 6;
    private static final int WINDOW = 3;
    private static final int WIDTH = 4;
    private static final int HEADS = 2;

    private final FakeTensors tensors = new FakeTensors();
    private final Network network = new Network(tensors);

    @AfterEach
    void close() {
        network.close();
    }

    private static float[] random(int length) {
        Random random = new Random(11);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Tokens attend to those in the same region and window after a shift, by differences of rows and columns. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void windowAttentionIsAttentionAmongTheTokensOfAWindow(int shift) {
        float[] in = tensors.random("qkv.weight", 3 * WIDTH, WIDTH);
        float[] inBias = tensors.random("qkv.bias", 3 * WIDTH);
        float[] out = tensors.random("proj.weight", WIDTH, WIDTH);
        float[] outBias = tensors.random("proj.bias", WIDTH);
        float[] table = tensors.random("relative_position_bias_table", 25, HEADS);
        tensors.put("relative_position_index", new float[81], 9, 9);
        int batch = 2;
        int tokens = SIDE * SIDE;
        float[] x = random(batch * tokens * WIDTH);

        float[] actual = network.run(
                x,
                WindowAttention.of(network.weights, WIDTH, HEADS, new ShiftedWindows(SIDE, WINDOW, shift))::apply,
                batch * tokens,
                WIDTH);

        for (int square = 0; square < batch; square++) {
            double[][] qkv = new double[tokens][];
            for (int i = 0; i < tokens; i++) {
                qkv[i] = linear(in, inBias, x, (square * tokens + i) * WIDTH);
            }
            for (int query = 0; query < tokens; query++) {
                double[] attended = new double[WIDTH];
                for (int head = 0; head < HEADS; head++) {
                    attend(qkv, query, head, shift, table, attended);
                }
                for (int j = 0; j < WIDTH; j++) {
                    double expected = outBias[j];
                    for (int i = 0; i < WIDTH; i++) {
                        expected += out[j * WIDTH + i] * attended[i];
                    }
                    assertThat(actual[(square * tokens + query) * WIDTH + j]).isCloseTo((float) expected, CLOSE);
                }
            }
        }
    }

    private static double[] linear(float[] weight, float[] bias, float[] x, int from) {
        double[] result = new double[bias.length];
        for (int j = 0; j < bias.length; j++) {
            result[j] = bias[j];
            for (int i = 0; i < WIDTH; i++) {
                result[j] += weight[j * WIDTH + i] * x[from + i];
            }
        }
        return result;
    }

    private static void attend(double[][] qkv, int query, int head, int shift, float[] table, double[] attended) {
        int size = WIDTH / HEADS;
        double sum = 0;
        for (int key = 0; key < qkv.length; key++) {
            if (part(query / SIDE, shift) != part(key / SIDE, shift)
                    || part(query % SIDE, shift) != part(key % SIDE, shift)) {
                continue;
            }
            double score = table[((query / SIDE - key / SIDE + 2) * 5 + query % SIDE - key % SIDE + 2) * HEADS + head];
            for (int i = 0; i < size; i++) {
                score += qkv[query][head * size + i] * qkv[key][WIDTH + head * size + i] / Math.sqrt(size);
            }
            sum += Math.exp(score);
            for (int i = 0; i < size; i++) {
                attended[head * size + i] += Math.exp(score) * qkv[key][2 * WIDTH + head * size + i];
            }
        }
        for (int i = 0; i < size; i++) {
            attended[head * size + i] /= sum;
        }
    }

    /** Along an axis, tokens see each other if they are in one part: windows moved by the shift, cut at the edges. */
    private static int part(int at, int shift) {
        return Math.floorDiv(at - shift, WINDOW);
    }

    @Test
    void headsMustDivideTheWidth() {
        assertThatThrownBy(() -> WindowAttention.of(network.weights, 4, 3, new ShiftedWindows(4, 2, 0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 heads");
    }

    @Test
    void patchMergingTakesUpperLeftLowerLeftUpperRightLowerRight() {
        int side = 4;
        int width = 2;
        float[] gamma = tensors.random("norm.weight", 4 * width);
        float[] beta = tensors.random("norm.bias", 4 * width);
        float[] reduction = tensors.random("reduction.weight", 2 * width, 4 * width);
        float[] x = random(side * side * width);

        float[] actual = network.run(x, PatchMerging.of(network.weights, width, side, 1e-5)::apply, side * side, width);

        int[][] places = {{0, 0}, {1, 0}, {0, 1}, {1, 1}};
        for (int square = 0; square < 4; square++) {
            double[] joined = new double[4 * width];
            double mean = 0;
            for (int i = 0; i < joined.length; i++) {
                int row = square / 2 * 2 + places[i / width][0];
                int column = square % 2 * 2 + places[i / width][1];
                joined[i] = x[(row * side + column) * width + i % width];
                mean += joined[i] / joined.length;
            }
            double variance = 0;
            for (double value : joined) {
                variance += (value - mean) * (value - mean) / joined.length;
            }
            for (int j = 0; j < 2 * width; j++) {
                double expected = 0;
                for (int i = 0; i < joined.length; i++) {
                    double normalised = (joined[i] - mean) / Math.sqrt(variance + 1e-5) * gamma[i] + beta[i];
                    expected += reduction[j * joined.length + i] * normalised;
                }
                assertThat(actual[square * 2 * width + j]).isCloseTo((float) expected, CLOSE);
            }
        }
    }

    @Test
    void squaresWithAnOddSideCannotBeMerged() {
        assertThatThrownBy(() -> PatchMerging.of(network.weights, 4, 3, 1e-5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("square of 3");
    }

    @Test
    void aTilingConvolutionStepsByItsKernelAndAddsABias() {
        float[] kernel = tensors.random("weight", 3, 1, 2, 3);
        float[] bias = tensors.random("bias", 3);
        float[] image = random(4 * 7);

        float[] actual = network.run(image, Convolution2d.tiling(network.weights, 1, 3, 2, 3)::apply, 1, 4, 7, 1);

        assertThat(actual).as("the seventh column fills no kernel").hasSize(2 * 2 * 3);
        for (int i = 0; i < actual.length; i++) {
            int channel = i % 3;
            int row = i / 6;
            int column = i / 3 % 2;
            double expected = bias[channel];
            for (int k = 0; k < 6; k++) {
                expected += kernel[channel * 6 + k] * image[(row * 2 + k / 3) * 7 + column * 3 + k % 3];
            }
            assertThat(actual[i]).isCloseTo((float) expected, CLOSE);
        }
    }
}
