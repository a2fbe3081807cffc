package dev.freebind.tensorflow.layers;

import dev.freebind.formats.Shape;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The positions of a vision transformer's tokens: one for the class token, then one for every square of a grid. May be
 * brought to another grid, for images of another size, by PyTorch's bicubic interpolation ({@code align_corners=False}, no
 * antialiasing): cubic convolution (Keys, 1981) with a = −0.75 whose samples beyond the border are those at the border.
 */
public final class PositionGrid {

    private static final double A = -0.75;
    private static final int TAPS = 4;

    private PositionGrid() {}

    /**
     * With a tensor [1, 1 + from · from, width], interpolated once, when it is loaded.
     *
     * @param from squares along a side in the checkpoint
     * @param to squares along a side of the images to come; the table is taken as it is if it is {@code from}
     * @return {@code [1, 1 + to · to, width]}
     */
    public static Weight of(NetworkWeights weights, String name, int from, int to, int width) {
        if (from == to) {
            return weights.float32(name, 1, 1 + from * from, width);
        }
        Ops tf = weights.ops();
        return weights.prepared(
                name,
                Shape.of(1, 1 + from * from, width),
                Shape.of(1, 1 + to * to, width),
                table -> resized(tf, table, from, to, width));
    }

    private static Operand<TFloat32> resized(Ops tf, Operand<TFloat32> table, int from, int to, int width) {
        Operand<TFloat32> rows = tf.reshape(table, tf.constant(new int[] {1 + from * from, width}));
        Operand<TFloat32> first = tf.slice(rows, tf.constant(new int[] {0, 0}), tf.constant(new int[] {1, width}));
        Operand<TFloat32> grid = tf.slice(rows, tf.constant(new int[] {1, 0}), tf.constant(new int[] {-1, width}));
        Operand<TFloat32> interpolation = tf.constant(interpolation(from, to));
        // Along the columns: [to, from] · [from rows, from columns, width], then the same along the rows.
        Operand<TFloat32> wide = tf.linalg.matMul(
                interpolation,
                tf.reshape(
                        tf.linalg.transpose(
                                tf.reshape(grid, tf.constant(new int[] {from, from, width})),
                                tf.constant(new int[] {1, 0, 2})),
                        tf.constant(new int[] {from, from * width})));
        Operand<TFloat32> high = tf.linalg.matMul(
                interpolation,
                tf.reshape(
                        tf.linalg.transpose(
                                tf.reshape(wide, tf.constant(new int[] {to, from, width})),
                                tf.constant(new int[] {1, 0, 2})),
                        tf.constant(new int[] {from, to * width})));
        return tf.reshape(
                tf.concat(List.of(first, tf.reshape(high, tf.constant(new int[] {to * to, width}))), tf.constant(0)),
                tf.constant(new int[] {1, 1 + to * to, width}));
    }

    /** What each of {@code to} samples takes of each of {@code from}: {@code [to, from]}, rows that add up to 1. */
    static float[][] interpolation(int from, int to) {
        float[][] weights = new float[to][from];
        for (int i = 0; i < to; i++) {
            double centre = (double) from / to * (i + 0.5) - 0.5;
            int before = (int) Math.floor(centre);
            for (int tap = -1; tap < TAPS - 1; tap++) {
                int sample = Math.min(Math.max(before + tap, 0), from - 1);
                weights[i][sample] += (float) kernel(Math.abs(centre - (before + tap)));
            }
        }
        return weights;
    }

    private static double kernel(double distance) {
        if (distance <= 1) {
            return ((A + 2) * distance - (A + 3)) * distance * distance + 1;
        }
        return ((A * distance - 5 * A) * distance + 8 * A) * distance - 4 * A;
    }
}
