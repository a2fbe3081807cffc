package dev.freebind.tensorflow.layers;

import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.TensorSource;
import dev.freebind.formats.checkpoint.TensorSummary;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A checkpoint in memory that remembers what was read of it. */
final class FakeTensors implements TensorSource {

    private final Map<String, TensorSummary> tensors = new LinkedHashMap<>();
    private final Map<String, float[]> values = new LinkedHashMap<>();
    private final List<String> read = new ArrayList<>();
    private final Random random = new Random(42);

    /** Adds values of a type, rounded to it by the caller. */
    FakeTensors put(String name, ElementType type, float[] elements, long... shape) {
        tensors.put(name, new TensorSummary(type, Shape.of(shape)));
        values.put(name, elements);
        return this;
    }

    FakeTensors put(String name, float[] elements, long... shape) {
        return put(name, ElementType.F32, elements, shape);
    }

    /** Adds random values of about unit size and returns them. */
    float[] random(String name, long... shape) {
        float[] elements = new float[Math.toIntExact(Shape.of(shape).elements())];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (float) random.nextGaussian();
        }
        put(name, elements, shape);
        return elements;
    }

    List<String> read() {
        return read;
    }

    @Override
    public String origin() {
        return "fake.pt";
    }

    @Override
    public Map<String, TensorSummary> tensors() {
        return tensors;
    }

    @Override
    public void read(String name, FloatBuffer target) {
        read.add(name + " as floats");
        target.put(values.get(name));
    }

    /** Only bfloat16 here. */
    @Override
    public void readBytes(String name, ByteBuffer target) {
        read.add(name + " as stored");
        for (float value : values.get(name)) {
            target.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
        }
    }

    @Override
    public void readRows(String name, long first, long count, FloatBuffer target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public float[] floats(String name) {
        return values.get(name).clone();
    }

    @Override
    public long[] longs(String name) {
        throw new UnsupportedOperationException();
    }
}
