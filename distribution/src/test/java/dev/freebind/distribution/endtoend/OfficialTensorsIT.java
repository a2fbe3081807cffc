package dev.freebind.distribution.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.formats.npy.NpyArray;
import dev.freebind.formats.safetensors.SafetensorsFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a Python user of the published checkpoints would compute from the written projectors is what {@code embed} writes. */
class OfficialTensorsIT {

    private static final double EPSILON = 1e-5;
    private static final double TEXT_FACTOR = 0.8;
    private static final List<String> HEADS = List.of("A", "V", "T", "AT", "VA", "VT", "VAT");

    @Test
    void theTensorsAppliedByHandGiveWhatEmbedWrites() {
        BoundWorld world = BoundWorld.get();
        Path output = world.scratch("by-hand").resolve("text.npy");
        world.run(
                        "embed",
                        "my-space",
                        "--space",
                        "vt-u",
                        "--modality",
                        "text",
                        "--embeddings",
                        "unified=world/test/unified/text.npy",
                        "--embeddings",
                        "vt=world/test/vt/text.npy",
                        "--output",
                        output.toString())
                .succeeded();

        double[][] unified = unitRows(world.folder().resolve("world/test/unified/text.npy"), 128);
        double[][] expert = unitRows(world.folder().resolve("world/test/vt/text.npy"), 96);
        double[][] expected = new double[unified.length][96];
        for (String head : HEADS) {
            double[][] projected =
                    project(world.space().resolve("projectors/vt-u/unified/" + head + ".safetensors"), unified);
            for (int row = 0; row < expected.length; row++) {
                for (int i = 0; i < 96; i++) {
                    expected[row][i] += projected[row][i] / HEADS.size();
                }
            }
        }
        for (int row = 0; row < expected.length; row++) {
            normalise(expected[row]);
            for (int i = 0; i < 96; i++) {
                expected[row][i] = (1 - TEXT_FACTOR) * expected[row][i] + TEXT_FACTOR * expert[row][i];
            }
            normalise(expected[row]);
        }

        float[] written = NpyArray.read(output).floats();
        assertThat(written).hasSize(expected.length * 96);
        for (int row = 0; row < expected.length; row++) {
            for (int i = 0; i < 96; i++) {
                assertThat((double) written[row * 96 + i])
                        .as("row %d, value %d", row, i)
                        .isCloseTo(expected[row][i], within(1e-5));
            }
        }
    }

    /** Linear – BatchNorm – ReLU – Linear – BatchNorm – normalise, by the names of the published checkpoints. */
    private static double[][] project(Path file, double[][] rows) {
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            double[][] output = new double[rows.length][];
            for (int row = 0; row < rows.length; row++) {
                double[] hidden = batchNorm(tensors, "1", linear(tensors, "0", rows[row]));
                for (int i = 0; i < hidden.length; i++) {
                    hidden[i] = Math.max(0, hidden[i]);
                }
                output[row] = batchNorm(tensors, "4", linear(tensors, "3", hidden));
                normalise(output[row]);
            }
            return output;
        }
    }

    /** {@code y = W x + b}, W being [out, in]. */
    private static double[] linear(SafetensorsFile tensors, String layer, double[] x) {
        float[] weight = tensors.floats("Head2.mlps." + layer + ".weight");
        float[] bias = tensors.floats("Head2.mlps." + layer + ".bias");
        double[] y = new double[bias.length];
        for (int out = 0; out < y.length; out++) {
            y[out] = bias[out];
            for (int in = 0; in < x.length; in++) {
                y[out] += (double) weight[out * x.length + in] * x[in];
            }
        }
        return y;
    }

    private static double[] batchNorm(SafetensorsFile tensors, String layer, double[] x) {
        float[] weight = tensors.floats("Head2.mlps." + layer + ".weight");
        float[] bias = tensors.floats("Head2.mlps." + layer + ".bias");
        float[] mean = tensors.floats("Head2.mlps." + layer + ".running_mean");
        float[] variance = tensors.floats("Head2.mlps." + layer + ".running_var");
        assertThat(tensors.longs("Head2.mlps." + layer + ".num_batches_tracked")[0])
                .isPositive();
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = (x[i] - mean[i]) / Math.sqrt(variance[i] + EPSILON) * weight[i] + bias[i];
        }
        return y;
    }

    private static double[][] unitRows(Path file, int dimension) {
        float[] values = NpyArray.read(file).floats();
        double[][] rows = new double[values.length / dimension][dimension];
        for (int i = 0; i < values.length; i++) {
            rows[i / dimension][i % dimension] = values[i];
        }
        for (double[] row : rows) {
            normalise(row);
        }
        return rows;
    }

    private static void normalise(double[] row) {
        double squares = 0;
        for (double value : row) {
            squares += value * value;
        }
        for (int i = 0; i < row.length; i++) {
            row[i] /= Math.sqrt(squares);
        }
    }
}
