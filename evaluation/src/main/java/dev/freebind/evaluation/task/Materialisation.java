package dev.freebind.evaluation.task;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.EmbeddingExpression.Leaf;
import dev.freebind.bonds.product.EmbeddingExpression.Mix;
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
 *
 * <p>Where many factor settings are measured, the outputs of projectors, which factors do not change, can be kept as well: then a
 * setting costs its mixing alone. They have a budget of the same size, and temporary files beyond, until this is closed.
 */
final class Materialisation implements AutoCloseable {

    private static final int BLOCK_BYTES = 4 << 20;

    /** What becomes of the outputs of projectors. */
    enum Parts {
        /** Computed whenever they are needed. */
        RECOMPUTED,
        /** Computed once and kept until the end. */
        KEPT
    }

    private record Key(TaskItems items, EmbeddingExpression expression) {}

    private final Inference inference;
    private final Path folder;
    private final long budget;
    private final Map<Key, Embeddings> inMemory = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<NpyFile, Path> onDisk = new LinkedHashMap<>();
    private final Parts parts;
    private final Map<Key, Embeddings> keptParts = new LinkedHashMap<>();
    private final Map<NpyFile, Path> keptOnDisk = new LinkedHashMap<>();
    private long used;
    private long usedByParts;

    Materialisation(Inference inference, EvaluationLimits limits, Parts parts) {
        this.inference = inference;
        this.parts = parts;
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
        if (parts == Parts.KEPT && !(expression instanceof Leaf) && !(expression instanceof Mix)) {
            return kept(items, expression);
        }
        Embeddings computed = parts == Parts.KEPT && expression instanceof Mix
                ? remixed(items, expression)
                : items.evaluate(expression, inference);
        long bytes = bytes(computed);
        if (bytes > budget / 2 || !fitsArray(bytes)) {
            return onDisk(computed, onDisk);
        }
        Iterator<Embeddings> oldest = inMemory.values().iterator();
        while (used + bytes > budget) {
            used -= bytes(oldest.next());
            oldest.remove();
        }
        Embeddings kept = onHeap(computed);
        inMemory.put(key, kept);
        used += bytes;
        return kept;
    }

    /** A mix of kept parts: each side that is not a mix itself stands as if it were a leaf. */
    private Embeddings remixed(TaskItems items, EmbeddingExpression expression) {
        Map<String, Embeddings> leaves = new LinkedHashMap<>();
        EmbeddingExpression mix = standingForParts(items, expression, leaves);
        return inference.evaluate(mix, leaves);
    }

    private EmbeddingExpression standingForParts(
            TaskItems items, EmbeddingExpression expression, Map<String, Embeddings> leaves) {
        if (expression instanceof Mix mix) {
            return new Mix(
                    standingForParts(items, mix.base(), leaves),
                    standingForParts(items, mix.other(), leaves),
                    mix.factor());
        }
        Leaf stand = expression instanceof Leaf leaf
                ? leaf
                : new Leaf(
                        expression.toString(),
                        expression.leaves().iterator().next().modality());
        leaves.put(stand.space(), expression instanceof Leaf leaf ? items.leaf(leaf) : kept(items, expression));
        return stand;
    }

    private Embeddings kept(TaskItems items, EmbeddingExpression part) {
        return keptParts.computeIfAbsent(new Key(items, part), key -> {
            Embeddings computed = items.evaluate(part, inference);
            long bytes = bytes(computed);
            if (usedByParts + bytes > budget || !fitsArray(bytes)) {
                return onDisk(computed, keptOnDisk);
            }
            usedByParts += bytes;
            return onHeap(computed);
        });
    }

    private static boolean fitsArray(long bytes) {
        return bytes / Float.BYTES <= Integer.MAX_VALUE - 8;
    }

    private static Embeddings onHeap(Embeddings computed) {
        float[] values = new float[(int) (bytes(computed) / Float.BYTES)];
        copy(computed, FloatBuffer.wrap(values)::put);
        return Embeddings.of(values, computed.dimension(), computed.origin());
    }

    private static long bytes(Embeddings embeddings) {
        return embeddings.rows() * embeddings.dimension() * Float.BYTES;
    }

    private Embeddings onDisk(Embeddings computed, Map<NpyFile, Path> files) {
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
            files.put(written, file);
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
        remove(onDisk);
    }

    private static void remove(Map<NpyFile, Path> files) {
        files.forEach((open, file) -> {
            open.close();
            delete(file);
        });
        files.clear();
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
        remove(keptOnDisk);
        inMemory.clear();
        keptParts.clear();
    }
}
