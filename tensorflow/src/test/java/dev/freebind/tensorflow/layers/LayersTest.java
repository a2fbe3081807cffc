package dev.freebind.tensorflow.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.tensorflow.op.Ops;

/** Every layer against its definition, computed plainly in float64. */
class LayersTest {

    private static final Offset<Float> CLOSE = within(2e-5f);

    private final FakeTensors tensors = new FakeTensors();
    private final Network network = new Network(tensors);
    private final Ops tf = network.ops();

    @AfterEach
    void close() {
        network.close();
    }

    private static float[] random(int length) {
        Random random = new Random(7);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @Test
    void layerNormCentresScalesAndUsesItsEpsilon() {
        float[] gamma = tensors.random("weight", 6);
        float[] beta = tensors.random("bias", 6);
        float[] x = random(12);
        for (int i = 6; i < 12; i++) {
            x[i] *= 0.01f; // small enough for epsilon to matter
        }

        float[] actual = network.run(x, LayerNorm.of(network.weights, 6, 1e-4)::apply, 2, 6);

        for (int row = 0; row < 2; row++) {
            double mean = 0;
            double squares = 0;
            for (int j = 0; j < 6; j++) {
                mean += x[row * 6 + j] / 6.0;
            }
            for (int j = 0; j < 6; j++) {
                squares += Math.pow(x[row * 6 + j] - mean, 2) / 6;
            }
            for (int j = 0; j < 6; j++) {
                double expected = (x[row * 6 + j] - mean) / Math.sqrt(squares + 1e-4) * gamma[j] + beta[j];
                assertThat(actual[row * 6 + j]).isCloseTo((float) expected, CLOSE);
            }
        }
    }

    @Test
    void rmsNormDividesByTheRootMeanSquare() {
        float[] gamma = tensors.random("weight", 4);
        float[] x = {3, -4, 0, 0};

        float[] actual = network.run(x, RmsNorm.of(network.weights, 4, 1e-6)::apply, 1, 4);

        assertThat(actual[0]).isCloseTo(3 / 2.5f * gamma[0], CLOSE);
        assertThat(actual[1]).isCloseTo(-4 / 2.5f * gamma[1], CLOSE);
    }

    @Test
    void batchNormUsesRunningStatistics() {
        tensors.put("weight", new float[] {2, 3}, 2)
                .put("bias", new float[] {0.5f, -1}, 2)
                .put("running_mean", new float[] {1, 2}, 2)
                .put("running_var", new float[] {4, 0.25f}, 2)
                .put("num_batches_tracked", new float[] {7});

        float[] actual = network.run(new float[] {3, 3}, BatchNorm.of(network.weights, 2, 1e-5)::apply, 1, 2);

        assertThat(actual[0]).isCloseTo(2 * 2 / 2f + 0.5f, CLOSE);
        assertThat(actual[1]).isCloseTo((float) (3 / Math.sqrt(0.25 + 1e-5) - 1), CLOSE);
    }

    @Test
    void geluIsTheExactOneAlsoWhereItIsFusedIntoAProduct() {
        tensors.put("fc1.weight", new float[] {1, 0, 0, 1}, 2, 2)
                .put("fc1.bias", new float[2], 2)
                .put("fc2.weight", new float[] {1, 0, 0, 1}, 2, 2)
                .put("fc2.bias", new float[2], 2);
        float[] x = {-2.5f, -1, -0.5f, 0.5f, 1, 3};
        // x · Φ(x) from tables of the normal distribution; the tanh approximation is off by up to 4.7e-4
        float[] expected = {-0.01552416f, -0.15865525f, -0.15426877f, 0.34573123f, 0.84134475f, 2.99595031f};

        float[] actual = network.run(x, FeedForward.of(network.weights, 2, 2, Activation.GELU)::apply, 3, 2);

        assertThat(actual).containsExactly(expected, within(1e-6f));
    }

    @Test
    void theOtherActivationsAreTheirFormulas() {
        float[] x = {-1.5f, 0.25f, 2};
        for (int i = 0; i < x.length; i++) {
            double quick = x[i] / (1 + Math.exp(-1.702 * x[i]));
            double silu = x[i] / (1 + Math.exp(-x[i]));
            float[] one = {x[i]};
            assertThat(network.run(one, value -> Activation.QUICK_GELU.apply(tf, value), 1)[0])
                    .isCloseTo((float) quick, CLOSE);
            assertThat(network.run(one, value -> Activation.SILU.apply(tf, value), 1)[0])
                    .isCloseTo((float) silu, CLOSE);
            assertThat(network.run(one, value -> Activation.RELU.apply(tf, value), 1)[0])
                    .isEqualTo(Math.max(0, x[i]));
        }
    }

    @Test
    void attentionIsItsDefinition() {
        assertAttention(false, false);
    }

    @Test
    void attentionAddsItsBiasToTheScores() {
        assertAttention(false, true);
    }

    @Test
    void attentionAppendsOneKeyAndValueThatAllQueriesSee() {
        assertAttention(true, false);
    }

    private void assertAttention(boolean extra, boolean causal) {
        int batch = 2;
        int tokens = 3;
        int heads = 2;
        int size = 4;
        int width = heads * size;
        float[] in = tensors.random("in_proj_weight", 3 * width, width);
        float[] inBias = tensors.random("in_proj_bias", 3 * width);
        float[] out = tensors.random("out_proj.weight", width, width);
        float[] outBias = tensors.random("out_proj.bias", width);
        float[] biasK = extra ? tensors.random("bias_k", 1, 1, width) : new float[0];
        float[] biasV = extra ? tensors.random("bias_v", 1, 1, width) : new float[0];
        float[] x = random(batch * tokens * width);

        MultiHeadAttention attention = MultiHeadAttention.torch(network.weights, width, heads, extra);
        float[] actual = network.run(
                x,
                rows -> attention.apply(
                        rows, tf.constant(tokens), causal ? DotProductAttention.causal(tf, tf.constant(tokens)) : null),
                batch * tokens,
                width);

        int keys = tokens + (extra ? 1 : 0);
        for (int b = 0; b < batch; b++) {
            double[][] projected = new double[tokens][];
            for (int t = 0; t < tokens; t++) {
                projected[t] = linear(x, (b * tokens + t) * width, in, inBias, width);
            }
            for (int t = 0; t < tokens; t++) {
                float[] attended = new float[width];
                for (int h = 0; h < heads; h++) {
                    double[] scores = new double[keys];
                    double total = 0;
                    for (int k = 0; k < keys; k++) {
                        double score = 0;
                        for (int j = h * size; j < (h + 1) * size; j++) {
                            score += projected[t][j] * (k == tokens ? biasK[j] : projected[k][width + j]);
                        }
                        scores[k] = causal && k > t ? 0 : Math.exp(score / Math.sqrt(size));
                        total += scores[k];
                    }
                    for (int k = 0; k < keys; k++) {
                        for (int j = h * size; j < (h + 1) * size; j++) {
                            attended[j] += (float)
                                    (scores[k] / total * (k == tokens ? biasV[j] : projected[k][2 * width + j]));
                        }
                    }
                }
                double[] expected = linear(attended, 0, out, outBias, width);
                for (int j = 0; j < width; j++) {
                    assertThat(actual[(b * tokens + t) * width + j]).isCloseTo((float) expected[j], within(5e-5f));
                }
            }
        }
    }

    private static double[] linear(float[] x, int at, float[] weight, float[] bias, int in) {
        double[] result = new double[bias.length];
        for (int o = 0; o < result.length; o++) {
            result[o] = bias[o];
            for (int j = 0; j < in; j++) {
                result[o] += (double) x[at + j] * weight[o * in + j];
            }
        }
        return result;
    }

    @Test
    void rotaryPositionsTurnPairsAcrossTheHalves() {
        int size = 4;
        float[] x = random(2 * 3 * size); // [1, 2 heads, 3 tokens, 4]
        Rotary rotary = new Rotary(tf, 5, size, 10_000);

        float[] actual = network.run(x, heads -> rotary.apply(heads, tf.constant(3)), 1, 2, 3, size);

        for (int h = 0; h < 2; h++) {
            for (int t = 0; t < 3; t++) {
                for (int i = 0; i < 2; i++) {
                    int at = (h * 3 + t) * size + i;
                    double angle = t * Math.pow(10_000, -2.0 * i / size);
                    assertThat(actual[at])
                            .isCloseTo((float) (x[at] * Math.cos(angle) - x[at + 2] * Math.sin(angle)), CLOSE);
                    assertThat(actual[at + 2])
                            .isCloseTo((float) (x[at + 2] * Math.cos(angle) + x[at] * Math.sin(angle)), CLOSE);
                }
            }
        }
    }

    @Test
    void aConvolutionSlidesItsKernelAndListsTokensRowByRow() {
        float[] kernel = tensors.random("weight", 3, 2, 2, 3); // 3 filters, 2 channels, 2 × 3
        float[] image = random(5 * 7 * 2); // [1, 5, 7, 2]
        Convolution2d convolution = Convolution2d.of(network.weights, 2, 3, 2, 3, 3, 2);

        float[] actual = network.run(image, convolution::tokens, 1, 5, 7, 2);

        assertThat(actual).hasSize(2 * 3 * 3);
        for (int r = 0; r < 2; r++) {
            for (int c = 0; c < 3; c++) {
                for (int f = 0; f < 3; f++) {
                    double expected = 0;
                    for (int channel = 0; channel < 2; channel++) {
                        for (int y = 0; y < 2; y++) {
                            for (int x = 0; x < 3; x++) {
                                expected += (double) image[((r * 3 + y) * 7 + c * 2 + x) * 2 + channel]
                                        * kernel[((f * 2 + channel) * 2 + y) * 3 + x];
                            }
                        }
                    }
                    assertThat(actual[(r * 3 + c) * 3 + f]).isCloseTo((float) expected, CLOSE);
                }
            }
        }
    }

    @Test
    void patchesAreAConvolutionWhoseStrideIsItsKernel() {
        float[] kernel = tensors.random("weight", 3, 2, 2, 2);
        float[] bias = tensors.random("bias", 3);
        float[] image = random(2 * 4 * 6); // [1, 2, 4, 6]
        Patches patches = Patches.of(network.weights, 2, 3, 2, true);

        float[] actual = network.run(image, images -> patches.apply(images, 2, 3), 1, 2, 4, 6);

        for (int r = 0; r < 2; r++) {
            for (int c = 0; c < 3; c++) {
                for (int f = 0; f < 3; f++) {
                    double expected = bias[f];
                    for (int channel = 0; channel < 2; channel++) {
                        for (int y = 0; y < 2; y++) {
                            for (int x = 0; x < 2; x++) {
                                expected += (double) image[(channel * 4 + r * 2 + y) * 6 + c * 2 + x]
                                        * kernel[((f * 2 + channel) * 2 + y) * 2 + x];
                            }
                        }
                    }
                    assertThat(actual[(r * 3 + c) * 3 + f]).isCloseTo((float) expected, CLOSE);
                }
            }
        }
    }

    @Test
    void sequencesGetAFirstTokenAndGiveTokensBack() {
        float[] rows = {1, 2, 3, 4, 5, 6, 7, 8}; // 2 sequences of 2 tokens of width 2

        float[] actual = network.run(
                rows,
                input -> Sequences.withFirstToken(
                        tf, input, 2, 2, tf.constant(new float[] {100, 200}), tf.constant(new float[] {
                            0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f
                        })),
                4,
                2);
        assertThat(actual)
                .containsExactly(
                        new float[] {100.1f, 200.2f, 1.3f, 2.4f, 3.5f, 4.6f, 100.1f, 200.2f, 5.3f, 6.4f, 7.5f, 8.6f},
                        CLOSE);

        assertThat(network.run(rows, input -> Sequences.first(tf, input, 2, 2), 4, 2))
                .containsExactly(1, 2, 5, 6);
        assertThat(network.run(
                        rows, input -> Sequences.at(tf, input, tf.constant(2), tf.constant(new int[] {1, 0})), 4, 2))
                .containsExactly(3, 4, 5, 6);
        assertThat(network.run(rows, input -> Sequences.mean(tf, input, 2, 2), 4, 2))
                .containsExactly(2, 3, 6, 7);
    }

    @Test
    void normalisedRowsHaveUnitLengthAndZeroStaysZero() {
        assertThat(network.run(new float[] {3, 4, 0, 0}, rows -> Sequences.normalised(tf, rows), 2, 2))
                .containsExactly(new float[] {0.6f, 0.8f, 0, 0}, CLOSE);
    }

    @Test
    void anEmbeddingLooksRowsUp() {
        tensors.put("weight", new float[] {1, 2, 3, 4, 5, 6}, 3, 2);

        float[] actual = network.run(
                new float[] {2, 0},
                ids -> Embedding.of(network.weights, 3, 2)
                        .apply(tf.dtypes.cast(ids, org.tensorflow.types.TInt32.class)),
                2);

        assertThat(actual).containsExactly(5, 6, 1, 2);
    }
}
