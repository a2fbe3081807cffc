package dev.freebind.training.projector;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.ModalityTuning;
import dev.freebind.bonds.execution.ProjectorTraining.Epoch;
import dev.freebind.bonds.execution.ProjectorTraining.RowRange;
import dev.freebind.bonds.graph.TuningSettings;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TrainedVariable;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tunes with TensorFlow: batches of random pairs read ahead, one {@linkplain TuningGraph graph step} each, and a checkpoint
 * after every epoch and every ten minutes within one.
 *
 * <p>On the CPU with the same number of threads, the same task gives the same bits, also when it was interrupted and resumed.
 * Memory: two batches of pairs, what one part of a batch leaves behind for its gradients, and three times (with gradient
 * accumulation four times) what is tuned.
 */
public final class TensorFlowModalityTuning implements ModalityTuning {

    private static final Logger LOG = LoggerFactory.getLogger(TensorFlowModalityTuning.class);

    private final TensorFlowRuntime runtime;
    private final Duration storeEvery;

    /** Tunes on the runtime's device. */
    public TensorFlowModalityTuning(TensorFlowRuntime runtime) {
        this(runtime, Duration.ofMinutes(10));
    }

    /** The same with another time between checkpoints within an epoch. */
    TensorFlowModalityTuning(TensorFlowRuntime runtime, Duration storeEvery) {
        this.runtime = runtime;
        this.storeEvery = storeEvery;
    }

    /**
     * {@inheritDoc}
     *
     * @throws InvalidRequestException if what is to be tuned does not fit together, an encoder cannot be tuned, or fewer than
     *     two pairs are left to train on
     * @throws DataException if rows or items cannot be read, the checkpoint is damaged or cannot be written, the loss is no
     *     longer finite, or the thread is interrupted
     */
    @Override
    public Result tune(Task task, Path checkpoint, Progress.Task progress) {
        checkShapes(task);
        TuningSettings settings = task.settings();
        TrainingRows rows = new TrainingRows(task.frozen().rows(), task.heldOut());
        TuningGraph.Size size = size(settings, rows.count());
        if (settings.earlyStop() > 0 && task.heldOut().stream().allMatch(range -> range.count() == 0)) {
            LOG.warn("no pairs are held out, so tuning cannot stop early; it makes all {} epochs", settings.epochs());
        }
        String fingerprint = TaskFingerprint.of(task);
        TuningCheckpoint reached =
                TuningCheckpoint.read(checkpoint, fingerprint).orElseGet(() -> TuningCheckpoint.beginning(fingerprint));
        progress.advance(reached.steps());
        if (!isFinished(reached, settings)) {
            reached = tune(task, rows, size, reached, checkpoint, progress);
        }
        return kept(task, reached, checkpoint);
    }

    private TuningCheckpoint tune(
            Task task,
            TrainingRows rows,
            TuningGraph.Size size,
            TuningCheckpoint start,
            Path path,
            Progress.Task progress) {
        TuningCheckpoint reached = start;
        try (TuningGraph graph = new TuningGraph(runtime, task, size);
                TuningBatches batches = new TuningBatches(task, graph.input(), size.rows());
                AlignedRecall recall = new AlignedRecall(runtime, task.frozen().dimension())) {
            if (start.steps() == 0) {
                begin(graph);
            } else {
                start.restore(path, graph);
            }
            while (!isFinished(reached, task.settings())) {
                EpochRun epoch = new EpochRun(task, graph, batches, rows, size, path, reached);
                double loss = epoch.steps(progress);
                double heldOut = heldOut(task, graph, batches, size, recall);
                reached = reached.after(
                        new Epoch(loss, heldOut), graph.steps(), task.settings().earlyStop());
                reached.write(path, graph, epoch.stored);
            }
        }
        return reached;
    }

    private static void begin(TuningGraph graph) {
        for (List<TrainedVariable> moments :
                List.of(graph.adam().firstMoments(), graph.adam().secondMoments())) {
            moments.forEach(moment -> moment.assign(new float[moment.size()]));
        }
    }

    /** One pass over the pairs, begun or taken up within it. */
    private final class EpochRun {

        private final Task task;
        private final TuningGraph graph;
        private final TuningBatches batches;
        private final TrainingRows rows;
        private final TuningGraph.Size size;
        private final Path path;
        private final int epoch;
        private final int[] order;
        private final int steps;

        /** What the checkpoint file holds. */
        private TuningCheckpoint stored;

        private long storedAt = System.nanoTime();

        EpochRun(
                Task task,
                TuningGraph graph,
                TuningBatches batches,
                TrainingRows rows,
                TuningGraph.Size size,
                Path path,
                TuningCheckpoint reached) {
            this.task = task;
            this.graph = graph;
            this.batches = batches;
            this.rows = rows;
            this.size = size;
            this.path = path;
            this.stored = reached;
            this.epoch = reached.epochs().size() + 1;
            this.order = rows.order(task.seed(), epoch);
            this.steps = order.length / size.batch();
        }

        /** Makes the steps that are left; returns the mean loss of all. */
        double steps(Progress.Task progress) {
            TuningSettings settings = task.settings();
            long all = (long) settings.epochs() * steps;
            int first = (int) (graph.steps() - (epoch - 1L) * steps);
            double sum = stored.lossSum() == null ? 0 : stored.lossSum();
            batches.begin(rows(first));
            for (int step = first; step < steps; step++) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new DataException("interrupted in epoch " + epoch + " of tuning; the checkpoint holds "
                            + stored.steps() + " of " + all + " steps");
                }
                float loss;
                try (TuningBatches.Batch batch = batches.take()) {
                    if (step + 1 < steps) {
                        batches.begin(rows(step + 1));
                    }
                    double rate = settings.learningRate(graph.steps(), all);
                    loss = graph.step(
                            batch.parts(), batch.frozen(), rate, TrainingRows.mix(task.seed() + graph.steps()));
                }
                if (!Float.isFinite(loss)) {
                    throw new DataException("the loss is " + loss + " in epoch " + epoch + ", step " + (step + 1)
                            + ": tuning diverged with learning rate " + settings.learningRate() + " and temperature "
                            + settings.temperature() + "; use a smaller learning rate or a larger temperature");
                }
                sum += loss;
                if (step + 1 < steps && System.nanoTime() - storedAt >= storeEvery.toNanos()) {
                    store(stored.within(graph.steps(), sum));
                }
                progress.advance(1);
                progress.remark(String.format(Locale.ROOT, "epoch %d/%d, loss %.3f", epoch, settings.epochs(), loss));
            }
            return sum / steps;
        }

        private long[] rows(int step) {
            return rows.batch(order, step * size.batch(), size.batch());
        }

        private void store(TuningCheckpoint within) {
            within.write(path, graph, stored);
            stored = within;
            storedAt = System.nanoTime();
        }
    }

    /** Recall@1 between tuned and frozen embeddings of held-out pairs, each range a gallery of its own; NaN without any. */
    private static double heldOut(
            Task task, TuningGraph graph, TuningBatches batches, TuningGraph.Size size, AlignedRecall recall) {
        double weighted = 0;
        long weight = 0;
        for (RowRange range : task.heldOut()) {
            if (range.count() > 0) {
                long[] rows = HeldOutRecall.sample(range);
                try (FloatTensor tuned =
                                FloatTensor.allocate(rows.length, task.frozen().dimension());
                        FloatTensor frozen = TuningInput.gather(task.frozen(), rows)) {
                    FloatBuffer target = tuned.buffer();
                    for (int first = 0; first < rows.length; first += size.rows()) {
                        long[] some = Arrays.copyOfRange(rows, first, Math.min(rows.length, first + size.rows()));
                        try (TuningGraph.Part part = batches.part(some)) {
                            graph.embed(part, target);
                        }
                    }
                    weighted += recall.measure(tuned, frozen) * rows.length;
                    weight += rows.length;
                }
            }
        }
        return weight == 0 ? Double.NaN : weighted / weight;
    }

    private static Result kept(Task task, TuningCheckpoint reached, Path checkpoint) {
        return reached.best(checkpoint, kept -> {
            if (task.input() instanceof Encoded encoded) {
                List<NamedTensor> tensors = kept.file().tensors().keySet().stream()
                        .filter(name -> name.startsWith(kept.prefix() + TuningInput.ENCODER))
                        .map(name -> name.substring(kept.prefix().length()))
                        .map(name -> NamedTensor.deferred(
                                name.substring(TuningInput.ENCODER.length()),
                                () -> kept.values(name),
                                kept.shape(name)))
                        .toList();
                SafetensorsWriter.write(encoded.result(), tensors, encoded.metadata());
            }
            return new Result(
                    TunedMixture.assemble(task.projectors(), task.modality(), kept::values),
                    reached.epochs(),
                    reached.best());
        });
    }

    private static boolean isFinished(TuningCheckpoint reached, TuningSettings settings) {
        int epochs = reached.epochs().size();
        return epochs >= settings.epochs()
                || (settings.earlyStop() > 0 && epochs > 0 && epochs - reached.best() >= settings.earlyStop());
    }

    private static TuningGraph.Size size(TuningSettings settings, int rows) {
        if (rows < 2) {
            throw new InvalidRequestException(
                    "tuning needs at least two pairs, and there are " + rows + "; use more pairs or hold fewer out");
        }
        if (rows >= (long) settings.batch() * settings.accumulate()) {
            return new TuningGraph.Size(settings.batch(), settings.accumulate());
        }
        TuningGraph.Size possible = rows < settings.batch()
                ? new TuningGraph.Size(rows, 1)
                : new TuningGraph.Size(settings.batch(), rows / settings.batch());
        LOG.warn(
                "only {} pairs to tune on: a step takes {} of them instead of {}",
                rows,
                possible.batch(),
                (long) settings.batch() * settings.accumulate());
        return possible;
    }

    private static void checkShapes(Task task) {
        if (task.projectors().isEmpty()) {
            throw new InvalidRequestException("there is no projector to tune");
        }
        long rows = task.frozen().rows();
        int output = task.frozen().dimension();
        if (task.input().rows() != rows
                || (task.expert() != null && task.expert().rows() != rows)) {
            throw new InvalidRequestException("there are " + task.input().rows() + " items to tune on"
                    + (task.expert() == null ? "" : " with " + task.expert().rows() + " embeddings of the expert")
                    + ", but " + rows + " frozen embeddings (" + task.frozen().origin()
                    + "); pairs are row-aligned");
        }
        task.projectors().forEach((subset, projector) -> {
            if (projector.inputDimension() != task.input().dimension() || projector.outputDimension() != output) {
                throw new InvalidRequestException("projector " + subset + " maps dimension "
                        + projector.inputDimension() + " to " + projector.outputDimension() + ", but the pairs are "
                        + task.input().dimension() + " and " + output);
            }
        });
    }
}
