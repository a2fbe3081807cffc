package dev.freebind.tensorflow.layers;

import dev.freebind.formats.Shape;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Learned positions of a class token and a square grid of patches, resized once, when loaded, for images of another size than
 * the model was trained with.
 *
 * <p>The resizing is PyTorch's bicubic one with half-pixel centres and clamped borders, whose kernel has a = −0.75 and is not
 * widened when shrinking; the class token's position stays.
 */
public final class GridPositions {

    private static final double A = -0.75;

    private GridPositions() {}

    /**
     * With a tensor [1, 1 + from², width].
     *
     * @param from side of the grid in the checkpoint
     * @param to side of the grid that is needed
     * @return {@code [1, 1 + to², width]}
     */
    public static Weight of(NetworkWeights weights, String name, int from, int to, int width) {
        if (from == to) {
            return weights.float32(name, 1, 1 + (long) from * from, width);
        }
        Ops tf = weights.ops();
        return weights.prepared(
                name,
                Shape.of(1, 1 + (long) from * from, width),
                Shape.of(1, 1 + (long) to * to, width),
                positions -> resized(tf, positions, from, to, width));
    }

    private static Operand<TFloat32> resized(Ops tf, Operand<TFloat32> positions, int from, int to, int width) {
        Operand<TFloat32> first =
                tf.slice(positions, tf.constant(new int[] {0, 0, 0}), tf.constant(new int[] {1, 1, width}));
        Operand<TFloat32> grid =
                tf.slice(positions, tf.constant(new int[] {0, 1, 0}), tf.constant(new int[] {1, from * from, width}));
        Operand<TFloat32> matrix = tf.constant(matrix(from, to));
        // Rows first, then, with the axes swapped, columns.
        Operand<TFloat32> rows =
                tf.linalg.matMul(matrix, tf.reshape(grid, tf.constant(new int[] {from, from * width})));
        Operand<TFloat32> swapped = tf.linalg.transpose(
                tf.reshape(rows, tf.constant(new int[] {to, from, width})), tf.constant(new int[] {1, 0, 2}));
        Operand<TFloat32> both =
                tf.linalg.matMul(matrix, tf.reshape(swapped, tf.constant(new int[] {from, to * width})));
        Operand<TFloat32> back = tf.linalg.transpose(
                tf.reshape(both, tf.constant(new int[] {to, to, width})), tf.constant(new int[] {1, 0, 2}));
        return tf.concat(List.of(first, tf.reshape(back, tf.constant(new int[] {1, to * to, width}))), tf.constant(1));
    }

    /** {@code [to, from]}: the weights with which old positions make each new one along an axis. */
    private static float[][] matrix(int from, int to) {
        float[][] matrix = new float[to][from];
        for (int i = 0; i < to; i++) {
            double source = (i + 0.5) * from / to - 0.5;
            int floor = (int) Math.floor(source);
            for (int tap = floor - 1; tap <= floor + 2; tap++) {
                int clamped = Math.min(Math.max(tap, 0), from - 1);
                matrix[i][clamped] += (float) cubic(Math.abs(source - tap));
            }
        }
        return matrix;
    }

    private static double cubic(double distance) {
        if (distance <= 1) {
            return ((A + 2) * distance - (A + 3)) * distance * distance + 1;
        }
        return distance < 2 ? ((A * distance - 5 * A) * distance + 8 * A) * distance - 4 * A : 0;
    }
}
