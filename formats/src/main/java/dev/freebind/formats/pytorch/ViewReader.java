package dev.freebind.formats.pytorch;

import dev.freebind.formats.ElementDecoder;
import dev.freebind.formats.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Reads the elements of one view from a stored entry, through one buffer of {@value #WINDOW_BYTES} bytes. For one use by one
 * thread.
 *
 * <p>A contiguous view is read from beginning to end. Any other is visited in the order in which its elements lie in the file,
 * largest stride outermost, and each element is put where it belongs: a transposed matrix is one pass over its storage too.
 */
final class ViewReader {

    private static final int WINDOW_BYTES = 1 << 17;

    /** Bytes read at once after a jump: a view that jumps from element to element must not read everything between. */
    private static final int JUMP_BYTES = 1 << 12;

    /** Takes elements: all in C order, or each with its index in C order. */
    interface Target {

        /** The next elements. */
        void sequence(ByteBuffer bytes);

        /** The element whose bytes begin at {@code at}. */
        void element(int index, ByteBuffer bytes, int at);
    }

    /** Floating-point elements into a buffer, from its position on. */
    record Floats(ElementType type, FloatBuffer values, int start) implements Target {

        Floats(ElementType type, FloatBuffer values) {
            this(type, values, values.position());
        }

        @Override
        public void sequence(ByteBuffer bytes) {
            ElementDecoder.toFloats(type, bytes, values);
        }

        @Override
        public void element(int index, ByteBuffer bytes, int at) {
            values.put(start + index, ElementDecoder.floatAt(type, bytes, at));
        }
    }

    /** Elements as they are stored into a buffer, from its position on. */
    record Raw(int size, ByteBuffer values, int start) implements Target {

        Raw(int size, ByteBuffer values) {
            this(size, values, values.position());
        }

        @Override
        public void sequence(ByteBuffer bytes) {
            values.put(bytes);
        }

        @Override
        public void element(int index, ByteBuffer bytes, int at) {
            values.put(start + index * size, bytes, at, size);
        }
    }

    private final FileBytes file;
    private final long dataBegin;
    private final PyTorchTensor tensor;
    private final Target target;
    private final int size;
    private final long end;
    private final ByteBuffer window;
    /** Position in the entry of the window's first byte. */
    private long windowBegin;

    /**
     * Prepares.
     *
     * @param dataBegin position in the file of the storage's first byte
     */
    ViewReader(FileBytes file, long dataBegin, PyTorchTensor tensor, Target target) {
        this.file = file;
        this.dataBegin = dataBegin;
        this.tensor = tensor;
        this.target = target;
        size = tensor.type().bytes();
        end = tensor.spanned() * size;
        window = ByteBuffer.allocate((int) Math.min(WINDOW_BYTES, Math.max(0, end - tensor.offset() * size)))
                .order(ByteOrder.LITTLE_ENDIAN)
                .limit(0);
    }

    /** Reads all elements; the target has room for them. */
    void read() {
        if (tensor.shape().elements() == 0) {
            return;
        }
        if (tensor.isContiguous()) {
            for (long at = tensor.offset() * size; at < end; at += window.limit()) {
                fill(at, WINDOW_BYTES);
                target.sequence(window);
            }
        } else {
            scatter();
        }
    }

    private void scatter() {
        Axis[] axes = axes();
        Axis inner = axes[axes.length - 1];
        int[] index = new int[axes.length];
        long from = tensor.offset();
        int to = 0;
        while (true) {
            for (int i = 0; i < inner.length; i++) {
                target.element(to + i * inner.toStride, window, inWindow((from + i * inner.fromStride) * size));
            }
            int i = axes.length - 2;
            while (i >= 0 && index[i] == axes[i].length - 1) {
                from -= index[i] * axes[i].fromStride;
                to -= index[i] * axes[i].toStride;
                index[i] = 0;
                i--;
            }
            if (i < 0) {
                return;
            }
            index[i]++;
            from += axes[i].fromStride;
            to += axes[i].toStride;
        }
    }

    /** One dimension: its stride in the storage, and that in the result, where all elements fit in one buffer. */
    private record Axis(int length, long fromStride, int toStride) {}

    /** All dimensions that are longer than 1, at least one, in the order of their strides in the storage. */
    private Axis[] axes() {
        List<Axis> axes = new ArrayList<>();
        int toStride = 1;
        for (int i = tensor.shape().dimensions() - 1; i >= 0; i--) {
            int length = (int) tensor.shape().length(i);
            if (length > 1) {
                axes.add(new Axis(length, tensor.strides().get(i), toStride));
                toStride *= length;
            }
        }
        axes.sort(Comparator.comparingLong(Axis::fromStride).reversed());
        return axes.toArray(Axis[]::new);
    }

    /** Where in the window the element at this byte of the entry is, after reading it if need be. */
    private int inWindow(long at) {
        long windowEnd = windowBegin + window.limit();
        if (at < windowBegin || at + size > windowEnd) {
            boolean goesOn = at >= windowBegin && at < windowEnd + WINDOW_BYTES;
            fill(at, goesOn || window.limit() == 0 ? WINDOW_BYTES : JUMP_BYTES);
        }
        return (int) (at - windowBegin);
    }

    private void fill(long at, int most) {
        window.clear().limit((int) Math.min(Math.min(most, window.capacity()), end - at));
        windowBegin = at;
        file.read(dataBegin + at, window);
        window.flip();
    }
}
