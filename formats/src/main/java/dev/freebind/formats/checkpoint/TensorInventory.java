package dev.freebind.formats.checkpoint;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Names, types and shapes of tensors without their values: enough to check whether a model would load.
 *
 * @param origin for error messages
 * @param tensors by name, in order
 */
public record TensorInventory(String origin, Map<String, TensorSummary> tensors) implements TensorSource {

    /** Copies. */
    public TensorInventory {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }

    /** @throws UnsupportedOperationException always */
    @Override
    public void read(String name, FloatBuffer target) {
        throw noValues();
    }

    /** @throws UnsupportedOperationException always */
    @Override
    public void readRows(String name, long first, long count, FloatBuffer target) {
        throw noValues();
    }

    /** @throws UnsupportedOperationException always */
    @Override
    public void readBytes(String name, ByteBuffer target) {
        throw noValues();
    }

    /** @throws UnsupportedOperationException always */
    @Override
    public float[] floats(String name) {
        throw noValues();
    }

    /** @throws UnsupportedOperationException always */
    @Override
    public long[] longs(String name) {
        throw noValues();
    }

    private UnsupportedOperationException noValues() {
        return new UnsupportedOperationException(origin + " lists tensors and has no values");
    }
}
