package dev.freebind.evaluation.task;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.npy.NpyFile;
import dev.freebind.formats.npy.NpyWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Computes embeddings once and keeps them, because ranking reads a gallery many times and several settings share a side.
 *
 * <p>In memory as far as the budget goes, the least recently used being dropped first; what is larger than half of the budget
 * goes to a temporary file until the ranking is {@link #done()}.
 */
final class Materialisation implements AutoCloseable {

    private static final int BLOCK_BYTES = 4 << 20;

    private record Key(TaskItems items, EmbeddingExpression expression) {}

    private final Inference inference;
    private final Path folder;
    private final long budget;
    private final Map<Key, Embeddings> inMemory = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<NpyFile, Path> onDisk = new LinkedHashMap<>();
    private long used;

    Materialisation(Inference inference, EvaluationLimits limits) {
        this.inference = inference;
        this.folder = limits.temporary();
        this.budget = limits.memory();
    }

    /** The items in the space that the expression describes, unit rows; valid until the ranking is {@link #done()}. */
    Embeddings of(TaskItems items, EmbeddingExpression expression) {
        Key key = new Key(items, expression);
        Embeddings known = inMemory.get(key);
        if (known != null) {
            return known;
        }
        Embeddings computed = items.evaluate(expression, inference);
        long bytes = bytes(computed);
        if (bytes > budget / 2 || bytes / Float.BYTES > Integer.MAX_VALUE - 8) {
            return onDisk(computed);
        }
        Iterator<Embeddings> oldest = inMemory.values().iterator();
        while (used + bytes > budget) {
            used -= bytes(oldest.next());
            oldest.remove();
        }
        float[] values = new float[(int) (bytes / Float.BYTES)];
        copy(computed, FloatBuffer.wrap(values)::put);
        Embeddings kept = Embeddings.of(values, computed.dimension(), computed.origin());
        inMemory.put(key, kept);
        used += bytes;
        return kept;
    }

    private static long bytes(Embeddings embeddings) {
        return embeddings.rows() * embeddings.dimension() * Float.BYTES;
    }

    private Embeddings onDisk(Embeddings computed) {
        Path file;
        try {
            file = Files.createTempFile(folder, "freebind-evaluation-", ".npy");
        } catch (IOException e) {
            throw new DataException(
                    folder + ": cannot write temporary embeddings there (" + e.getMessage()
                            + "); choose another folder with -Djava.io.tmpdir=DIR",
                    e);
        }
        boolean complete = false;
        try (NpyWriter writer = NpyWriter.create(file, computed.dimension(), ElementType.F32)) {
            copy(computed, writer::append);
            writer.commit();
            NpyFile written = NpyFile.open(file);
            onDisk.put(written, file);
            complete = true;
            return written;
        } finally {
            if (!complete) {
                delete(file);
            }
        }
    }

    /** Removes the temporary files of the ranking that has ended. */
    void done() {
        onDisk.forEach((open, file) -> {
            open.close();
            delete(file);
        });
        onDisk.clear();
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new DataException(file + ": the temporary file cannot be removed: " + e.getMessage(), e);
        }
    }

    private interface Sink {
        void append(FloatBuffer rows);
    }

    private static void copy(Embeddings from, Sink to) {
        int block = Math.max(1, BLOCK_BYTES / Float.BYTES / from.dimension());
        FloatBuffer buffer = FloatBuffer.allocate((int) Math.min(block, Math.max(1, from.rows())) * from.dimension());
        for (long row = 0; row < from.rows(); row += block) {
            int count = (int) Math.min(block, from.rows() - row);
            from.read(row, count, buffer.clear());
            to.append(buffer.flip());
        }
    }

    @Override
    public void close() {
        done();
        inMemory.clear();
    }
}
