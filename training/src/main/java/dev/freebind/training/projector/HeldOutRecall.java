package dev.freebind.training.projector;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.bonds.execution.ProjectorTraining.RowRange;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * How well held-out rows find each other: recall@1 between projected source rows and target rows, both directions, mean over
 * all pairs of a source and a target modality.
 *
 * <p>Every range is a gallery of its own, so that a range's tuples compete with their like; the ranges count by their rows.
 */
final class HeldOutRecall implements AutoCloseable {

    /** Rows of a range that are measured, evenly spread over it. */
    static final int MOST_ROWS = 2000;

    private final Map<Modality, Embeddings> sources;
    private final Collection<Embeddings> targets;
    private final int dimension;
    private final List<long[]> samples;
    private final AlignedRecall recall;

    /**
     * Prepares to measure.
     *
     * @param dimension length of projected rows
     */
    HeldOutRecall(
            TensorFlowRuntime runtime,
            Map<Modality, Embeddings> sources,
            Collection<Embeddings> targets,
            int dimension,
            List<RowRange> ranges) {
        this.sources = sources;
        this.targets = targets;
        this.dimension = dimension;
        this.samples = ranges.stream()
                .filter(range -> range.count() > 0)
                .map(HeldOutRecall::sample)
                .toList();
        this.recall = new AlignedRecall(runtime, dimension);
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
                FloatTensor found = gather(target, rows);
                targetRows.add(projector.projectsTargets() ? projected(found, projector::projectTarget) : found);
            }
            double sum = 0;
            for (Map.Entry<Modality, Embeddings> source : sources.entrySet()) {
                try (FloatTensor projected = projected(
                        gather(source.getValue(), rows), found -> projector.project(source.getKey(), found))) {
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

    /** The projected rows in place of those they were made of, which are closed. */
    private FloatTensor projected(FloatTensor rows, Function<FloatTensor, float[]> projector) {
        try (rows) {
            float[] values = projector.apply(rows);
            return FloatTensor.copyOf(FloatBuffer.wrap(values), values.length / dimension, dimension);
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
