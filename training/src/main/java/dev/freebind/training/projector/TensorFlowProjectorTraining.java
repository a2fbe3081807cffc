package dev.freebind.training.projector;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.ProjectorTraining;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.projector.ProjectorArchitecture;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains projectors with TensorFlow: batches of random rows read ahead from the task's embeddings, one
 * {@linkplain ProjectorTrainingGraph graph step} each, and a checkpoint after every epoch.
 *
 * <p>On the CPU with the same number of threads, the same task gives the same bits, also when it was interrupted and resumed.
 * Memory: two batches, the step's intermediate results, three times the projector's parameters, and four bytes a row for the
 * order of an epoch.
 */
public final class TensorFlowProjectorTraining implements ProjectorTraining {

    private static final Logger LOG = LoggerFactory.getLogger(TensorFlowProjectorTraining.class);

    /** The order in which the modalities of a batch move the running statistics; others follow by name. */
    private static final List<Modality> FIRST_MODALITIES = List.of(Modality.TEXT, Modality.IMAGE, Modality.AUDIO);

    private final TensorFlowRuntime runtime;

    /** Trains on the runtime's device. */
    public TensorFlowProjectorTraining(TensorFlowRuntime runtime) {
        this.runtime = runtime;
    }

    /**
     * {@inheritDoc}
     *
     * @throws InvalidRequestException if the embeddings do not fit together or fewer than two rows are left to train on
     * @throws DataException if rows cannot be read, the checkpoint is damaged or cannot be written, the loss is no longer
     *     finite, or the thread is interrupted
     */
    @Override
    public Result train(Task task, Path checkpoint, Progress.Task progress) {
        checkShapes(task);
        TrainingSettings settings = task.settings();
        TrainingRows rows = new TrainingRows(rowCount(task), task.heldOut());
        int batch = batch(settings.batch(), rows.count());
        long stepsPerEpoch = rows.count() / batch;
        if (settings.earlyStop() > 0 && task.heldOut().stream().allMatch(range -> range.count() == 0)) {
            LOG.warn("no rows are held out, so training cannot stop early; it makes all {} epochs", settings.epochs());
        }

        TrainingCheckpoint beginning = beginning(task);
        TrainingCheckpoint reached =
                TrainingCheckpoint.read(checkpoint, beginning).orElse(beginning);
        progress.advance(reached.epochs().size() * stepsPerEpoch);
        if (!isFinished(reached, settings)) {
            reached = train(task, rows, batch, reached, checkpoint, progress);
        }
        return new Result(reached.bestWeights(), reached.epochs(), reached.best());
    }

    private TrainingCheckpoint train(
            Task task, TrainingRows rows, int batch, TrainingCheckpoint start, Path path, Progress.Task progress) {
        Map<Modality, Embeddings> sources = inOrder(task.sources());
        Map<Modality, Embeddings> targets = inOrder(task.targets());
        TrainingSettings settings = task.settings();
        long totalSteps = settings.epochs() * (long) (rows.count() / batch);
        ProjectorTrainingGraph.Plan plan = new ProjectorTrainingGraph.Plan(
                List.copyOf(sources.keySet()),
                List.copyOf(targets.keySet()),
                dimension(targets),
                batch,
                settings,
                totalSteps,
                task.seed());
        TrainingCheckpoint reached = start;
        try (ProjectorTrainingGraph projector = new ProjectorTrainingGraph(runtime, plan, start.state());
                HeldOutRecall heldOut = new HeldOutRecall(
                        runtime,
                        sources,
                        targets.values(),
                        start.bestWeights().get(0).outputDimension(),
                        task.heldOut());
                BatchReader reader =
                        new BatchReader(List.copyOf(sources.values()), List.copyOf(targets.values()), batch)) {
            while (!isFinished(reached, settings)) {
                int epoch = reached.epochs().size() + 1;
                int[] order = rows.order(task.seed(), epoch);
                double meanLoss = epoch(projector, reader, rows, order, batch, epoch, settings, progress);
                reached = after(reached, projector, new Epoch(meanLoss, heldOut.measure(projector)), settings);
                reached.write(path);
            }
        }
        return reached;
    }

    /** Makes the steps of one epoch; returns their mean loss. */
    private static double epoch(
            ProjectorTrainingGraph projector,
            BatchReader reader,
            TrainingRows rows,
            int[] order,
            int batch,
            int epoch,
            TrainingSettings settings,
            Progress.Task progress) {
        int steps = order.length / batch;
        double sum = 0;
        reader.begin(rows.batch(order, 0, batch));
        for (int step = 0; step < steps; step++) {
            if (Thread.currentThread().isInterrupted()) {
                throw new DataException("interrupted in epoch " + epoch
                        + " of training a projector; the checkpoint holds the epochs before it");
            }
            BatchReader.Batch current = reader.take();
            if (step + 1 < steps) {
                reader.begin(rows.batch(order, (step + 1) * batch, batch));
            }
            double loss = 0;
            for (float term : projector.step(current.sources(), current.targets())) {
                loss += term;
            }
            if (!Double.isFinite(loss)) {
                throw new DataException("the loss is " + loss + " in epoch " + epoch + ", step " + (step + 1)
                        + ": training diverged with learning rate " + settings.learningRate() + " and temperature "
                        + settings.temperature() + "; use a smaller learning rate or a larger temperature");
            }
            sum += loss;
            progress.advance(1);
            progress.remark(String.format(Locale.ROOT, "epoch %d/%d, loss %.3f", epoch, settings.epochs(), loss));
        }
        return sum / steps;
    }

    private static TrainingCheckpoint beginning(Task task) {
        ProjectorArchitecture architecture = task.settings().recipe().projector();
        int hidden = task.settings().hidden();
        boolean connects = task.newDimension() > 0;
        int output = connects ? task.newDimension() : dimension(task.targets());
        NavigableSet<Modality> lacking = new TreeSet<>(task.sources().keySet());
        lacking.removeAll(task.targets().keySet());
        List<ProjectorWeights> initial = new ArrayList<>();
        initial.add(ProjectorInitialisation.xavierUniform(
                architecture, dimension(task.sources()), hidden, output, lacking, task.seed()));
        if (connects) {
            initial.add(ProjectorInitialisation.xavierUniform(
                    architecture.counterpart(), dimension(task.targets()), hidden, output, lacking, ~task.seed()));
        }
        TrainingState state = TrainingState.before(initial.toArray(ProjectorWeights[]::new));
        return new TrainingCheckpoint(TaskFingerprint.of(task), state, List.of(), 0, initial);
    }

    private static TrainingCheckpoint after(
            TrainingCheckpoint before, ProjectorTrainingGraph projector, Epoch epoch, TrainingSettings settings) {
        List<Epoch> epochs = new ArrayList<>(before.epochs());
        epochs.add(epoch);
        TrainingState state = projector.state();
        boolean better = settings.earlyStop() == 0
                || before.best() == 0
                || Double.isNaN(epoch.heldOutRecall())
                || epoch.heldOutRecall()
                        > before.epochs().get(before.best() - 1).heldOutRecall();
        return new TrainingCheckpoint(
                before.task(),
                state,
                epochs,
                better ? epochs.size() : before.best(),
                better ? state.weights() : before.bestWeights());
    }

    private static boolean isFinished(TrainingCheckpoint reached, TrainingSettings settings) {
        int epochs = reached.epochs().size();
        return epochs >= settings.epochs()
                || (settings.earlyStop() > 0 && epochs - reached.best() >= settings.earlyStop());
    }

    private static int batch(int wanted, int rows) {
        if (rows < 2) {
            throw new InvalidRequestException("a projector needs at least two rows to train on, and there are " + rows
                    + "; use more items or hold fewer out");
        }
        if (rows < wanted) {
            LOG.warn("only {} rows to train on: every batch is all of them instead of {}", rows, wanted);
            return rows;
        }
        return wanted;
    }

    private static Map<Modality, Embeddings> inOrder(Map<Modality, Embeddings> side) {
        Map<Modality, Embeddings> ordered = new LinkedHashMap<>();
        side.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(Comparator.<Modality>comparingInt(modality -> {
                            int place = FIRST_MODALITIES.indexOf(modality);
                            return place < 0 ? FIRST_MODALITIES.size() : place;
                        })
                        .thenComparing(Comparator.naturalOrder())))
                .forEach(entry -> ordered.put(entry.getKey(), entry.getValue()));
        return ordered;
    }

    private static long rowCount(Task task) {
        return task.sources().firstEntry().getValue().rows();
    }

    private static int dimension(Map<Modality, Embeddings> side) {
        return side.values().iterator().next().dimension();
    }

    private static void checkShapes(Task task) {
        if (task.sources().isEmpty() || task.targets().isEmpty()) {
            throw new InvalidRequestException(
                    "a projector needs at least one source and one target modality; there are "
                            + task.sources().keySet() + " and " + task.targets().keySet());
        }
        checkSide("source", task.sources(), rowCount(task));
        checkSide("target", task.targets(), rowCount(task));
    }

    private static void checkSide(String side, Map<Modality, Embeddings> embeddings, long rows) {
        int dimension = dimension(embeddings);
        embeddings.forEach((modality, found) -> {
            if (found.rows() != rows || found.dimension() != dimension) {
                throw new InvalidRequestException(side + " " + modality + " (" + found.origin() + ") is " + found.rows()
                        + " × " + found.dimension() + ", expected " + rows + " × " + dimension
                        + ": all pseudo pairs of a bond have as many rows, and those of a side one dimension");
            }
        });
    }
}
