package dev.freebind.tensorflow.layers;

import dev.freebind.formats.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Self-attention within the windows of a square of tokens, with a learned bias for the relative position of query and key
 * (Liu et al., ICCV 2021, equation 4), and with {@link ShiftedWindows} shifted or not.
 */
public final class WindowAttention {

    private final Ops tf;
    private final ShiftedWindows windows;
    private final long width;
    private final int size;
    private final Linear in;
    private final Linear out;
    private final Weight bias;
    private final DotProductAttention attention;
    private final Operand<TInt32> order;
    private final Operand<TInt32> inverse;
    private final @Nullable Operand<TFloat32> mask;

    private WindowAttention(Ops tf, ShiftedWindows windows, long width, int heads, Linear in, Linear out, Weight bias) {
        this.tf = tf;
        this.windows = windows;
        this.width = width;
        this.size = Math.toIntExact(width / heads);
        this.in = in;
        this.out = out;
        this.bias = bias;
        this.attention = new DotProductAttention(tf, heads);
        this.order = tf.constant(windows.order());
        this.inverse = tf.constant(windows.inverse());
        this.mask = windows.shift() == 0
                ? null
                : tf.constant(
                        org.tensorflow.ndarray.Shape.of(windows.count(), 1, windows.tokens(), windows.tokens()),
                        DataBuffers.of(windows.mask()));
    }

    /**
     * With tensors {@code qkv.weight} [3 · width, width], {@code qkv.bias}, {@code proj.weight} [width, width],
     * {@code proj.bias} and {@code relative_position_bias_table} [(2 · window − 1)², heads]; {@code relative_position_index},
     * which follows from the window, is declared unused.
     *
     * @param heads a divisor of the width
     */
    public static WindowAttention of(NetworkWeights weights, long width, int heads, ShiftedWindows windows) {
        if (heads < 1 || width % heads != 0) {
            throw new IllegalArgumentException(width + " is no multiple of " + heads + " heads");
        }
        Ops tf = weights.ops();
        long distances = 2L * windows.window() - 1;
        long tokens = windows.tokens();
        Weight bias = weights.prepared(
                "relative_position_bias_table",
                Shape.of(distances * distances, heads),
                Shape.of(heads, tokens, tokens),
                table -> tf.reshape(
                        tf.gather(
                                tf.linalg.transpose(table, tf.constant(new int[] {1, 0})),
                                tf.constant(ShiftedWindows.relativePositions(windows.window())),
                                tf.constant(1)),
                        tf.constant(new long[] {heads, tokens, tokens})));
        weights.unused("relative_position_index");
        return new WindowAttention(
                tf,
                windows,
                width,
                heads,
                Linear.of(weights.under("qkv"), width, 3 * width),
                Linear.of(weights.under("proj"), width, width),
                bias);
    }

    /**
     * Attends.
     *
     * @param rows {@code [batch · side · side, width]}, row by row of the square
     * @return the same shape and order
     */
    public Operand<TFloat32> apply(Operand<TFloat32> rows) {
        List<? extends Operand<TFloat32>> parts =
                attention.split(in.apply(reordered(rows, order)), tf.constant(windows.tokens()), size, 3);
        Operand<TFloat32> positions = bias.values(rows);
        Operand<TFloat32> attended = attention.attend(
                byWindow(parts.get(0)),
                byWindow(parts.get(1)),
                byWindow(parts.get(2)),
                1 / Math.sqrt(size),
                mask == null ? positions : tf.math.add(positions, mask));
        Operand<TFloat32> merged = attention.merge(
                tf.reshape(attended, tf.constant(new int[] {-1, attention.heads(), windows.tokens(), size})), size);
        return reordered(out.apply(merged), inverse);
    }

    /** Windows in a dimension of their own, so that the mask of each applies to all squares of the batch. */
    private Operand<TFloat32> byWindow(Operand<TFloat32> heads) {
        return tf.reshape(
                heads, tf.constant(new int[] {-1, windows.count(), attention.heads(), windows.tokens(), size}));
    }

    private Operand<TFloat32> reordered(Operand<TFloat32> rows, Operand<TInt32> sources) {
        long tokens = (long) windows.side() * windows.side();
        Operand<TFloat32> squares = tf.reshape(rows, tf.constant(new long[] {-1, tokens, width}));
        return tf.reshape(tf.gather(squares, sources, tf.constant(1)), tf.constant(new long[] {-1, width}));
    }
}
