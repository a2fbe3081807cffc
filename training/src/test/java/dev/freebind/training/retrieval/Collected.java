package dev.freebind.training.retrieval;

import dev.freebind.api.EmbeddingsSink;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** Keeps what is appended. */
final class Collected implements EmbeddingsSink {

    private float[] values = {};

    @Override
    public void append(FloatBuffer rows) {
        int before = values.length;
        values = Arrays.copyOf(values, before + rows.remaining());
        rows.get(values, before, values.length - before);
    }

    float[] values() {
        return values;
    }
}
