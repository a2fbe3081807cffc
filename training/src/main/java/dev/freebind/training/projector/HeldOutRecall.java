package dev.freebind.training.projector;

import dev.freebind.api.Embeddings;
import dev.freebind.bonds.execution.ProjectorTraining.RowRange;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * How well held-out rows find each other: recall@1 between projected source rows and target rows, both directions, mean over
 * all pairs of a source and a target modality.
 *
 * <p>Every range is a gallery of its own, so that a range's tuples compete with their like; the ranges count by their rows.
 */
final class HeldOutRecall implements AutoCloseable {

    /** Rows of a range that are measured, evenly spread over it. */
    static final int MOST_ROWS = 2000;

    private final List<Embeddings> sources;
    private final List<Embeddings> targets;
    private final List<long[]> samples;
    private final AlignedRecall recall;

    HeldOutRecall(
            TensorFlowRuntime runtime, List<Embeddings> sources, List<Embeddings> targets, List<RowRange> ranges) {
        this.sources = List.copyOf(sources);
        this.targets = List.copyOf(targets);
        this.samples = ranges.stream()
                .filter(range -> range.count() > 0)
                .map(HeldOutRecall::sample)
                .toList();
        this.recall = new AlignedRecall(runtime, targets.get(0).dimension());
    }

    /** The rows of a range that are measured. */
    static long[] sample(RowRange range) {
        int size = (int) Math.min(range.count(), MOST_ROWS);
        long[] rows = new long[size];
        for (int i = 0; i < size; i++) {
            rows[i] = range.first() + Math.multiplyExact(range.count(), (long) i) / size;
        }
        return rows;
    }

    /** Measures the projector as it is now; NaN without held-out rows. */
    double measure(ProjectorTrainingGraph projector) {
        double weighted = 0;
        long weight = 0;
        for (long[] rows : samples) {
            weighted += measure(projector, rows) * rows.length;
            weight += rows.length;
        }
        return weight == 0 ? Double.NaN : weighted / weight;
    }

    private double measure(ProjectorTrainingGraph projector, long[] rows) {
        List<FloatTensor> targetRows = new ArrayList<>();
        try {
            for (Embeddings target : targets) {
                targetRows.add(gather(target, rows));
            }
            double sum = 0;
            for (Embeddings source : sources) {
                float[] values;
                try (FloatTensor sourceRows = gather(source, rows)) {
                    values = projector.project(sourceRows);
                }
                try (FloatTensor projected = FloatTensor.copyOf(
                        FloatBuffer.wrap(values), rows.length, targets.get(0).dimension())) {
                    for (FloatTensor target : targetRows) {
                        sum += recall.measure(projected, target);
                    }
                }
            }
            return sum / (sources.size() * targets.size());
        } finally {
            targetRows.forEach(FloatTensor::close);
        }
    }

    private static FloatTensor gather(Embeddings embeddings, long[] rows) {
        FloatTensor tensor = FloatTensor.allocate(rows.length, embeddings.dimension());
        try {
            RowGathering.gather(embeddings, rows, tensor.buffer());
            return tensor;
        } catch (RuntimeException | Error failure) {
            tensor.close();
            throw failure;
        }
    }

    @Override
    public void close() {
        recall.close();
    }
}
