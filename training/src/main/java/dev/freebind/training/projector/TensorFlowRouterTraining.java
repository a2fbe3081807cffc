package dev.freebind.training.projector;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.RouterTraining;
import dev.freebind.bonds.graph.Routing;
import dev.freebind.bonds.router.RouterWeights;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains routers with TensorFlow: batches of random tuples read ahead from the task's embeddings, one {@linkplain
 * RouterTrainingGraph graph step} each, and a checkpoint after every epoch.
 *
 * <p>On the CPU with the same number of threads, the same task gives the same bits, also when it was interrupted and resumed.
 * Memory: two batches of every source, the step's intermediate results, and four bytes a tuple for the order of an epoch.
 */
public final class TensorFlowRouterTraining implements RouterTraining {

    private static final Logger LOG = LoggerFactory.getLogger(TensorFlowRouterTraining.class);

    private final TensorFlowRuntime runtime;

    /** Trains on the runtime's device. */
    public TensorFlowRouterTraining(TensorFlowRuntime runtime) {
        this.runtime = runtime;
    }

    /**
     * {@inheritDoc}
     *
     * @throws InvalidRequestException if the embeddings do not fit together, or there are fewer than two modalities or tuples
     * @throws DataException if rows cannot be read, the checkpoint is damaged or cannot be written, the loss is no longer
     *     finite, or the thread is interrupted
     */
    @Override
    public Result train(Task task, Path checkpoint, Progress.Task progress) {
        long tuples = check(task);
        TrainingRows rows = new TrainingRows(tuples, List.of());
        Routing settings = task.settings();
        int batch = Math.min(settings.batch(), rows.count());
        if (batch < settings.batch()) {
            LOG.warn(
                    "only {} tuples to train routers on: every batch is all of them instead of {}",
                    batch,
                    settings.batch());
        }
        long stepsPerEpoch = rows.count() / batch;
        String fingerprint = TaskFingerprint.of(task);
        RouterTrainingGraph.Size size = size(task, batch);
        List<Batches> readers = new ArrayList<>();
        try (RouterTrainingGraph graph = new RouterTrainingGraph(runtime, size, settings)) {
            RouterCheckpoint reached = RouterCheckpoint.read(checkpoint, fingerprint)
                    .orElse(new RouterCheckpoint(fingerprint, 0, List.of()));
            if (reached.epochs().isEmpty()) {
                graph.load(initial(size, settings, task.seed()));
            } else {
                reached.restore(checkpoint, graph);
            }
            progress.advance(reached.epochs().size() * stepsPerEpoch);
            task.modalities().forEach((modality, sources) -> readers.add(new Batches(modality, sources, batch)));
            while (reached.epochs().size() < settings.epochs()) {
                int epoch = reached.epochs().size() + 1;
                Epoch made = epoch(graph, readers, task, rows, batch, epoch, progress);
                reached = reached.after(made, graph.steps());
                reached.write(checkpoint, graph);
            }
            return new Result(graph.weights(), reached.epochs());
        } finally {
            readers.forEach(Batches::close);
        }
    }

    /** Makes the steps of one epoch; returns their mean losses. */
    private static Epoch epoch(
            RouterTrainingGraph graph,
            List<Batches> readers,
            Task task,
            TrainingRows rows,
            int batch,
            int epoch,
            Progress.Task progress) {
        int[] order = rows.order(task.seed(), epoch);
        int steps = order.length / batch;
        double alignment = 0;
        double decoupling = 0;
        long[] next = rows.batch(order, 0, batch);
        for (int step = 0; step < steps; step++) {
            if (Thread.currentThread().isInterrupted()) {
                throw new DataException("interrupted in epoch " + epoch
                        + " of training routers; the checkpoint holds the epochs before it");
            }
            if (step == 0) {
                begin(readers, next);
            }
            long[] current = next;
            Map<Modality, RouterTrainingGraph.Rows> read = new TreeMap<>();
            readers.forEach(reader -> read.put(reader.modality, reader.take()));
            if (step + 1 < steps) {
                next = rows.batch(order, (step + 1) * batch, batch);
                begin(readers, next);
            }
            try (RouterTrainingGraph.Labels labels = labels(task, current)) {
                RouterTrainingGraph.Losses losses = graph.step(read, labels);
                if (!Float.isFinite(losses.alignment()) || !Float.isFinite(losses.decoupling())) {
                    throw new DataException("the loss is " + losses + " in epoch " + epoch + ", step " + (step + 1)
                            + ": router training diverged with learning rate "
                            + task.settings().learningRate() + " and temperature "
                            + task.settings().temperature()
                            + "; use a smaller learning rate or a larger temperature");
                }
                alignment += losses.alignment();
                decoupling += losses.decoupling();
                progress.advance(1);
                progress.remark(String.format(
                        Locale.ROOT,
                        "epoch %d/%d, alignment %.3f, decoupling %.3f",
                        epoch,
                        task.settings().epochs(),
                        losses.alignment(),
                        losses.decoupling()));
            }
        }
        return new Epoch(alignment / steps, decoupling / steps);
    }

    private static void begin(List<Batches> readers, long[] rows) {
        readers.forEach(reader -> reader.reader.begin(rows));
    }

    private static RouterTrainingGraph.@Nullable Labels labels(Task task, long[] rows) {
        Origins origins = decoupled(task);
        if (origins == null) {
            return null;
        }
        int sources = labelled(task);
        FloatTensor belongs = FloatTensor.allocate(rows.length, sources);
        try {
            FloatTensor counts = FloatTensor.allocate(rows.length);
            FloatBuffer labels = belongs.buffer();
            FloatBuffer count = counts.buffer();
            int known = 0;
            for (long row : rows) {
                int origin = origins.ofRow().of(row);
                for (int source = 0; source < sources; source++) {
                    labels.put(origin >= 0 && origins.groups().get(origin).get(source) ? 1 : 0);
                }
                count.put(origin >= 0 ? 1 : 0);
                known += origin >= 0 ? 1 : 0;
            }
            for (int i = 0; i < rows.length; i++) {
                count.put(i, count.get(i) / Math.max(1, known));
            }
            return new RouterTrainingGraph.Labels(belongs, counts);
        } catch (RuntimeException | Error failure) {
            belongs.close();
            throw failure;
        }
    }

    /** The origins that count: those of texts that a router weighs, unless decoupling is switched off. */
    private static @Nullable Origins decoupled(Task task) {
        Sources text = task.modalities().get(Modality.TEXT);
        return task.settings().decoupling() == 0
                        || text == null
                        || text.read().isEmpty()
                        || task.origins() == null
                        || task.origins().groups().isEmpty()
                ? null
                : task.origins();
    }

    private static RouterTrainingGraph.Size size(Task task, int batch) {
        NavigableMap<Modality, RouterTrainingGraph.ModalitySize> sizes = new TreeMap<>();
        task.modalities()
                .forEach((modality, sources) -> sizes.put(
                        modality,
                        new RouterTrainingGraph.ModalitySize(
                                sources.read().stream()
                                        .mapToInt(Embeddings::dimension)
                                        .sum(),
                                sources.weighed().size())));
        return new RouterTrainingGraph.Size(
                batch,
                task.modalities().firstEntry().getValue().weighed().get(0).dimension(),
                sizes,
                labelled(task));
    }

    /** How many of the text router's scores are compared with labels. */
    private static int labelled(Task task) {
        Origins origins = decoupled(task);
        return origins == null ? 0 : origins.groups().get(0).size();
    }

    private static Map<Modality, RouterWeights> initial(RouterTrainingGraph.Size size, Routing settings, long seed) {
        Map<Modality, RouterWeights> weights = new TreeMap<>();
        size.modalities().forEach((modality, of) -> {
            if (of.read() > 0) {
                weights.put(
                        modality,
                        ProjectorInitialisation.router(
                                of.read(), settings.hidden(), of.sources(), TrainingRows.mix(seed + weights.size())));
            }
        });
        return weights;
    }

    private static long check(Task task) {
        if (task.modalities().size() < 2) {
            throw new InvalidRequestException(
                    "routers are trained by aligning modalities, so there must be two at least; there" + " are "
                            + task.modalities().keySet());
        }
        Embeddings first = task.modalities().firstEntry().getValue().weighed().get(0);
        task.modalities().forEach((modality, sources) -> {
            for (Embeddings rows : sources.weighed()) {
                check(modality, rows, first.rows(), first.dimension());
            }
            for (Embeddings rows : sources.read()) {
                check(modality, rows, first.rows(), rows.dimension());
            }
        });
        if (first.rows() < 2) {
            throw new InvalidRequestException(
                    "routers need at least two tuples to train on, and there are " + first.rows() + "; use more items");
        }
        return first.rows();
    }

    private static void check(Modality modality, Embeddings found, long rows, int dimension) {
        if (found.rows() != rows || found.dimension() != dimension) {
            throw new InvalidRequestException(modality + " (" + found.origin() + ") is " + found.rows() + " × "
                    + found.dimension() + ", expected " + rows + " × " + dimension
                    + ": all sources have a row for every tuple, in the dimension of the space they are weighed in");
        }
    }

    /** Reads the batches of one modality ahead. */
    private static final class Batches implements AutoCloseable {

        private final Modality modality;
        private final BatchReader reader;

        Batches(Modality modality, Sources sources, int batch) {
            this.modality = modality;
            // a reader has two sides; where there is no router nothing needs to be read for it
            List<Embeddings> read = sources.read().isEmpty()
                    ? List.of(sources.weighed().get(0))
                    : List.of(new JoinedColumns(sources.read()));
            this.reader = new BatchReader(read, sources.weighed(), batch);
        }

        RouterTrainingGraph.Rows take() {
            BatchReader.Batch batch = reader.take();
            return new RouterTrainingGraph.Rows(batch.sources(), batch.targets());
        }

        @Override
        public void close() {
            reader.close();
        }
    }
}
